"""What a program does around the resource: transforms, replaced options, exports. What must hold, holds."""

import json
from typing import Any

from sandbox.api.testing import SandboxApi
from tests.kit.canaries import assert_hidden
from tests.kit.project import RECORDING_TYPE, STACK, Project, base_config

PROGRAM = """
import json
import os

import pulumi
import pulumi_realtimekit as realtimekit

CREDENTIALS = {"access_key": os.environ["KEY"], "secret": os.environ["SECRET"]}


def with_layer(props):
    storage = {"type": "aws", "bucket": "b", "region": "r", **CREDENTIALS}
    layer = {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": storage}]}
    return {**props, "layers": {**(props.get("layers") or {}), "added": layer}}


def transform(args):
    return pulumi.ResourceTransformResult(with_layer(args.props), args.opts)


def transformation(args):
    return pulumi.ResourceTransformationResult(with_layer(args.props), pulumi.ResourceOptions())


def no_options(args):
    return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions())


AROUND = {
    "transforms": pulumi.ResourceOptions(transforms=[transform]),
    "transformations": pulumi.ResourceOptions(transformations=[transformation]),
    "options-replaced": pulumi.ResourceOptions(transformations=[no_options]),
    "uploaded": pulumi.ResourceOptions(transformations=[no_options]),
    "nothing": None,
}
for name, options in AROUND.items():
    more = json.loads(os.environ["MORE"]) if name != "uploaded" else {}
    recording = realtimekit.TrackRecording(
        name, options, meeting_id=name, layers={"default": {}}, keep_download_urls=True, **more
    )
for name in ("status", "stopped_time", "recording_duration", "stop_reason", "download_urls"):
    pulumi.export(name, getattr(recording, name))
"""
SECRETS = {"KEY": "CANARY-added-key", "SECRET": "CANARY-added-secret"}


def test_a_life(project: Project, api: SandboxApi) -> None:
    """No secret is printed or written: credentials that a transform adds, URLs where the options were replaced."""
    project.program(PROGRAM)
    project.configure(base_config(api))
    secrets = [*SECRETS.values()]

    def deploy(*command: str, **more: Any) -> str:
        result = project.deploy(*command, MORE=json.dumps(more), **SECRETS)
        assert result.code == 0, result.text
        assert_hidden(secrets, result.text.encode() + project.written(), " ".join(command))
        return " ".join(result.text.split())

    def active(name: str) -> list[bool]:
        return [one["active"] for one in api.recordings(name)]

    deploy("preview", "--diff")
    deploy("up", "--diff")
    for name in ("transforms", "transformations"):
        (start,) = [one for one in api.requests(method="POST") if one["body"]["meeting_id"] == name]
        storage = start["body"]["layers"]["added"]["outputs"][0]["storage_config"]
        assert [storage["access_key"], storage["secret"]] == secrets
    unchanged = deploy("preview", "--diff", "--expect-no-changes")
    assert "unknown" not in unchanged
    assert "6 unchanged" in unchanged
    assert "unknown" in deploy("preview", "--diff", max_seconds=60), "outputs of another recording"

    api.set_status(api.recordings("uploaded")[0]["id"], "UPLOADED")
    shown = deploy("up", "--refresh", "--diff")
    secrets += [file["url"] for file in project.resources()["uploaded"]["outputs"]["download_urls"]["<secret>"]]
    assert len(secrets) > len(SECRETS)
    assert_hidden(secrets, shown.encode() + project.written(), "up --refresh")
    deploy("up", "--diff", max_seconds=60)
    for name in ("transforms", "transformations", "options-replaced", "nothing"):
        assert active(name) == [False, True], name

    urn = f"urn:pulumi:{STACK}::recordings::{RECORDING_TYPE}::options-replaced"
    by_hand = deploy("up", "--replace", urn, max_seconds=60)
    assert "replaced without its option delete_before_replace; nothing was restarted" in by_hand
    assert active("options-replaced") == [False, True]

    api.meeting("nothing", live=False)
    refreshed = deploy("refresh", "--diff")
    assert "has ended, UPLOAD" in refreshed
    assert "(ALL_PEERS_LEFT)" in refreshed


def test_a_restored_older_state_names_the_recording_that_it_does_not_know(project: Project, api: SandboxApi) -> None:
    def deploy(*command: str, **arguments: Any) -> str:
        project.configure({**base_config(api), "recordings": {"s": {"meeting_id": "standup", **arguments}}})
        return " ".join(project.deploy(*command).text.split())

    deploy("up", desired_status="PAUSED")
    assert 'desired_status: "PAUSED" => "RECORDING"' in deploy("up", "--diff")
    older = project.folder / "older.json"
    assert project.run("stack", "export", "--stack", STACK, "--file", str(older)).code == 0
    deploy("up", max_seconds=60)
    first, second = (one["id"] for one in api.recordings())
    assert project.run("stack", "import", "--stack", STACK, "--file", str(older)).code == 0
    for command in (("up", "--refresh"), ("destroy",)):
        text = deploy(*command)
        assert f"track recording {second} of the meeting, which this stack does not know, is RECORDING" in text
        assert f"recording {first} ha" in text
    assert [one["active"] for one in api.recordings()] == [False, True]
