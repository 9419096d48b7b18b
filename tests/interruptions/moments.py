"""The calls of a start, a stop and a replacement, each held up once before the service acts and once after.

Each has an app of its own, so that one command can be in all of them at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sandbox.api.dialects import DialectName
from sandbox.api.testing import SandboxApi

Verb = Literal["up", "destroy"]

START_SECONDS: Final = 10
REPLACE: Final[dict[str, Any]] = {"max_seconds": 7200}
STOP: Final[dict[str, Any]] = {"desired_status": "STOPPED"}
PAUSED: Final[dict[str, Any]] = {"desired_status": "PAUSED"}
LOOK, TRACK, READ, ACT = (
    ("GET", "/recordings"),
    ("POST", "/recordings/track"),
    ("GET", "/recordings/*-*"),
    ("PUT", "/recordings/*-*"),
)


@dataclass(frozen=True)
class Moment:
    """One call of one resource.

    what: for people. call: method and path behind the app's id. held: before or after the service acts.
    verb: the command that makes it. change: what is declared for that command; None where the resource is new.
    wanted: what is declared from the beginning.
    earlier: how many such calls pass before. dialects: those that make it.
    """

    what: str
    call: tuple[str, str]
    held: Literal["before", "after"]
    verb: Verb = "up"
    change: dict[str, Any] | None = field(default=None, hash=False)
    wanted: dict[str, Any] = field(default_factory=dict, hash=False)
    earlier: int = 0
    dialects: tuple[DialectName, ...] = ("live", "documented", "reference")

    @property
    def name(self) -> str:
        """Of the resource, its meeting and its app."""
        return "".join(letter if letter.isalnum() else "-" for letter in f"{self.what} {self.held}")

    @property
    def declared(self) -> dict[str, Any]:
        """The recording as the first `up` has it, where that declares it at all."""
        return {"meeting_id": self.name, "app_id": self.name, "start_seconds": START_SECONDS, **self.wanted}

    @property
    def running(self) -> int:
        """How many recordings are to run once the command is done."""
        return 0 if self.verb == "destroy" or self.change == STOP else 1

    def hold(self, api: SandboxApi, seconds: float) -> None:
        """Holds the call up for so long."""
        method, path = self.call
        if self.call == READ:
            api.meeting(self.name, start_seconds=START_SECONDS)
        place: dict[str, Any] = {"method": method, "path": f"*/kit/{self.name}{path}"}
        if self.earlier:
            api.fault("delay", seconds=0, times=self.earlier, **place)
        api.fault("delay_before" if self.held == "before" else "delay", seconds=seconds, **place)

    def state(self, requests: list[dict[str, Any]]) -> Literal["awaited", "held", "over"]:
        """Whether the call that is held up has come, and is still open; the log has no status of it until then."""
        fault = "delay_before" if self.held == "before" else "delay"
        calls = [
            request for request in requests if f"/kit/{self.name}/" in request["path"] and request["fault"] == fault
        ]
        if len(calls) <= self.earlier:
            return "awaited"
        return "held" if calls[-1]["status"] is None else "over"


MOMENTS: Final = (
    Moment("start: look", LOOK, "after"),
    Moment("start", TRACK, "before"),
    Moment("start", TRACK, "after"),
    Moment("start: look for it", LOOK, "after", earlier=1, dialects=("reference",)),
    Moment("start: wait for RECORDING", READ, "after"),
    Moment("start: pause", ACT, "before", wanted=PAUSED),
    Moment("start: pause", ACT, "after", wanted=PAUSED),
    Moment("replace: stop", ACT, "before", change=REPLACE),
    Moment("replace: stop", ACT, "after", change=REPLACE),
    Moment("replace: look", LOOK, "after", change=REPLACE),
    Moment("replace: start", TRACK, "before", change=REPLACE),
    Moment("replace: start", TRACK, "after", change=REPLACE),
    Moment("stop", ACT, "before", change=STOP),
    Moment("stop", ACT, "after", change=STOP),
    Moment("destroy: stop", ACT, "before", verb="destroy", change={}),
    Moment("destroy: stop", ACT, "after", verb="destroy", change={}),
)
