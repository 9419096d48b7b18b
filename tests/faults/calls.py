"""The calls of a recording's life, and the faults that each of them meets.

Here one of them goes wrong without an engine; `deployments` has them go wrong on the Pulumi CLI.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.faults import FaultName
from sandbox.api.testing import SandboxApi
from tests.kit.in_process import Plugin, Resource
from tests.kit.service import until_at_rest

Verb = Literal["up", "refresh", "destroy"]

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
TIMEOUT = 0.7
"""Seconds that a call may take; pauses are shorter in proportion."""

FAULTS: tuple[FaultName, ...] = (
    "refuse",
    "drop_before",
    "delay_before",
    "drop_after",
    "delay",
    "429",
    "503",
    "500_after",
    "html_after",
    "empty_after",
    "cut_after",
)
MAY_HAVE_ACTED = ("delay_before", "drop_after", "delay", "500_after", "html_after", "empty_after", "cut_after")


def details(fault: FaultName, timeout: float) -> dict[str, Any]:
    """What the service is told beside a fault's name. timeout: of the provider's calls, in seconds."""
    if fault == "429":
        return {"retry_after": 0.02}
    late = {"delay_before": 1.5, "delay": 1.2}
    return {"seconds": late[fault] * timeout} if fault in late else {}


@dataclass
class Outcome:
    """What came of a life in which something went wrong.

    said: what the user saw of it, an error first. begun: recordings that were started. running: those that run.
    known: whether the state has those that run, and no other.
    """

    said: list[str]
    begun: int
    running: int
    known: bool


@dataclass(frozen=True)
class Call:
    """A call, and the command that makes it.

    path: behind the app's id. before: what an earlier `up` declared; None where the recording is new. change: what is
    declared for this command. was_live, is_live: whether the meeting has a session before this command, and during it.
    start_time: how long a recording takes to be RECORDING, in timeouts. begun, running: how many recordings were
    started, and run, when it is over.
    """

    method: str
    path: str
    verb: Verb = "up"
    before: Mapping[str, Any] | None = field(default=None, hash=False)
    change: Mapping[str, Any] = field(default_factory=dict, hash=False)
    was_live: bool = True
    is_live: bool = True
    start_time: float = 0
    begun: int = 1
    running: int = 1

    def is_kept(self, found: Outcome) -> bool:
        """Whether nothing was recorded twice, or lost."""
        return (found.begun, found.running, found.known) == (self.begun, self.running, True)


PAUSED, RECORDING, DEFER = {"desired_status": "PAUSED"}, {"desired_status": "RECORDING"}, {"when_idle": "defer"}

CALLS: dict[str, Call] = {
    "look": Call("GET", "/recordings"),
    "start": Call("POST", "/recordings/track"),
    "wait for RECORDING": Call("GET", "/recordings/*-*", start_time=0.6),
    "read": Call("GET", "/recordings/*-*", "refresh", before={}),
    "stop": Call("PUT", "/recordings/*-*", "destroy", before={}, running=0),
    "stop, to replace": Call("PUT", "/recordings/*-*", before={}, change={"max_seconds": 60}, begun=2),
    "pause": Call("PUT", "/recordings/*-*", before={}, change=PAUSED),
    "resume": Call("PUT", "/recordings/*-*", before=PAUSED, change=RECORDING),
    "is it live: pending": Call("GET", "/meetings/*/active-session", before=DEFER, change=DEFER, was_live=False),
    "is it live: start deferred": Call(
        "GET", "/meetings/*/active-session", change=DEFER, is_live=False, begun=0, running=0
    ),
}


def set_meeting(api: SandboxApi, meeting: str, call: Call, timeout: float) -> None:
    """Has the meeting as the command needs it. It is live until the service is told otherwise."""
    if (call.was_live, call.is_live) != (True, True):
        api.meeting(meeting, live=call.is_live)
    if call.start_time:
        api.meeting(meeting, start_seconds=call.start_time * timeout)


def outcome(
    api: SandboxApi, call: Call, fault: FaultName, times: int | None = 1, plugin: type[Plugin] = Plugin
) -> Outcome:
    """Lives until the call, has it go wrong, and goes on. plugin: the door that the calls come in by."""
    process = plugin(api, timeoutSeconds=TIMEOUT)
    resource = Resource(process, meeting_id=MEETING)
    if call.before is not None:
        if not call.was_live:
            api.meeting(MEETING, live=False)
        resource.up(**call.before)
    set_meeting(api, MEETING, call, TIMEOUT)
    process.heard.messages.clear()
    api.fault(fault, method=call.method, path=call.path, times=times, **details(fault, TIMEOUT))
    said = []
    try:
        _act(resource, call)
    except RealtimeKitError as error:
        said.append(str(error))
    until_at_rest(api)
    return result(api, resource, said + [message for _, message in process.heard.messages])


def _act(resource: Resource, call: Call) -> None:
    if call.verb == "up":
        resource.up(**call.change)
    elif call.verb == "refresh":
        resource.refresh()
    else:
        resource.destroy()


def result(api: SandboxApi, resource: Resource, said: list[str]) -> Outcome:
    recordings = api.recordings()
    running = [one["id"] for one in recordings if one["active"]]
    known = [resource.id] if resource.id and not resource.id.startswith("pending-") else []
    return Outcome(said, len(recordings), len(running), known=set(running) <= {*known})
