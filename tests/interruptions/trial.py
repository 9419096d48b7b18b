"""One trial: a command that is interrupted in the middle of many calls, then the next one, and what has come of it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from sandbox.api.dialects import DialectName
from sandbox.api.testing import SandboxApi
from tests.interruptions.interruptions import INTERRUPTIONS, LOCKED, Running
from tests.interruptions.moments import MOMENTS, Moment, Verb
from tests.kit.audit import shown_by_audit
from tests.kit.cli import Result
from tests.kit.project import APP, STACK, Project, base_config
from tests.kit.service import doubles

HELD_SECONDS: Final = 2.5
TIMEOUT_SECONDS: Final = 4 * HELD_SECONDS
MEETING_BESIDE: Final = "beside"
"""Recorded from the first `up` on and not touched: nothing may happen to it."""

ACTIVE: Final = {"INVOKED", "RECORDING", "PAUSED"}
Next = Literal["up", "destroy"]


class Missed(Exception):
    """Not all calls could be held up at the same time: the machine is too slow for this trial."""


@dataclass(frozen=True)
class Outcome:
    """What has come of one moment.

    begun: recordings that were started, beside one that was there before the command. running: those that run in the
    end. lost: those of them that neither the state knows nor `audit` shows. shown: those that `audit` alone shows.
    overlapping: whether two ran at any time at once. agree: whether service and state have what is declared. said:
    what the interrupted command said of it.
    """

    moment: Moment
    begun: int
    running: int
    lost: int
    shown: int
    overlapping: bool
    agree: bool
    said: str

    @property
    def kept(self) -> bool:
        """Never two, never lost; and where nothing can be done any more, `audit` shows what runs."""
        return not self.overlapping and not self.lost and (self.agree or self.shown > 0)


@dataclass(frozen=True)
class Trial:
    """What came of all moments of one command. code: the interrupted command's; None where a signal ended it."""

    interruption: str
    dialect: DialectName
    verb: Verb
    following: Next
    code: int | None
    output: str
    next_code: int
    next_output: str
    outcomes: tuple[Outcome, ...]
    beside: bool
    """Whether what was not to be touched is as it was."""
    left: tuple[str, ...]
    """The processes of the interrupted command that had not ended when the service had long answered them."""


def run(folder: Path, dialect: DialectName, verb: Verb, interruption: str, following: Next) -> Trial:
    """Runs the trial; where the machine is too slow to hold all calls at once, again with longer holds."""
    for attempt, factor in enumerate((1, 2, 4)):
        try:
            return _Attempt(folder / str(attempt), dialect, verb, factor).run(interruption, following)
        except Missed:
            continue
    raise Missed(f"{interruption} of {verb}: even calls of {4 * HELD_SECONDS:g} s were not open all at once")


