"""What a program does around the resource: transforms, replaced options, exports. What must hold, holds."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.api.testing import SandboxApi
from tests.kit.canaries import assert_hidden
from tests.kit.project import ACCOUNT, APP, STACK, Project, Secret

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"

PROGRAM = """
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
    "options replaced": pulumi.ResourceOptions(transformations=[no_options]),
    "nothing": None,
}
recording = realtimekit.TrackRecording(
    "standup",
    AROUND[os.environ["AROUND"]],
    meeting_id=os.environ["MEETING"],
    layers={"default": {}},
    keep_download_urls=True,
    **({"max_seconds": int(os.environ["MAX"])} if "MAX" in os.environ else {}),
)
for name in ("status", "stopped_time", "recording_duration", "stop_reason", "download_urls"):
    pulumi.export(name, getattr(recording, name))
"""
SECRETS = {"KEY": "CANARY-added-key", "SECRET": "CANARY-added-secret"}


def config(api: SandboxApi, **more: Any) -> dict[str, Any]:
    return {"baseUrl": api.base_url, "accountId": ACCOUNT, "appId": APP, "apiToken": Secret(api.token), **more}


@pytest.fixture
def deploy(project: Project, api: SandboxApi) -> Callable[..., str]:
    """Deploys the program, and looks for secrets in everything that is printed and written."""
    project.program(PROGRAM)
    project.configure(config(api))

    def run(around: str, *command: str, **env: str) -> str:
        result = project.deploy(*command, MEETING=MEETING, AROUND=around, **SECRETS, **env)
        assert result.code == 0, result.text
        assert_hidden([*SECRETS.values()], (result.out + result.err).encode(), " ".join(command))
        assert_hidden([*SECRETS.values()], project.written(), f"the state after {' '.join(command)}")
        return result.text

    return run


@pytest.mark.parametrize("around", ["transforms", "transformations"])
def test_a_credential_that_a_transform_adds_is_a_secret(
    deploy: Callable[..., str], api: SandboxApi, around: str
) -> None:
    deploy(around, "preview", "--diff")
    deploy(around, "up", "--diff")
    (start,) = api.requests(method="POST")
    storage = start["body"]["layers"]["added"]["outputs"][0]["storage_config"]
    assert [storage["access_key"], storage["secret"]] == [*SECRETS.values()]
    assert "2 unchanged" in deploy(around, "preview", "--diff", "--expect-no-changes")
    deploy(around, "refresh", "--diff")
    deploy(around, "up", "--diff", MAX="60")
    assert [one["active"] for one in api.recordings()] == [False, True]


def test_download_urls_are_secrets_where_the_options_were_replaced(
    deploy: Callable[..., str], project: Project, api: SandboxApi
) -> None:
    deploy("options replaced", "up")
    (recording,) = api.recordings()
    api.advance(30)
    api.set_status(recording["id"], "UPLOADED")
    text = deploy("options replaced", "up", "--refresh", "--diff")
    urls = [entry["url"] for entry in project.resources()["standup"]["outputs"]["download_urls"]["<secret>"]]
    assert urls
    assert_hidden(urls, text.encode(), "up --refresh")
    assert_hidden(urls, project.written(), "the state")


def test_a_replacement_stops_first_where_the_options_were_replaced(deploy: Callable[..., str], api: SandboxApi) -> None:
    deploy("options replaced", "up")
    deploy("options replaced", "up", MAX="60")
    assert [one["active"] for one in api.recordings()] == [False, True]


def test_but_one_by_hand_restarts_nothing_then_and_says_so(deploy: Callable[..., str], api: SandboxApi) -> None:
    """`up --replace` asks the plugin for nothing, and creates first where the option is lost."""
    deploy("options replaced", "up")
    urn = "urn:pulumi:test::recordings::pulumi-python:dynamic/realtimekit:TrackRecording::standup"
    text = deploy("options replaced", "up", "--replace", urn)
    assert "replaced without its option delete_before_replace, which restarts nothing" in " ".join(text.split())
    assert [one["active"] for one in api.recordings()] == [True]


def test_a_preview_without_changes_shows_no_output_as_unknown(deploy: Callable[..., str]) -> None:
    deploy("nothing", "up")
    assert "unknown" not in deploy("nothing", "preview", "--diff")
    assert "unknown" in deploy("nothing", "preview", "--diff", MAX="60")


def test_a_refresh_says_that_it_has_ended_and_why(deploy: Callable[..., str], api: SandboxApi) -> None:
    deploy("nothing", "up")
    api.meeting(MEETING, live=False)
    text = " ".join(deploy("nothing", "refresh").split())
    assert "has ended, UPLOAD" in text
    assert "(ALL_PEERS_LEFT)" in text


def test_a_diff_shows_both_statuses(project: Project, api: SandboxApi) -> None:
    def declare(**arguments: Any) -> None:
        project.configure(config(api, recordings={"s": {"meeting_id": MEETING, **arguments}}))

    declare(desired_status="PAUSED")
    assert project.deploy("up").code == 0
    declare()
    shown = " ".join(project.deploy("up", "--diff").text.split())
    assert 'desired_status: "PAUSED" => "RECORDING"' in shown


def test_a_restored_older_state_names_the_recording_that_it_does_not_know(project: Project, api: SandboxApi) -> None:
    def declare(**arguments: Any) -> None:
        project.configure(config(api, recordings={"s": {"meeting_id": MEETING, **arguments}}))

    declare()
    assert project.deploy("up").code == 0
    older = project.folder / "older.json"
    assert project.run("stack", "export", "--stack", STACK, "--file", str(older)).code == 0
    declare(max_seconds=60)
    assert project.deploy("up").code == 0
    first, second = (one["id"] for one in api.recordings())
    assert project.run("stack", "import", "--stack", STACK, "--file", str(older)).code == 0
    declare()
    for command in (("up", "--refresh"), ("destroy",)):
        text = " ".join(project.deploy(*command).text.split())
        assert f"track recording {second} of the meeting, which this stack does not know, is RECORDING" in text
        assert f"recording {first} ha" in text
    assert [one["active"] for one in api.recordings()] == [False, True]
