"""One meeting, one recording: a second declaration of it is judged alike by the config, a program and the plugin."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pulumi
import pytest
from pulumi_realtimekit import TrackRecording
from pulumi_realtimekit.checks.settings import mistakes

from tests.kit.in_process import Heard
from tests.kit.stack import ENVIRONMENT, Stack
from tests.native.door import Door

ACCOUNT, APP = ENVIRONMENT["CLOUDFLARE_ACCOUNT_ID"], ENVIRONMENT["REALTIMEKIT_APP_ID"]

Declared = Mapping[str, Any]
Judge = Callable[[Declared, Declared], str]


def in_config(first: Declared, second: Declared) -> str:
    return "\n".join(map(str, mistakes({"recordings": {"first": first, "second": second}})))


def in_a_program(first: Declared, second: Declared) -> str:
    try:
        TrackRecording("first", **first)
        TrackRecording("second", **second)
    except pulumi.RunError as error:
        return str(error)
    return ""


def by_the_plugin(first: Declared, second: Declared) -> str:
    door = Door(Heard(), {"apiToken": "token"})
    failures = []
    for name, declared in (("first", first), ("second", second)):
        door.urn = f"urn:pulumi:test::recordings::realtimekit:index:TrackRecording::{name}"
        with ThreadPoolExecutor(1) as pool:  # as a server's: the event loop of this thread is the program's
            failures += pool.submit(door.check, {}, dict(declared)).result().failures
    return "\n".join(failure.reason for failure in failures)


@pytest.mark.parametrize(
    ("second", "same"),
    [
        ({"meeting_id": "m"}, "meeting"),
        ({"meeting_id": "m", "account_id": ACCOUNT, "app_id": APP}, "meeting"),
        ({"meeting_id": "m", "desired_status": "PAUSED"}, "meeting"),
        ({"meeting_id": "m", "desired_status": "STOPPED"}, None),
        ({"meeting_id": "m", "recording_id": "r"}, None),
        ({"meeting_id": "m", "account_id": "other"}, None),
        ({"meeting_id": "m", "app_id": "other"}, None),
        ({"meeting_id": "n"}, None),
    ],
)
@pytest.mark.parametrize("other_way_round", [False, True])
@pytest.mark.parametrize("judge", [in_config, in_a_program, by_the_plugin])
def test_a_second_recording_of_a_meeting(
    stack: Stack, judge: Judge, second: Declared, same: str | None, other_way_round: bool
) -> None:
    stack.configure("{}")
    first: Declared = {"meeting_id": "m"}
    said = judge(second, first) if other_way_round else judge(first, second)
    assert (f"the same {same} as " in said) if same else said == ""
    assert ("first" in said) == bool(same)


@pytest.mark.parametrize("desired", ["RECORDING", "STOPPED"])
@pytest.mark.parametrize("judge", [in_config, in_a_program, by_the_plugin])
def test_a_recording_that_two_are_to_take_over(stack: Stack, judge: Judge, desired: str) -> None:
    stack.configure("{}")
    first = {"meeting_id": "m", "recording_id": "r"}
    assert "the same recording as " in judge(first, {"meeting_id": "n", "recording_id": "r", "desired_status": desired})


@pytest.mark.parametrize("judge", [in_config, in_a_program, by_the_plugin])
def test_recordings_of_one_meeting_that_are_taken_over(stack: Stack, judge: Judge) -> None:
    stack.configure("{}")
    first = {"meeting_id": "m", "recording_id": "r"}
    assert judge(first, {"meeting_id": "m", "recording_id": "other"}) == ""
