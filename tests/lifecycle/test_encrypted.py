"""What the user encrypts beside the credentials stays a secret wherever the engine keeps or shows it."""

import re
from typing import Any

import pytest

from sandbox.api.testing import SandboxApi
from tests.kit.canaries import assert_hidden, secrets_in
from tests.kit.project import ACCOUNT, APP, Project, Secret
from tests.kit.scenario import active, base_config

LIFE = (("preview", "--diff"), ("up", "--diff"), ("refresh", "--diff"), ("up", "--json"), ("destroy",))

SFTP = {
    "type": "sftp",
    "auth_method": "PASSWORD",
    "host": "h",
    "username": "u",
    "path": "p",
    "password": Secret("CANARY-password"),
}
RECORDING = {"r": {"meeting_id": "m"}}
NAMED = {"r": {"meeting_id": "m", "layers": {"default": {"outputs": ["s"]}}}}

CONFIGS: dict[str, dict[str, Any]] = {
    "account, app, storage of a recording's layer": {
        "accountId": Secret("CANARY-account"),
        "appId": Secret("CANARY-app"),
        "storages": {"s": {**SFTP, "host": Secret("CANARY-host"), "path": Secret("CANARY-path")}},
        "recordings": NAMED,
    },
    "storage of the config's layer, its prefix": {
        "storages": {"s": {**SFTP, "username": Secret("CANARY-username")}},
        "layers": {"a": {"outputs": ["s"]}, "b": {"fileNamePrefix": Secret("CANARY-prefix")}},
        "recordings": RECORDING,
    },
    "prefix of a recording's layer": {
        "recordings": {"r": {"meeting_id": "m", "layers": {"d": {"fileNamePrefix": Secret("CANARY-prefix")}}}}
    },
    "storage in place in the config's layer": {
        "layers": {
            "default": {
                "outputs": [{"type": "STORAGE_CONFIG", "storageConfig": {**SFTP, "host": Secret("CANARY-inline")}}]
            }
        },
        "recordings": RECORDING,
    },
    "all storages in one": {
        "storages": Secret('{"s": {"type": "gcs", "bucket": "CANARY-bucket", "secret": "CANARY-gcs"}}'),
        "recordings": NAMED,
    },
    "all recordings in one": {
        "recordings": Secret('{"r": {"meeting_id": "m", "layers": {"d": {"file_name_prefix": "CANARY-prefix"}}}}')
    },
    "all layers in one": {
        "layers": Secret('{"d": {"file_name_prefix": "CANARY-prefix"}}'),
        "recordings": RECORDING,
    },
}

SEVERAL = """
import pulumi
import pulumi_realtimekit as realtimekit


class Team(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__("example:Team", name, None, opts)


other = realtimekit.Provider("other", account_id="other", api_token="sandbox-token")
own = realtimekit.Provider(
    "own", account_id=pulumi.Output.secret("CANARY-own"), api_token="sandbox-token",
    storages={"s": {"type": "gcs", "bucket": pulumi.Output.secret("CANARY-bucket"), "secret": "CANARY-secret"}},
    layers={"default": {"outputs": ["s"]}},
)
realtimekit.TrackRecording("one", pulumi.ResourceOptions(provider=other), meeting_id="1")
realtimekit.TrackRecording(
    "two", pulumi.ResourceOptions(provider=own), meeting_id="2", layers={"d": {"outputs": ["s"]}}
)
team = Team("team", pulumi.ResourceOptions(providers=[other]))
realtimekit.TrackRecording("three", pulumi.ResourceOptions(parent=team), meeting_id="3")
recording = realtimekit.TrackRecording("four", meeting_id="4")
found = realtimekit.TrackRecording.get("found", recording.id)
pulumi.export("app", recording.app_id)
pulumi.export("layers", recording.layers)
pulumi.export("found", found.app_id)
"""


LATER = """
import json

import pulumi
import pulumi_realtimekit as realtimekit

config = pulumi.Config()
realtimekit.TrackRecording("layers", meeting_id="1", layers=config.require_secret_object("layers"))
realtimekit.TrackRecording(
    "layer", meeting_id="2", layers={"b": {}, "a": config.require_secret("layer").apply(json.loads)}
)
"""


def live(project: Project, secrets: set[str]) -> None:
    """A whole life, with none of the secrets seen at any step."""
    for command in LIFE:
        result = project.deploy(*command)
        where = f"{' '.join(command)}:\n{result.text}"
        assert result.code == 0, where
        assert_hidden(secrets, (result.out + result.err).encode(), where)
        assert_hidden(secrets, project.written(), f"the state after {where}")


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_what_the_stack_file_encrypts(config: dict[str, Any], project: Project, api: SandboxApi) -> None:
    project.configure({**base_config(api), **config})

    canaries = {canary for secret in secrets_in(config) for canary in re.findall(r"CANARY-\w+", secret)}

    live(project, canaries)

    (start,) = api.requests(method="POST")
    sent = start["path"] + str(start["body"])
    assert [canary for canary in canaries if canary not in sent] == []
    assert active(api) == []


def test_layers_that_are_secret_as_a_whole(project: Project, api: SandboxApi) -> None:
    project.program(LATER)
    secrets = {
        "recordings:layers": Secret('{"a": {"fileNamePrefix": "CANARY-layers"}}'),
        "recordings:layer": Secret('{"file_name_prefix": "CANARY-layer"}'),
    }
    project.configure({**base_config(api), **secrets})

    live(project, {"CANARY-layers", "CANARY-layer"})

    assert {start["body"]["layers"]["a"]["file_name_prefix"] for start in api.requests(method="POST")} == {
        "CANARY-layers",
        "CANARY-layer",
    }
    assert active(api) == []


def test_what_several_providers_hide(project: Project, api: SandboxApi) -> None:
    project.program(SEVERAL)
    hidden = {
        "appId": Secret("CANARY-app"),
        "storages": {"t": {**SFTP, "host": Secret("CANARY-host")}},
        "layers": {"default": {"file_name_prefix": Secret("CANARY-prefix"), "outputs": ["t"]}},
    }
    own = {"CANARY-own", "CANARY-bucket", "CANARY-secret"}
    project.configure({**base_config(api), **hidden})

    live(project, {*secrets_in(hidden)} | own)

    assert len(api.requests(method="POST")) == 4
    assert active(api) == []


def test_what_is_not_encrypted_stays_readable(project: Project, api: SandboxApi) -> None:
    config = {"storages": {"s": SFTP, "t": {**SFTP, "host": Secret("CANARY-host")}}, "recordings": NAMED}
    project.configure({**base_config(api), **config})
    assert project.deploy("up").code == 0

    outputs = project.resources()["r"]["outputs"]

    assert (outputs["account_id"], outputs["app_id"]) == (ACCOUNT, APP)
    assert outputs["layers"]["default"]["outputs"][0]["storage_config"]["host"] == "h"
