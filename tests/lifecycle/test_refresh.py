"""`refresh --run-program` compares what a program registers with the state: where nothing differs it shows nothing."""

from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.api.testing import SandboxApi
from tests.kit.project import Project, Secret, active, base_config

PROGRAM = """
import pulumi
import pulumi_realtimekit as realtimekit


def layers(**storage):
    inline = {"type": "STORAGE_CONFIG", "storageConfig": {"type": "aws", "region": "r", **storage}}
    return {"default": {"fileNamePrefix": "p", "outputs": [inline, {}]}}


made, key = pulumi.Output.from_input("b"), pulumi.Config().require_secret("key")
realtimekit.TrackRecording("by-the-config", meeting_id="a", start_seconds=5, when_idle="fail")
realtimekit.TrackRecording("by-name", meeting_id="b", layers={"default": {"outputs": ["archive", "realtimekit"]}})
realtimekit.TrackRecording("inline", meeting_id="c", layers=layers(bucket="b", accessKey="k", secret="s"))
realtimekit.TrackRecording("made", meeting_id="d", layers=layers(bucket=made, accessKey=key, secret="s"))
later = made.apply(lambda _: {"default": {"outputs": ["archive"]}})
realtimekit.TrackRecording("later", meeting_id="e", layers=later)
parts = {
    "default": made.apply(lambda _: {"outputs": ["archive"]}),
    "list": {"outputs": made.apply(lambda _: ["archive", "realtimekit"])},
    "output": {"fileNamePrefix": key, "outputs": [made.apply(lambda _: "archive"), layers()["default"]["outputs"][1]]},
}
realtimekit.TrackRecording("parts", meeting_id="k", layers=parts)
europe = realtimekit.Provider("europe", account_id=pulumi.Output.secret("europe"), api_token="sandbox-token")
realtimekit.TrackRecording("elsewhere", pulumi.ResourceOptions(provider=europe), meeting_id="f")
for name, declared in realtimekit.load_config().recordings.items():
    realtimekit.TrackRecording(name, **declared)
"""

STORAGE = {"type": "gcs", "bucket": "b", "secret": Secret('{"type": "service_account"}'), "path": None}
INLINE = {"type": "STORAGE_CONFIG", "storage_config": {**STORAGE, "secret": Secret("s")}}
RECORDINGS = {
    "named": {"meetingId": "g", "layers": {"default": {"outputs": ["archive"]}}},
    "hidden": {"meeting_id": Secret("h"), "when_ended": "keep", "max_seconds": 60},
    "prefixed": {"meeting_id": "i", "layers": {"default": {"fileNamePrefix": Secret("p"), "outputs": [INLINE]}}},
    "own": {"meeting_id": "j", "layers": {"default": {"outputs": [INLINE, "realtimekit"]}}},
}
CONFIGS: Mapping[str, dict[str, Any]] = {
    "default layers": {},
    "layers and a secret id": {"layers": {"default": {"outputs": ["archive", INLINE]}, "b": {}}, "appId": Secret("x")},
    "a secret bucket": {"storages": {"archive": {**STORAGE, "bucket": Secret("b")}}},
    "a secret prefix": {"layers": {"default": {"file_name_prefix": Secret("p"), "outputs": [INLINE]}}},
}


def run(project: Project, *command: str) -> str:
    result = project.deploy(*command)
    assert result.code == 0, result.text
    return result.text


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_an_unchanged_stack(config: dict[str, Any], project: Project, api: SandboxApi) -> None:
    project.program(PROGRAM)
    stack = {"storages": {"archive": STORAGE}, "recordings": RECORDINGS, "recordings:key": Secret("k")}
    project.configure({**base_config(api), **stack, **config})
    run(project, "up")
    assert "diff:" not in run(project, "refresh", "--run-program")
    assert "13 unchanged" in run(project, "preview", "--diff", "--expect-no-changes")
    assert len(active(api)) == 11


def test_a_default_that_had_another_value(project: Project, api: SandboxApi) -> None:
    """The state keeps it for the diff of the `up` that brings it back, and no longer."""
    for declared in ({"desired_status": "PAUSED"}, {}, {}):
        project.configure({**base_config(api), "recordings": {"r": {"meeting_id": "m", **declared}}})
        run(project, "up")
    assert "desired_status" not in project.resources()["r"]["inputs"]
    assert "diff:" not in run(project, "refresh", "--run-program")


def test_what_has_changed_is_shown(project: Project, api: SandboxApi) -> None:
    for seconds in (60, 90):
        project.configure({**base_config(api), "recordings": {"r": {"meeting_id": "m", "max_seconds": seconds}}})
        if seconds == 60:
            run(project, "up")
    assert "[diff: ~max_seconds]" in run(project, "refresh", "--run-program")
