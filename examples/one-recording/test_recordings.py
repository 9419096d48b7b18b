"""What the program declares, with no engine, no service and no account."""

import runpy
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"


class Service(pulumi.runtime.Mocks):
    """Stands in for the engine: keeps what the program declares, and answers as the service would."""

    def __init__(self) -> None:
        self.recordings: dict[str, Mapping[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, Mapping[str, Any]]:
        if args.typ == "pulumi-python:dynamic/realtimekit:TrackRecording":
            self.recordings[args.name] = args.inputs
        return f"{args.name}-id", {**args.inputs, "status": "RECORDING"}

    def call(self, _args: pulumi.runtime.MockCallArgs) -> Mapping[str, Any]:
        return {}


@pytest.fixture
def recordings() -> Mapping[str, Mapping[str, Any]]:
    """The inputs of every recording, by name, once the program has run."""
    service = Service()
    pulumi.runtime.set_mocks(service, project="one-recording", stack="dev")
    pulumi.runtime.set_all_config({"one-recording:meetingId": MEETING})
    pulumi.runtime.test(lambda: runpy.run_path("__main__.py"))()
    return service.recordings


def test_the_meeting_of_the_config_is_recorded(recordings: Mapping[str, Mapping[str, Any]]) -> None:
    assert recordings["standup"]["meeting_id"] == MEETING


def test_every_recording_ends_by_itself(recordings: Mapping[str, Mapping[str, Any]]) -> None:
    assert all(recording["max_seconds"] <= 3600 for recording in recordings.values())


def test_audio_and_video_are_recorded(recordings: Mapping[str, Mapping[str, Any]]) -> None:
    assert recordings["standup"]["layers"].keys() == {"default", "default-video"}
