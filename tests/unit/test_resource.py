"""A `TrackRecording` in a program: its options, and what the SDK waits for at the end."""

import asyncio
import json
import subprocess
import sys
from typing import Any

import pulumi
import pytest
from pulumi_realtimekit import TrackRecording
from pulumi_realtimekit.checks.validators import documented
from pulumi_realtimekit.declarations.recording import TrackRecordingOutputs
from pulumi_realtimekit.resource import ANSWERED, SECRET_OUTPUTS, _as_checked, _hides_prefix
from sphinx.pycode import ModuleAnalyzer

from tests.kit.stack import Stack

PROGRAM = """
import asyncio, json, pulumi, pulumi_realtimekit as realtimekit
from pulumi.runtime import mocks, settings

class Service(mocks.Mocks):
    def new_resource(self, args):
        return f"{args.name}-id", {**args.inputs, "status": "RECORDING"}

    def call(self, args):
        return {}

def program():
    recording = realtimekit.TrackRecording("standup", meeting_id="m", max_seconds=60, when_idle="fail")
    awaited = settings.SETTINGS.outputs
    seen["awaited"] = sorted(name for name, value in vars(recording).items() if getattr(value, "_data", 0) in awaited)
    seen["misspelt"] = hasattr(recording, "max_second")
    names = ("id", "status", "max_seconds", "session_id", "desired_status", "when_idle")
    pulumi.Output.all(**{name: getattr(recording, name) for name in names}).apply(seen.update)

seen = {}
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
mocks.set_mocks(Service(), preview=False)
loop.run_until_complete(pulumi.runtime.stack.run_pulumi_func(program))
print(json.dumps(seen))
"""


def test_outputs_come_with_their_registration() -> None:
    """All but `id` and `urn`; what was not declared is None."""
    run = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    assert json.loads(run.stdout) == {
        "awaited": ["id", "urn"],
        "misspelt": False,
        "id": "standup-id",
        "status": "RECORDING",
        "max_seconds": 60,
        "session_id": None,
        "desired_status": None,
        "when_idle": "fail",
    }


@pytest.mark.parametrize("output", ANSWERED)
def test_an_output_is_described_alike_in_python_and_in_the_schemas(output: str) -> None:
    in_python = ModuleAnalyzer.for_module(TrackRecording.__module__)
    in_python.analyze()
    description = documented(TrackRecordingOutputs).json_schema()["properties"][output]["description"]
    sentence = " ".join(f"{description[0].upper()}{description[1:]}.".split())
    secret = " Secret." if output in SECRET_OUTPUTS else ""
    assert " ".join(" ".join(in_python.attr_docs["TrackRecording", output]).split()) == sentence + secret


REFUSED = {
    "import_": (
        {"import_": "recording-id"},
        (
            "TrackRecording 'a': a dynamic resource cannot be imported with import_; give it recording_id='<id>' "
            "instead, which takes the recording over"
        ),
    ),
    "custom_timeouts": (
        {"custom_timeouts": pulumi.CustomTimeouts(create="5m")},
        (
            "TrackRecording 'a': custom_timeouts do not reach a dynamic resource; start_seconds and wait_seconds say "
            "how long a start may take"
        ),
    ),
}


