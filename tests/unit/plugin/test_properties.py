"""Properties of `check` and `diff` over all that can be declared, each value over the engine's wire and back."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.output import Unknown
from pulumi_realtimekit.declarations.recording import ARGUMENTS, IDENTITY
from pulumi_realtimekit.declarations.storages import CREDENTIALS
from pulumi_realtimekit.plugin import changes
from pulumi_realtimekit.plugin import inputs as checked_inputs
from pulumi_realtimekit.plugin.dynamic import _plain

from tests.kit.declarations import JSON, spoiled, stacks
from tests.kit.in_process import engine_wire

QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Stack = tuple[dict[str, Any], dict[str, Any]]


def never() -> bool:
    raise AssertionError("the service must not be asked")


def wired(values: dict[str, Any]) -> dict[str, Any]:
    """What the provider is handed after the engine has had it."""
    return _plain(engine_wire(values))


def checked(declared: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    inputs, problems = checked_inputs.check(wired(declared), config)
    assert not problems, [str(problem) for problem in problems]
    return wired(inputs)


def state(inputs: dict[str, Any], status: str = "RECORDING") -> dict[str, Any]:
    return wired({**checked_inputs.without_secrets(inputs), "status": status, "session_id": "s"})


def credentials_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [item for name, item in value.items() if name in CREDENTIALS]
        return own + [found for item in value.values() for found in credentials_in(item)]
    return [found for item in value for found in credentials_in(item)] if isinstance(value, list) else []


@QUICK
@given(stacks())
def test_a_valid_declaration_survives_with_no_change(stack: Stack) -> None:
    config, declared = stack
    inputs = checked(declared, config)
    desired = inputs.get("desired_status", "RECORDING")
    status = {"STOPPED": "UPLOADED"}.get(desired, desired)
    olds = state(inputs, status)
    change = changes.decide(declared.get("recording_id") or "r1", olds, inputs, never)
    assert change.step == "none", change
    assert credentials_in(olds) == []


@QUICK
@given(stacks())
def test_what_check_returns_it_takes_for_what_was_declared(stack: Stack) -> None:
    """With `ignore_changes` the engine hands the old checked inputs over again."""
    config, declared = stack
    inputs = checked(declared, config)
    assert checked(inputs, config) == inputs


@QUICK
@given(stacks(), st.data())
def test_what_is_not_known_yet_counts_as_a_possible_change(stack: Stack, data: st.DataObject) -> None:
    config, declared = stack
    before = checked({**declared, "recording_id": None}, config)
    name = data.draw(st.sampled_from(ARGUMENTS))
    news = wired({**declared, "recording_id": None, name: Unknown()})
    inputs, problems = checked_inputs.check(news, config)
    assert not problems
    change = changes.decide("r1", state(before), wired(inputs), lambda: True)
    assert name in change.reasons or change.step == "replace"
    assert change.step == "replace" or name not in {*IDENTITY, "recording_id"}
    assert change.step != "none"


@QUICK
@given(stacks(), st.data())
def test_an_unknown_at_any_depth_is_no_mistake_and_no_crash(stack: Stack, data: st.DataObject) -> None:
    config, declared = stack
    news = wired(
        {
            name: data.draw(spoiled(value, st.builds(Unknown))) if name == "layers" and value else value
            for name, value in declared.items()
        }
    )
    inputs, problems = checked_inputs.check(news, config)
    assert not problems, [str(problem) for problem in problems]
    changes.decide("r1", state(checked(declared, config)), wired(inputs), lambda: True)


@QUICK
@given(stacks(), st.data())
def test_no_input_makes_check_or_diff_raise_or_quotes_a_credential(stack: Stack, data: st.DataObject) -> None:
    config, declared = stack
    olds = state(checked(declared, config), data.draw(st.sampled_from(["RECORDING", "PENDING", "UPLOADED"])))
    news = data.draw(spoiled(_marked(declared), JSON))
    inputs, problems = checked_inputs.check(news if isinstance(news, dict) else {"meeting_id": news}, config)
    if not problems:
        changes.decide("r1", olds, inputs, lambda: True)
    assert all("SECRET" not in str(problem) for problem in problems)
    assert all(len(str(problem).splitlines()) == 1 for problem in problems)


def _marked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: f"SECRET{item}" if name in CREDENTIALS else _marked(item) for name, item in value.items()}
    return [_marked(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("number", [60.0, 60])
def test_numbers_come_back_as_whole_as_they_were(number: float) -> None:
    inputs = checked({"meeting_id": "m", "max_seconds": number}, {"accountId": "a", "appId": "b"})
    body = checked_inputs.request(inputs, {})
    assert isinstance(body["max_seconds"], int)
