"""A `TrackRecording` in a program: its options, and what the SDK waits for at the end."""

import json
import subprocess
import sys
from typing import Any

import pulumi
import pytest
from pulumi_realtimekit import TrackRecording

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
    recording = realtimekit.TrackRecording("standup", meeting_id="m", max_seconds=60)
    awaited = settings.SETTINGS.outputs
    seen["awaited"] = sorted(name for name, value in vars(recording).items() if getattr(value, "_data", 0) in awaited)
    seen["misspelt"] = hasattr(recording, "max_second")
    names = ("id", "status", "max_seconds", "session_id", "desired_status")
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
    }


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