@pytest.mark.parametrize(("option", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_an_option_that_cannot_work_is_refused_with_what_does(option: Any, message: str, stack: Stack) -> None:
    stack.configure("realtimekit:appId: app")

    with pytest.raises(pulumi.RunError) as raised:
        TrackRecording("a", pulumi.ResourceOptions(**option), meeting_id="m")

    assert str(raised.value) == message


@pytest.mark.parametrize("option", ["retain_on_delete", "deleted_with"])
def test_an_option_that_leaves_a_recording_running_is_warned_of(option: str, stack: Stack) -> None:
    stack.configure("realtimekit:appId: app")

    def program() -> None:
        value: Any = True if option == "retain_on_delete" else TrackRecording("b", meeting_id="n")
        TrackRecording("a", pulumi.ResourceOptions(**{option: value}), meeting_id="m")

    stack.registered(program)

    assert stack.warnings == [
        (
            f"TrackRecording 'a': with {option}, a recording that is deleted is not stopped: it runs on, unknown to "
            "the stack"
        )
    ]


OTHERS: dict[str, dict[str, Any]] = {
    "delete_before_replace": {"delete_before_replace": False},
    "additional_secret_outputs": {"additional_secret_outputs": ["status"]},
    "ignore_changes": {"ignore_changes": ["layers"]},
    "replace_on_changes": {"replace_on_changes": ["max_seconds"]},
    "hide_diffs": {"hide_diffs": ["layers"]},
}


@pytest.mark.parametrize("options", OTHERS.values(), ids=OTHERS.keys())
def test_whatever_else_is_asked_for_an_old_recording_is_stopped_first(options: dict[str, Any], stack: Stack) -> None:
    stack.configure("realtimekit:appId: app")

    stack.registered(lambda: TrackRecording("a", pulumi.ResourceOptions(**options), meeting_id="m"))

    request = stack.registrations.requests["a"]
    assert request.deleteBeforeReplace
    assert "download_urls" in request.additionalSecretOutputs
    assert stack.warnings == []


CREDENTIALS = {"access_key": "k", "secret": "s"}


def inline(**fields: Any) -> dict[str, Any]:
    storage = {"type": "aws", "bucket": "b", "region": "r"} | fields
    return {"default": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": storage}]}}


def registered(stack: Stack, config: str = "realtimekit:appId: app", **arguments: Any) -> dict[str, Any]:
    stack.configure(config)
    return stack.registered(lambda: TrackRecording("a", meeting_id="m", **arguments))


def test_a_program_registers_what_the_state_is_going_to_hold(stack: Stack) -> None:
    storages = "realtimekit:storages: {s: {type: gcs, bucket: b, path: ~, secret: {secure: k}}}"
    layers = {"default": {"outputs": ["s"]}, "other": {"media_kind": "audio"}}
    inputs = registered(stack, storages, layers=layers, when_idle="fail", when_ended="restart")

    del inputs["__provider"]
    named = {"type": "STORAGE_CONFIG", "storage": "s", "storage_config": {"type": "gcs", "bucket": "b"}}
    assert inputs == {
        "meeting_id": "m",
        "account_id": "account",
        "app_id": "app",
        "when_ended": "restart",
        "layers": {
            "default": {"outputs": [named]},
            "other": {"media_kind": "audio", "outputs": [{"type": "REALTIMEKIT_BUCKET"}]},
        },
    }


def test_outputs_with_credentials_are_a_secret_as_the_engine_keeps_them(stack: Stack) -> None:
    layers = registered(stack, layers=inline(**CREDENTIALS))["layers"]

    assert layers["default"]["outputs"]["value"] == inline(**CREDENTIALS)["default"]["outputs"]


MISTAKES: dict[str, Any] = {
    "a storage that the config does not have": {"default": {"outputs": ["archve"]}},
    "a list that is none": {"default": {"outputs": ""}},
    "a field without a value": inline(**CREDENTIALS, bucket=None, path=None),
    "a layer that is none": {"default": []},
}


@pytest.mark.parametrize("layers", MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_left_to_the_plugin_in_the_words_of_the_program(layers: Any, stack: Stack) -> None:
    assert plain(registered(stack, layers=layers)["layers"]) == layers


@pytest.mark.parametrize("key", ["layers: [a]", "layers: {default: {outputs: [archve, 5]}}", "storages: [s]"])
def test_so_are_those_of_the_config(key: str, stack: Stack) -> None:
    assert registered(stack, f"realtimekit:{key}")["meeting_id"] == "m"


def plain(value: Any) -> Any:
    """A value without the marks of its secrets."""
    if isinstance(value, dict):
        return plain(value["value"]) if "value" in value else {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def test_a_layer_is_known_but_for_outputs_of_another_resource() -> None:
    """So a preview finds its mistakes, and the names of its files are no secret."""

    async def declare() -> None:
        layer = {"file_name_prefix": "p", "outputs": [pulumi.Output.from_input("realtimekit")]}
        layers = _as_checked({"meeting_id": "m", "layers": {"d": layer}}, {})["layers"]
        assert layers["d"]["file_name_prefix"] == "p"
        assert not _hides_prefix(layers)

    asyncio.run(declare())
