"""Properties of `check` and `diff` over all that can be declared, each value over the engine's wire and back."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pulumi.output import Unknown
from pulumi_realtimekit.declarations.recording import ARGUMENTS, DEFAULTS, IDENTITY
from pulumi_realtimekit.declarations.storages import CREDENTIALS
from pulumi_realtimekit.plugin import changes
from pulumi_realtimekit.plugin import inputs as checked_inputs
from pulumi_realtimekit.plugin.dynamic import _plain
from pulumi_realtimekit.plugin.lifecycle import is_unknown

from tests.kit.declarations import JSON, arguments, layers, spoiled, stacks, storage
from tests.kit.in_process import engine_wire

QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Stack = tuple[dict[str, Any], dict[str, Any]]


def never() -> bool:
    raise AssertionError("the service must not be asked")


def wired(values: dict[str, Any]) -> dict[str, Any]:
    """What the provider is handed after the engine has had it."""
    return _plain(engine_wire(values))


def checked(declared: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    inputs, problems = checked_inputs.check(wired(declared), config, is_unknown)
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
@given(stacks())
def test_the_start_sends_what_was_declared_with_all_credentials(stack: Stack) -> None:
    config, declared = stack
    body = checked_inputs.request(checked(declared, config), config)
    layers = declared.get("layers") or config.get("layers") or {"default": {}}
    assert set(body) <= {"meeting_id", "layers", "max_seconds", "user_ids"}
    assert body["meeting_id"] == declared["meeting_id"]
    assert body["layers"].keys() == layers.keys()
    for name, layer in layers.items():
        sent = body["layers"][name]
        assert {key: value for key, value in layer.items() if value is not None and key != "outputs"} == {
            key: value for key, value in sent.items() if key != "outputs"
        }
        for output, output_sent in zip(layer.get("outputs") or ["realtimekit"], sent["outputs"], strict=True):
            if output == "realtimekit":
                assert output_sent == {"type": "REALTIMEKIT_BUCKET"}
                continue
            storage = config["storages"][output] if isinstance(output, str) else output.get("storage_config")
            kind = "STORAGE_CONFIG" if isinstance(output, str) else output.get("type", "REALTIMEKIT_BUCKET")
            wanted = {"type": kind}
            if storage:
                wanted["storage_config"] = {key: value for key, value in storage.items() if value is not None}
            assert output_sent == wanted


def place_of(output: Any, config: dict[str, Any]) -> Any:
    """Where an output's files go, from the declaration alone: what a start would be told, without credentials."""
    if output == "realtimekit":
        return {"type": "REALTIMEKIT_BUCKET"}
    if isinstance(output, str):
        output = {"type": "STORAGE_CONFIG", "storage_config": config["storages"][output]}
    storage = output.get("storage_config") or {}
    fields = {key: value for key, value in storage.items() if value is not None and key not in CREDENTIALS}
    return {"type": output.get("type", "REALTIMEKIT_BUCKET"), **fields}


def meaning(name: str, declared: dict[str, Any], config: dict[str, Any]) -> Any:
    """What an argument comes to, its default and the config's part in it included."""
    value = declared.get(name)
    if name == "layers":
        return {
            layer: (
                fields.get("file_name_prefix"),
                fields.get("media_kind"),
                [place_of(output, config) for output in fields.get("outputs") or ["realtimekit"]],
            )
            for layer, fields in (value or config.get("layers") or {"default": {}}).items()
        }
    if name in ("account_id", "app_id"):
        return value or config[{"account_id": "accountId", "app_id": "appId"}[name]]
    return DEFAULTS.get(name) if value is None else value


def decided(declared: dict[str, Any], config: dict[str, Any], after: dict[str, Any]) -> changes.Change:
    """What is decided on a recording that is as it was wanted."""
    before = checked(declared, config)
    desired = meaning("desired_status", declared, config)
    olds = state(before, {"STOPPED": "UPLOADED"}.get(desired, desired))
    return changes.decide(declared.get("recording_id") or "r1", olds, after, lambda: False)


