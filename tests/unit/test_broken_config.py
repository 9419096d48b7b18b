"""Config that no server would take: each mistake one line, all of a stack in one report, before anything is asked."""

import subprocess
import sys
from typing import Any

import pulumi
import pulumi_realtimekit as realtimekit
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.config import get_config
from pulumi_realtimekit.declarations import settings as _config
from pulumi_realtimekit.declarations import spelling as _spelling
from pulumi_realtimekit.declarations.recording import ARGUMENTS
from pulumi_realtimekit.declarations.spelling import LAYER_SPELLINGS
from pulumi_realtimekit.declarations.storages import STORAGE_FIELDS, STORAGE_TYPES
from pulumi_realtimekit.plugin.session import Session

from tests.unit.broken import AWS, CLEAR, SECRET, Broken
from tests.unit.broken_keys import KEYS
from tests.unit.broken_recordings import RECORDINGS
from tests.unit.broken_storages import STORAGES
from tests.unit.stack import Stack

WORDS = (*STORAGE_TYPES, "KEY", "PASSWORD", "REALTIMEKIT_BUCKET", "STORAGE_CONFIG", "realtimekit", "2024-01-01")

BROKEN: dict[str, Broken] = {**KEYS, **STORAGES, **RECORDINGS}

TOLD_BY_PROGRAM = (
    "unknown key",
    "one key",
    "unknown namespace",
    CLEAR,
    "YAML reads it",
    "all that can be encrypted",
    "realtimekit:accountId: ",
    "realtimekit:appId: required",
    "the project's own",
)
"""What the program alone can know: the plugin has neither the files nor the other keys."""


def told(config: str) -> list[str]:
    count = len(config.splitlines())
    return [
        f"the config of stack dev has {'one mistake' if count == 1 else f'{count} mistakes'}:",
        *config.splitlines(),
    ]


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_the_program_reports_every_mistake_in_one_error(broken: Broken, stack: Stack) -> None:
    stack.environment(broken.environment)
    stack.configure(broken.config)

    with pytest.raises(pulumi.RunError) as raised:
        realtimekit.load_config()

    report = str(raised.value)
    assert report.splitlines() == told("\n".join(f"  {line}" for line in broken.lines))
    assert SECRET not in report


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_the_plugin_reports_the_same_without_the_service(broken: Broken, stack: Stack) -> None:
    stack.environment(broken.environment)
    stack.configure(broken.config)

    session = Session(get_config)
    _, problems = session.check({"meeting_id": "m"})

    lines = [str(problem) for problem in problems]
    known_here = [line for line in broken.lines if not any(words in line for words in TOLD_BY_PROGRAM)]
    assert [line for line in known_here if line not in lines] == []
    assert SECRET not in "\n".join(lines)
    assert session._recorder is None


@pytest.mark.parametrize(
    ("key", "expected"), [("requestLimit", "a number"), ("storages", "a map"), ("recordings", "a map")]
)
def test_quotes_are_advised_where_they_help(key: str, expected: str, stack: Stack) -> None:
    stack.configure(f"realtimekit:{key}: 2024-01-01")

    with pytest.raises(pulumi.RunError) as raised:
        realtimekit.load_config()

    assert str(raised.value).splitlines() == told(f"  realtimekit:{key}: expected {expected}, found a string")


def test_a_key_that_may_be_encrypted_whole_is_not_told_to_stand_in_clear(stack: Stack) -> None:
    stack.configure("realtimekit:recordings: {secure: many}")

    with pytest.raises(pulumi.RunError) as raised:
        realtimekit.load_config()

    assert str(raised.value).splitlines() == told("  realtimekit:recordings: expected a map, found a string")


RESOURCES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "nothing": ({}, ("meeting_id: required, but absent",)),
    "misspelt": ({"meeting_id": "m", "layer": {}}, ("layer: unknown field; did you mean 'layers'?",)),
    "wrong types": (
        {"meeting_id": 5.5, "max_seconds": "60", "keep_download_urls": "yes"},
        (
            "meeting_id: expected a string, found a number with a fraction; put it in quotes",
            "max_seconds: expected a number, found a string",
            "keep_download_urls: expected true or false, found a string",
        ),
    ),
    "a storage in place": (
        {
            "meeting_id": "m",
            "layers": {"d": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": {"type": "aws", "secret": 5}}]}},
        },
        (
            "layers.d.outputs[0].storage_config.bucket: required for type 'aws', but absent",
            "layers.d.outputs[0].storage_config.region: required for type 'aws', but absent",
            "layers.d.outputs[0].storage_config.access_key: required for type 'aws', but absent",
            "layers.d.outputs[0].storage_config.secret: expected a string, found a number; put it in quotes",
        ),
    ),
    "a storage by name": (
        {"meeting_id": "m", "layers": {"d": {"outputs": ["archve"]}}},
        ("layers.d.outputs[0]: no storage named 'archve'; did you mean 'archive'?",),
    ),
    "a name that cannot be a key of YAML": (
        {"meeting_id": "m", "layers": {"a\r\x1b[2J.b": {"outputs": 5}}},
        ('layers["a\\r\\u001b[2J.b"].outputs: expected a list, found a number',),
    ),
}


@pytest.mark.parametrize(("arguments", "lines"), RESOURCES.values(), ids=RESOURCES.keys())
def test_the_plugin_reports_every_mistake_of_a_resource(
    arguments: dict[str, Any], lines: tuple[str, ...], stack: Stack
) -> None:
    stack.configure(f"realtimekit:storages: {{archive: {AWS}}}")

    _, problems = Session(get_config).check(arguments)

    assert tuple(str(problem) for problem in problems) == lines


NAMES = st.sampled_from(
    [*_config.KEYS, *ARGUMENTS, *LAYER_SPELLINGS, *STORAGE_FIELDS, "outputs", "storage_config", "a", "", "\n"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(_config.KEYS), VALUES, max_size=4), st.dictionaries(NAMES, VALUES, max_size=4))
def test_whatever_is_declared_is_judged_in_lines(config: dict[str, Any], arguments: dict[str, Any]) -> None:
    answers = {f"realtimekit:{key}": value for key, value in config.items()}

    _, problems = Session(answers.get).check(_spelling.arguments(arguments))

    assert all(len(str(problem).splitlines()) == 1 for problem in problems)


def test_there_are_at_least_sixty_cases() -> None:
    assert len(BROKEN) >= 60


def test_the_program_does_not_import_the_client() -> None:
    code = "import pulumi_realtimekit, sys; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
