"""Every fault x every call: what goes wrong with which call of a life, and what has come of it in the end.

`python -m tests.faults.calls` prints the outcomes as a page in Markdown: `make guarantees` puts it into the docs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pulumi_realtimekit._provider import RealtimeKitError

from sandbox.api.dialects import DialectName
from sandbox.api.faults import FaultName
from sandbox.api.testing import SandboxApi
from tests.kit.in_process import Plugin, Resource

HEADING = """# Every fault in every call

What `make guarantees` found: each fault of the sandbox API once, in each call of a recording's life, in each dialect of
the service. *Begun* counts the recordings that were started (two where one replaces the other, none where the meeting
had no session), *running* those that run in the end, *lost* those of them that the state does not know.
"""

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
TIMEOUT = 0.7
"""Seconds that a call may take; pauses are shorter in proportion."""

FAULTS: dict[FaultName, dict[str, Any]] = {
    "refuse": {},
    "drop_before": {},
    "drop_after": {},
    "delay": {"seconds": 1.2 * TIMEOUT},
    "429": {"retry_after": 0.02},
    "503": {},
    "500_after": {},
    "html_after": {},
    "empty_after": {},
    "cut_after": {},
}
MAY_HAVE_ACTED = ("drop_after", "delay", "500_after", "html_after", "empty_after", "cut_after")


@dataclass
class Outcome:
    """What has come of a life in which something went wrong.

    said: what the user saw of it, an error first. begun: recordings that were started. running: those that run.
    known: whether the state has those that run, and no other.
    """

    said: list[str]
    begun: int
    running: int
    known: bool


@dataclass(frozen=True)
class Call:
    """A call, and the part of a life in which it is made.

    prepare: what has happened before. act: what makes the call. running: how many recordings run after it.
    """

    method: str
    path: str
    act: Callable[[Resource], object]
    prepare: Callable[[SandboxApi, Resource], object] = lambda _, resource: None
    running: int = 1


def up(_: SandboxApi, resource: Resource) -> None:
    resource.up()


def paused(_: SandboxApi, resource: Resource) -> None:
    resource.up(desired_status="PAUSED")


def slow_to_record(api: SandboxApi, _: Resource) -> None:
    api.meeting(MEETING, start_seconds=0.2)


def pending(api: SandboxApi, resource: Resource) -> None:
    api.meeting(MEETING, live=False)
    resource.up(when_idle="defer")
    api.meeting(MEETING, live=True)


def idle(api: SandboxApi, resource: Resource) -> None:
    resource.declared["when_idle"] = "defer"
    api.meeting(MEETING, live=False)


CALLS: dict[str, Call] = {
    "look": Call("GET", "/recordings", lambda resource: resource.up()),
    "start": Call("POST", "/recordings/track", lambda resource: resource.up()),
    "wait for RECORDING": Call("GET", "/recordings/*-*", lambda resource: resource.up(), slow_to_record),
    "read": Call("GET", "/recordings/*-*", lambda resource: resource.refresh(), up),
    "stop": Call("PUT", "/recordings/*-*", lambda resource: resource.destroy(), up, running=0),
    "stop, to replace": Call("PUT", "/recordings/*-*", lambda resource: resource.up(max_seconds=60), up),
    "pause": Call("PUT", "/recordings/*-*", lambda resource: resource.up(desired_status="PAUSED"), up),
    "resume": Call("PUT", "/recordings/*-*", lambda resource: resource.up(desired_status=None), paused),
    "is it live: pending": Call("GET", "*/active-session", lambda resource: resource.up(), pending),
    "is it live: refused": Call("GET", "*/active-session", lambda resource: resource.up(), idle, running=0),
}


def outcome(api: SandboxApi, call: Call, fault: FaultName, times: int | None = 1) -> Outcome:
    """Lives until the call, has it go wrong, and goes on."""
    plugin = Plugin(api, timeoutSeconds=TIMEOUT)
    resource = Resource(plugin, meeting_id=MEETING)
    call.prepare(api, resource)
    plugin.heard.messages.clear()
    api.fault(fault, method=call.method, path=call.path, times=times, **FAULTS[fault])
    said = []
    try:
        call.act(resource)
    except RealtimeKitError as error:
        said.append(str(error))
    return result(api, resource, said + [message for _, message in plugin.heard.messages])


def result(api: SandboxApi, resource: Resource, said: list[str]) -> Outcome:
    recordings = api.recordings()
    running = [one["id"] for one in recordings if one["active"]]
    known = [resource.id] if resource.id and not resource.id.startswith("pending-") else []
    return Outcome(said, len(recordings), len(running), known=set(running) <= {*known})


def _rows() -> Iterator[str]:
    yield "| dialect | call | fault | begun | running | lost | what the user sees |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    dialects: tuple[DialectName, ...] = ("live", "documented", "reference")
    for dialect in dialects:
        with SandboxApi(dialect, start_seconds=0, upload_seconds=0, request_limit=0, user_limit=0) as api:
            for name, call in CALLS.items():
                for fault in FAULTS:
                    api.reset()
                    found = outcome(api, call, fault)
                    Plugin.end_all()
                    lost = 0 if found.known else found.running
                    said = "; ".join(found.said) or "nothing"
                    yield f"| {dialect} | {name} | {fault} | {found.begun} | {found.running} | {lost} | {said} |"


if __name__ == "__main__":
    print(HEADING)
    for row in _rows():
        print(row)