class _Attempt:
    def __init__(self, folder: Path, dialect: DialectName, verb: Verb, factor: float) -> None:
        folder.mkdir(parents=True)
        self._dialect, self._verb, self._held = dialect, verb, factor * HELD_SECONDS
        self._moments = [moment for moment in MOMENTS if moment.verb == verb and dialect in moment.dialects]
        self._api = SandboxApi(
            dialect, state=folder / "service.json", start_seconds=0, upload_seconds=0, request_limit=0, user_limit=0
        )
        self._project = Project(folder / "project")
        self._timeout = factor * TIMEOUT_SECONDS

    def run(self, interruption: str, following: Next) -> Trial:
        with self._api:
            self._configure(changed=False)
            first = self._project.deploy("up")
            assert first.code == 0, first.text
            before = {recording["id"] for recording in self._api.recordings()}
            self._configure(changed=True)
            interrupted, left = self._interrupted(interruption)
            next_result = self._next(interruption, following)
            exported = self._project.export()
            return Trial(
                interruption,
                self._dialect,
                self._verb,
                following,
                None if interrupted.code < 0 else interrupted.code,
                interrupted.text,
                next_result.code,
                next_result.text,
                tuple(self._outcome(moment, before, following, interrupted, exported) for moment in self._moments),
                self._beside_is_untouched(following),
                tuple(left),
            )

    def _configure(self, *, changed: bool) -> None:
        recordings: dict[str, Any] = {"beside": {"meeting_id": MEETING_BESIDE, "app_id": APP}}
        for moment in self._moments:
            if changed or moment.change is not None:
                recordings[moment.name] = moment.declared | ((moment.change or {}) if changed else {})
        config = base_config(self._api) | {"timeoutSeconds": self._timeout, "requestLimit": 0}
        del config["appId"]  # each recording names its own
        self._project.configure(config | {"recordings": recordings})

    def _interrupted(self, interruption: str) -> tuple[Result, list[str]]:
        for moment in self._moments:
            moment.hold(self._api, self._held)
        project = self._project
        words = project.words(self._verb, "--parallel", "64")
        running = Running(project.start(*words), self._api)
        try:
            self._await_all(running)
            INTERRUPTIONS[interruption](running)
            out, err = running.cli.communicate(timeout=120)
        finally:
            running.cli.kill()
            left = running.wait_for_children(self._held + self._timeout)
        return Result(running.cli.returncode, out, err), left

    def _await_all(self, running: Running) -> None:
        """Returns once all calls are open at the same time. Raises Missed where one has ended by then."""
        while True:
            running.find()
            requests = self._api.requests()
            states = {moment.state(requests) for moment in self._moments}
            if states == {"held"}:
                return
            if "over" in states or running.cli.poll() is not None:
                raise Missed
            time.sleep(0.05)

    def _next(self, interruption: str, following: Next) -> Result:
        if interruption == "service killed, back later":
            self._api.start()
        self._await_service()
        self._api.clear_faults()
        if interruption in LOCKED:
            cancelled = self._project.run("cancel", "--yes", STACK)
            assert cancelled.code == 0, cancelled.text
        refresh = ["--refresh"] if self._verb == "destroy" else []  # what a destroy did may not be in the state
        return self._project.deploy(following, *refresh)

    def _await_service(self) -> None:
        """Until the service has done what it was asked for: what it still has in hand, nobody can find by looking."""
        while any(moment.state(self._api.requests()) == "held" for moment in self._moments):
            time.sleep(0.05)

    def _outcome(
        self, moment: Moment, before: set[str], following: Next, interrupted: Result, exported: dict[str, Any]
    ) -> Outcome:
        recordings = [one for one in self._api.recordings() if one["app_id"] == moment.name]
        running = [one["id"] for one in recordings if one["active"]]
        known = _resource(exported, moment.name)
        unknown = [one for one in running if known is None or one != known["id"]]
        shown = shown_by_audit(self._project, self._api, app=moment.name) if unknown else set()
        if following == "destroy":
            agree = known is None and not running
        elif self._verb == "destroy":
            agree = known is not None and (known["outputs"]["status"] in ACTIVE) == bool(running)
        else:
            agree = known is not None and len(running) == moment.running
        return Outcome(
            moment,
            begun=len([one for one in recordings if one["id"] not in before]),
            running=len(running),
            lost=len([one for one in unknown if one not in shown]),
            shown=len([one for one in unknown if one in shown]),
            overlapping=any(doubles(recordings)),
            agree=agree and not unknown,
            said=_said(interrupted.text, moment.name),
        )

    def _beside_is_untouched(self, following: Next) -> bool:
        beside = [one for one in self._api.recordings() if one["meeting_id"] == MEETING_BESIDE]
        running = [one for one in beside if one["active"]]
        if self._verb == "destroy":  # it is stopped with the others
            return len(running) <= (following == "up")
        return len(beside) == 1 and len(running) == (following == "up")


def _resource(exported: dict[str, Any], name: str) -> dict[str, Any] | None:
    """A resource of the state; one that is to be deleted counts no more than one that is gone."""
    for resource in exported["deployment"].get("resources") or ():
        if resource["urn"].endswith(f"::{name}") and not resource.get("delete"):
            found: dict[str, Any] = resource
            return found
    return None


def _said(text: str, name: str) -> str:
    """What stands under a resource in the diagnostics of a command."""
    found = re.search(rf"TrackRecording \({name}\):\n((?:    .*\n?)+)", text)
    return " ".join(line.strip() for line in found[1].splitlines()) if found else ""