@QUICK
@given(stacks(), st.data())
def test_a_single_change_gives_exactly_the_step_of_the_table(stack: Stack, data: st.DataObject) -> None:
    config, declared = stack
    name = data.draw(st.sampled_from(["meeting_id", *arguments([])]))
    values = {"meeting_id": st.text(min_size=1, max_size=5), **arguments(list(config["storages"]))}[name]
    changed = {**declared, name: data.draw(values)}
    old, new = meaning(name, declared, config), meaning(name, changed, config)
    assume(old != new)
    change = decided(declared, config, checked(changed, config))
    if name == "recording_id":
        assert (change.step, change.reasons) == (("update" if new == "r1" else "replace"), ("recording_id",))
    else:
        replaces = name in IDENTITY or (name == "desired_status" and old == "STOPPED")
        assert (change.step, set(change.reasons)) == ("replace" if replaces else "update", {name})


@QUICK
@given(stacks(), st.data())
def test_a_change_of_the_config_counts_where_files_go_elsewhere(stack: Stack, data: st.DataObject) -> None:
    """Other storages and layers of the same names, an account or an app: what a start would be told decides."""
    config, declared = stack
    names = list(config["storages"])
    other: dict[str, Any] = {
        **config,
        "storages": {name: data.draw(st.just(config["storages"][name]) | storage()) for name in names},
        "accountId": data.draw(st.sampled_from(["account", "another"])),
        "appId": data.draw(st.sampled_from(["app", "another"])),
    }
    if "layers" in config:
        other["layers"] = data.draw(st.just(config["layers"]) | layers(names))
    change = decided(declared, config, checked(declared, other))
    differ = {name for name in IDENTITY if meaning(name, declared, config) != meaning(name, declared, other)}
    assert (change.step, set(change.reasons)) == ("replace" if differ else "none", differ)


@QUICK
@given(stacks(), st.data())
def test_what_is_not_known_yet_counts_as_a_possible_change(stack: Stack, data: st.DataObject) -> None:
    config, declared = stack
    before = checked({**declared, "recording_id": None}, config)
    name = data.draw(st.sampled_from(ARGUMENTS))
    news = wired({**declared, "recording_id": None, name: Unknown()})
    inputs, problems = checked_inputs.check(news, config, is_unknown)
    assert not problems
    change = changes.decide("r1", state(before), wired(inputs), lambda: True, is_unknown)
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
    inputs, problems = checked_inputs.check(news, config, is_unknown)
    assert not problems, [str(problem) for problem in problems]
    changes.decide("r1", state(checked(declared, config)), wired(inputs), lambda: True, is_unknown)


@QUICK
@given(stacks(), st.data())
def test_no_input_makes_check_or_diff_raise(stack: Stack, data: st.DataObject) -> None:
    config, declared = stack
    olds = state(checked(declared, config), data.draw(st.sampled_from(["RECORDING", "PENDING", "UPLOADED"])))
    news = data.draw(spoiled(declared, JSON))
    news = news if isinstance(news, dict) else {"meeting_id": news}
    inputs, problems = checked_inputs.check(news, config, is_unknown)
    if not problems:
        changes.decide("r1", olds, inputs, lambda: True, is_unknown)


@QUICK
@given(stacks(), st.data())
def test_mistakes_never_quote_a_credential(stack: Stack, data: st.DataObject) -> None:
    config, declared = stack
    news = data.draw(spoiled(_marked(declared), JSON))
    assume(isinstance(news, dict))
    _, problems = checked_inputs.check(news, config, is_unknown)
    assert all("SECRET" not in str(problem) for problem in problems)


def _marked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: f"SECRET{item}" if name in CREDENTIALS else _marked(item) for name, item in value.items()}
    return [_marked(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("number", [60.0, 60])
def test_numbers_come_back_as_whole_as_they_were(number: float) -> None:
    inputs = checked({"meeting_id": "m", "max_seconds": number}, {"accountId": "a", "appId": "b"})
    body = checked_inputs.request(inputs, {})
    assert isinstance(body["max_seconds"], int)
