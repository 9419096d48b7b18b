"""Every fault x every call: what goes wrong with which call of a life, and what has come of it in the end.

`python -m tests.faults.calls` prints the outcomes as a page in Markdown: `make guarantees` puts it into the docs.
Exit code: 1 where something was recorded twice, or lost.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.dialects import DIALECTS, DialectName
from sandbox.api.faults import FaultName
from sandbox.api.testing import SandboxApi
from tests.kit.in_process import Plugin, Resource
from tests.kit.pages import cell
from tests.kit.service import until_at_rest

HEADING = """# Every fault in every call

What `make guarantees` found: each fault of the sandbox API once, in each call of a recording's life, in each dialect of
the service. *Begun* counts the recordings that were started (two where one replaces the other, none where the meeting
had no session), *running* those that run in the end, *lost* those of them that the state does not know.

The service is slow in two ways: with `delay` it acts, and answers after the provider has stopped waiting; with
`delay_before` it even acts only then. Where a start is deferred, the meeting has no session and `when_idle` is `defer`:
the resource is `PENDING` then, and that is no error.
"""
COLUMNS = "| dialect | call | fault | begun | running | lost | what the user sees |"

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
TIMEOUT = 0.7
"""Seconds that a call may take; pauses are shorter in proportion."""

FAULTS: dict[FaultName, dict[str, Any]] = {
    "refuse": {},
    "drop_before": {},
    "delay_before": {"seconds": 1.5 * TIMEOUT},
    "drop_after": {},
    "delay": {"seconds": 1.2 * TIMEOUT},
    "429": {"retry_after": 0.02},
    "503": {},
    "500_after": {},
    "html_after": {},
    "empty_after": {},
    "cut_after": {},
}
"""What the faults of `sandbox.api.faults` are told beside their name."""

MAY_HAVE_ACTED = ("delay_before", "drop_after", "delay", "500_after", "html_after", "empty_after", "cut_after")


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

    prepare: what has happened before. act: what makes the call. begun, running: how many recordings have begun, and
    run, when it is over.
    """

    method: str
    path: str
    act: Callable[[Resource], object]
    prepare: Callable[[SandboxApi, Resource], object] = lambda _, resource: None
    begun: int = 1
    running: int = 1

    def is_kept(self, found: Outcome) -> bool:
        """Whether nothing was recorded twice, or lost."""
        return (found.begun, found.running, found.known) == (self.begun, self.running, True)


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
    "stop, to replace": Call("PUT", "/recordings/*-*", lambda resource: resource.up(max_seconds=60), up, begun=2),
    "pause": Call("PUT", "/recordings/*-*", lambda resource: resource.up(desired_status="PAUSED"), up),
    "resume": Call("PUT", "/recordings/*-*", lambda resource: resource.up(desired_status=None), paused),
    "is it live: pending": Call("GET", "*/active-session", lambda resource: resource.up(), pending),
    "is it live: start deferred": Call(
        "GET", "*/active-session", lambda resource: resource.up(), idle, begun=0, running=0
    ),
}


def outcome(
    api: SandboxApi, call: Call, fault: FaultName, times: int | None = 1, plugin: type[Plugin] = Plugin
) -> Outcome:
    """Lives until the call, has it go wrong, and goes on. plugin: the door that the calls come in by."""
    process = plugin(api, timeoutSeconds=TIMEOUT)
    resource = Resource(process, meeting_id=MEETING)
    call.prepare(api, resource)
    process.heard.messages.clear()
    api.fault(fault, method=call.method, path=call.path, times=times, **FAULTS[fault])
    said = []
    try:
        call.act(resource)
    except RealtimeKitError as error:
        said.append(str(error))
    until_at_rest(api)
    return result(api, resource, said + [message for _, message in process.heard.messages])


def result(api: SandboxApi, resource: Resource, said: list[str]) -> Outcome:
    recordings = api.recordings()
    running = [one["id"] for one in recordings if one["active"]]
    known = [resource.id] if resource.id and not resource.id.startswith("pending-") else []
    return Outcome(said, len(recordings), len(running), known=set(running) <= {*known})


def outcomes() -> Iterator[tuple[DialectName, str, FaultName, Outcome]]:
    """Of every fault in every call."""
    for dialect in DIALECTS:
        with SandboxApi(dialect, start_seconds=0, upload_seconds=0, request_limit=0, user_limit=0) as api:
            for name, call in CALLS.items():
                for fault in FAULTS:
                    api.reset()
                    found = outcome(api, call, fault)
                    Plugin.end_all()
                    yield dialect, name, fault, found


def main() -> int:
    print(HEADING)
    print(COLUMNS)
    print("| --- | --- | --- | --- | --- | --- | --- |")
    broken = 0
    for dialect, name, fault, found in outcomes():
        lost = 0 if found.known else found.running
        said = cell("; ".join(found.said))
        print(f"| {dialect} | {name} | {fault} | {found.begun} | {found.running} | {lost} | {said} |")
        if not CALLS[name].is_kept(found):
            broken += 1
            print(f"broken: {dialect}, {name}, {fault}: {found}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
