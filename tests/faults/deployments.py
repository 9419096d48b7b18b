"""Every fault in every call, on the Pulumi CLI: one stack in each dialect, and in it a recording for each of them.

Each recording has an app of its own, so that each fault meets the call it is meant for, whatever else the same command
is doing. The stack lives through an `up` before the faults, then an `up`, a `refresh` and a `destroy` with them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from sandbox.api.dialects import DialectName
from sandbox.api.faults import FaultName
from sandbox.api.testing import SandboxApi
from tests.faults.calls import CALLS, Call, Outcome, Verb, details, set_meeting
from tests.kit.cli import Result
from tests.kit.project import Project, base_config
from tests.kit.service import until_at_rest

TIMEOUT: Final = 3.0
"""Seconds that a call may take; pauses are shorter in proportion. Long enough for a service asked by all at once."""

PARALLEL: Final = 32

CONTINUING: Final[dict[Verb, list[str]]] = {
    "up": ["--continue-on-error"],
    "refresh": [],
    "destroy": ["--continue-on-error"],
}
"""A recording whose call goes wrong does not keep the others from being tried."""

OF_THE_ENGINE: Final = {"update failed"}
"""What the engine says at the end of a command, of no resource."""


@dataclass(frozen=True)
class Cell:
    """A fault in a call."""

    call_name: str
    fault: FaultName

    @property
    def call(self) -> Call:
        return CALLS[self.call_name]

    @property
    def name(self) -> str:
        """Of the recording, its meeting and its app."""
        return re.sub(r"\W+", "-", f"{self.call_name} {self.fault}")


class Unmet(Exception):
    """A fault was not used up: the call that it was meant for was not made."""


class Deployment:
    """The stack of one dialect."""

    def __init__(self, folder: Path, dialect: DialectName, cells: Iterable[Cell]) -> None:
        self._cells = [*cells]
        self._project = Project(folder / "project")
        self._api = SandboxApi(dialect, start_seconds=0, upload_seconds=0, request_limit=0, user_limit=0)

    def outcomes(self) -> Iterator[tuple[Cell, Outcome]]:
        """Of each cell, once the command that makes its call has ended. Raises Unmet."""
        verbs: tuple[Verb, ...] = get_args(Verb)
        with self._api:
            self._prepare()
            for verb in verbs:
                cells = [cell for cell in self._cells if cell.call.verb == verb]
                for cell in cells:
                    self._fault(cell)
                ended = self._project.deploy(verb, "--json", "--parallel", str(PARALLEL), *CONTINUING[verb])
                until_at_rest(self._api)
                if unmet := self._api.faults()["faults"]:
                    raise Unmet(f"{verb}, exit code {ended.code}: {unmet}")
                yield from self._found(cells, ended)

    def _prepare(self) -> None:
        """Deploys what the commands with faults change, and declares what those change it to."""
        earlier = [cell for cell in self._cells if cell.call.before is not None]
        for cell in earlier:
            if not cell.call.was_live:
                self._api.meeting(cell.name, live=False)
        self._configure({cell: cell.call.before or {} for cell in earlier})
        if earlier:
            ended = self._project.deploy("up", "--parallel", str(PARALLEL))
            assert ended.code == 0, ended.text
        for cell in self._cells:
            set_meeting(self._api, cell.name, cell.call, TIMEOUT)
        self._configure({cell: cell.call.change for cell in self._cells})

    def _configure(self, declared: Mapping[Cell, Mapping[str, Any]]) -> None:
        recordings = {
            cell.name: {"meeting_id": cell.name, "app_id": cell.name, **arguments}
            for cell, arguments in declared.items()
        }
        config = base_config(self._api) | {"timeoutSeconds": TIMEOUT, "requestLimit": 0}
        self._project.configure(config | {"recordings": recordings})

    def _fault(self, cell: Cell) -> None:
        path = f"*/kit/{cell.name}{cell.call.path}"
        self._api.fault(cell.fault, method=cell.call.method, path=path, **details(cell.fault, TIMEOUT))

    def _found(self, cells: list[Cell], ended: Result) -> Iterator[tuple[Cell, Outcome]]:
        said = messages(ended, {cell.name for cell in self._cells})
        known = {resource.get("id") for resource in self._project.export()["deployment"].get("resources") or ()}
        for cell in cells:
            recordings = [one for one in self._api.recordings() if one["app_id"] == cell.name]
            running = {one["id"] for one in recordings if one["active"]}
            yield cell, Outcome(said.get(cell.name, []), len(recordings), len(running), running <= known)


def messages(ended: Result, names: set[str]) -> dict[str, list[str]]:
    """The errors and warnings about each recording, errors first.

    The plugin knows no resource's name: its warnings stand under the stack, and name the meeting. Raises AssertionError
    where one names no recording.
    """
    said: dict[str, list[str]] = {}
    for severity in ("error", "warning"):
        for event in (event["diagnosticEvent"] for event in ended.events if "diagnosticEvent" in event):
            text = " ".join(re.sub(r"<\{%.*?%\}>", "", event["message"]).split())
            if event["severity"] == severity and text not in OF_THE_ENGINE:
                words = {event.get("urn", "").rsplit("::", 1)[-1], *re.findall(r"[\w-]+", text)}
                assert words & names, f"of no recording: {text}"
                said.setdefault((words & names).pop(), []).append(text)
    return said
