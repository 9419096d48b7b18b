"""Config that no server would take: each mistake one line, all of a stack in one report, before anything is asked."""

from typing import Any

import pulumi
import pulumi_realtimekit as realtimekit
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import Unknown
from pulumi_realtimekit.checks.settings import mistakes
from pulumi_realtimekit.checks.validation import problems
from pulumi_realtimekit.declarations.fields import fields
from pulumi_realtimekit.declarations.layers import LayerArgs
from pulumi_realtimekit.declarations.recording import ARGUMENTS, TrackRecordingArgs
from pulumi_realtimekit.declarations.settings import KEYS, PROVIDER_KEYS, read
from pulumi_realtimekit.declarations.storages import STORAGE_FIELDS, STORAGE_TYPES

from tests.kit.stack import Stack
from tests.unit.checks.broken import BROKEN, SECRET, Broken


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_the_program_reports_every_mistake_in_one_error(broken: Broken, stack: Stack) -> None:
    stack.environment(broken.environment)
    stack.configure(broken.config)

    with pytest.raises(pulumi.RunError) as raised:
        realtimekit.load_config()

    count = "one mistake" if len(broken.lines) == 1 else f"{len(broken.lines)} mistakes"
    assert str(raised.value).splitlines() == [
        f"the config of stack dev has {count}:",
        *(f"  {line}" for line in broken.lines),
    ]
    assert SECRET not in str(raised.value)


ARGUMENTS_OF_A_RESOURCE: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "several": (
        {"max_seconds": "60", "layer": {}},
        (
            "meeting_id: required, but absent",
            "max_seconds: expected a number, found a string",
            "layer: unknown field; did you mean 'layers'?",
        ),
    ),
    "a fraction": (
        {"meeting_id": 5.5},
        ("meeting_id: expected a string, found a number with a fraction; put it in quotes",),
    ),
    "a number that the engine cannot hold": (
        {"meeting_id": "m", "max_seconds": 10**400, "wait_seconds": float("nan")},
        ("max_seconds: expected a finite number", "wait_seconds: expected a finite number"),
    ),
    "a storage in place": (
        {
            "meeting_id": "m",
            "layers": {"d": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": {"type": "gcs", "secret": 5}}]}},
        },
        (
            "layers.d.outputs[0].storage_config.bucket: required for type 'gcs', but absent",
            "layers.d.outputs[0].storage_config.secret: expected a string, found a number; put it in quotes",
        ),
    ),
    "a name that cannot be a key of YAML": (
        {"meeting_id": "m", "layers": {"a\r\x1b[2J.b": {"outputs": 5}}},
        ('layers["a\\r\\u001b[2J.b"].outputs: expected a list, found a number',),
    ),
    "not known yet": ({"meeting_id": Unknown(), "layers": {"d": {"outputs": [Unknown(), {"type": Unknown()}]}}}, ()),
    "beside what is not known yet": (
        {"meeting_id": Unknown(), "layers": {"d": {"outputs": Unknown(), "file_prefix": "x"}}, "when_idle": "no"},
        (
            "layers.d.file_prefix: unknown field; did you mean 'file_name_prefix'?",
            "when_idle: expected 'fail', 'wait' or 'defer'",
        ),
    ),
    "around what is not known yet": (
        {"meeting_id": "m", "layer": {"d": {"outputs": [Unknown()]}}},
        ("layer: unknown field; did you mean 'layers'?",),
    ),
}


@pytest.mark.parametrize(("arguments", "lines"), ARGUMENTS_OF_A_RESOURCE.values(), ids=ARGUMENTS_OF_A_RESOURCE.keys())
def test_every_mistake_of_a_resource_is_found(arguments: dict[str, Any], lines: tuple[str, ...]) -> None:
    found = problems(TrackRecordingArgs, arguments, lambda value: isinstance(value, Unknown))

    assert tuple(map(str, found)) == lines


def test_what_the_program_declares_is_not_the_plugins_to_judge(stack: Stack) -> None:
    config = {"realtimekit:recordings": '{"r": {"meeting": 5}}', "realtimekit:requestLimit": "many"}

    (problem,) = mistakes(read(config.get, PROVIDER_KEYS))

    assert str(problem) == "realtimekit:requestLimit: expected a number, found a string"


WORDS = (*STORAGE_TYPES, "KEY", "PASSWORD", "REALTIMEKIT_BUCKET", "STORAGE_CONFIG", "realtimekit", "2024-01-01")
NAMES = (*KEYS, *ARGUMENTS, *fields(LayerArgs), *STORAGE_FIELDS, "fileNamePrefix", "storage_config", "a", "", "\n")
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([f"realtimekit:{key}" for key in KEYS]), VALUES, max_size=4))
def test_whatever_is_configured_is_judged_in_lines(config: dict[str, Any]) -> None:
    assert all(len(str(problem).splitlines()) == 1 for problem in mistakes(read(config.get)))
