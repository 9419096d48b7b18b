"""A program declares each meeting once, whatever the providers: their processes know nothing of each other."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_realtimekit as realtimekit
import pytest
from pulumi_realtimekit import TrackRecording

from tests.kit.stack import ENVIRONMENT, Stack

ACCOUNT, APP = ENVIRONMENT["CLOUDFLARE_ACCOUNT_ID"], ENVIRONMENT["REALTIMEKIT_APP_ID"]


def eu(account_id: Any = ACCOUNT, **arguments: Any) -> realtimekit.Provider:
    return realtimekit.Provider("eu", account_id=account_id, api_token="t", **arguments)


def provider(account_id: Any = ACCOUNT, **arguments: Any) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(provider=eu(account_id, **arguments))


def component() -> pulumi.ComponentResource:
    return pulumi.ComponentResource("test:index:Team", "team", None, provider())


def later(value: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(value).apply(lambda known: known)


TWICE: dict[str, Callable[[], Any]] = {
    "by the config": lambda: TrackRecording("b", meeting_id="m"),
    "by arguments": lambda: TrackRecording("b", meeting_id="m", account_id=ACCOUNT, app_id=APP),
    "by camelCase": lambda: TrackRecording("b", meetingId="m"),  # type: ignore[call-arg]
    "PAUSED": lambda: TrackRecording("b", meeting_id="m", desired_status="PAUSED"),
    "by a provider": lambda: TrackRecording("b", provider(), meeting_id="m"),
    "by a provider's app": lambda: TrackRecording("b", provider(app_id=APP), meeting_id="m"),
    "by providers": lambda: TrackRecording("b", pulumi.ResourceOptions(providers=[eu()]), meeting_id="m"),
    "by a map of providers": lambda: TrackRecording(
        "b", pulumi.ResourceOptions(providers={"pulumi-python": eu()}), meeting_id="m"
    ),
    "by the parent's provider": lambda: TrackRecording("b", pulumi.ResourceOptions(parent=component()), meeting_id="m"),
    "of one name, below another parent": lambda: TrackRecording(
        "a", pulumi.ResourceOptions(parent=component()), meeting_id="m"
    ),
}

ONCE: dict[str, Callable[[], Any]] = {
    "another meeting": lambda: TrackRecording("b", meeting_id="n"),
    "another account": lambda: TrackRecording("b", meeting_id="m", account_id="other"),
    "another app": lambda: TrackRecording("b", meeting_id="m", app_id="other"),
    "another provider's account": lambda: TrackRecording("b", provider("other"), meeting_id="m"),
    "another provider's app": lambda: TrackRecording("b", provider(app_id="other"), meeting_id="m"),
    "STOPPED": lambda: TrackRecording("b", meeting_id="m", desired_status="STOPPED"),
    "recording_id": lambda: TrackRecording("b", meeting_id="m", recording_id="r"),
    "a lookup": lambda: TrackRecording.get("b", "r"),
    "not known yet: the meeting": lambda: TrackRecording("b", meeting_id=later("m")),
    "not known yet: the account": lambda: TrackRecording("b", meeting_id="m", account_id=later(ACCOUNT)),
    "not known yet: what is wanted": lambda: TrackRecording("b", meeting_id="m", desired_status=later("RECORDING")),
    "not known yet: the provider's account": lambda: TrackRecording("b", provider(later(ACCOUNT)), meeting_id="m"),
    "a provider of another make": lambda: TrackRecording(
        "b",
        pulumi.ResourceOptions(provider=pulumi.ProviderResource("pulumi-python", "p", {"realtimekit:accountId": "x"})),
        meeting_id="m",
    ),
}


@pytest.mark.parametrize("second", TWICE.values(), ids=TWICE)
def test_a_meeting_that_is_declared_twice_is_refused_by_name(stack: Stack, second: Callable[[], Any]) -> None:
    stack.configure("{}")
    TrackRecording("a", meeting_id="m")
    with pytest.raises(pulumi.RunError, match=r"TrackRecording '[ab]': the same meeting as TrackRecording 'a'"):
        second()


def test_so_is_a_recording_that_two_are_to_take_over(stack: Stack) -> None:
    stack.configure("{}")
    TrackRecording("a", meeting_id="m", recording_id="r")
    with pytest.raises(pulumi.RunError, match="TrackRecording 'b': the same recording as TrackRecording 'a'"):
        TrackRecording("b", meeting_id="n", recording_id="r")
    TrackRecording("c", meeting_id="m", recording_id="other")


@pytest.mark.parametrize("comes_first", [True, False])
@pytest.mark.parametrize("other", ONCE.values(), ids=ONCE)
def test_what_may_be_another_recording_is_left_to_the_plugin(
    stack: Stack, other: Callable[[], Any], comes_first: bool
) -> None:
    stack.configure("{}")
    calls = [lambda: TrackRecording("a", meeting_id="m"), other]
    for declare in reversed(calls) if comes_first else calls:
        declare()


def test_an_alias_makes_it_no_second_one(stack: Stack) -> None:
    stack.configure("{}")
    aliases = [pulumi.Alias(name="old")]
    TrackRecording("new", pulumi.ResourceOptions(aliases=aliases), meeting_id="m")


def test_each_run_of_a_program_is_its_own(stack: Stack) -> None:
    for name in ("a", "b"):
        stack.configure("{}")
        TrackRecording(name, meeting_id="m")


def test_the_same_one_again_is_for_the_engine_to_judge(stack: Stack) -> None:
    """Tests of a program declare it again and again, with one engine of theirs."""
    stack.configure("{}")
    for _ in range(2):
        TrackRecording("a", meeting_id="m")
