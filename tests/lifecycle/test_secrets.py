"""Distinct markers in every secret place, through whole lives: in no byte that is printed, logged or written.

Printed means everything that the CLI can be asked for: diffs, all events of `--json`, its own log.
"""

import base64
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from sandbox.api.testing import SandboxApi
from tests.kit.canaries import assert_hidden, secrets_in
from tests.kit.project import ACCOUNT, APP, STACK, Project, Secret, active, base_config

TOKEN = "CANARY-token"
LIFE = (
    ("preview", "--diff"),
    ("up", "--json", "--debug"),
    ("refresh", "--diff", "--run-program", "-v=9", "--logtostderr"),
    ("preview", "--refresh", "--diff", "--debug"),
    ("destroy", "--diff"),
)
SHORT_LIFE = (("up", "--json", "--debug"), ("destroy", "--diff"))
SFTP = {"type": "sftp", "auth_method": "PASSWORD", "host": "h", "username": "u", "password": Secret("CANARY-password")}
STORAGES: dict[str, dict[str, Any]] = {
    "aws": {"bucket": "b", "region": "r", "access_key": Secret("CANARY-aws"), "secret": Secret('CANARY-"quoted"\\n')},
    "azure": {"bucket": "b", "access_key": Secret("AccountName=a;AccountKey=CANARYazure==")},
    "cloudflare": {"bucket": "b", "access_key": Secret("CANARY-r2-key"), "secret": Secret("CANARY-r2-secret")},
    "digitalocean": {"bucket": "b", "region": "r", "access_key": Secret("CANARY-do"), "secret": Secret("CANARY-do-2")},
    "gcs": {"bucket": "b", "secret": Secret('{"type": "service_account", "private_key": "CANARY-gcs"}')},
    "sftp": {
        "host": "h",
        "username": "u",
        "auth_method": "KEY",
        "private_key": Secret("-----BEGIN KEY-----\nCANARY-private\n-----END KEY-----\n"),
        "password": Secret("CANARY-passphrase"),
    },
}
FIELDS = {
    "accountId": Secret("CANARY-account"),
    "appId": Secret("CANARY-app"),
    "apiToken": Secret(TOKEN),
    "storages": {
        **{kind: {"type": kind, **fields} for kind, fields in STORAGES.items()},
        "hidden": {**SFTP, "host": Secret("CANARY-host"), "path": Secret("CANARY-path")},
    },
    "layers": {
        "default": {"fileNamePrefix": Secret("CANARY-shared"), "outputs": ["hidden"]},
        "inline": {
            "outputs": [{"type": "STORAGE_CONFIG", "storageConfig": {**SFTP, "username": Secret("CANARY-user")}}]
        },
    },
    "recordings": {
        **{kind: {"meeting_id": kind, "layers": {"l": {"outputs": [kind]}}} for kind in STORAGES},
        "prefix": {"meeting_id": "prefix", "layers": {"l": {"fileNamePrefix": Secret("CANARY-prefix")}}},
        "shared": {"meeting_id": "shared", "keep_download_urls": True},
    },
}
WHOLE = {
    "apiToken": Secret(TOKEN),
    "storages": Secret('{"s": {"type": "gcs", "bucket": "CANARY-bucket", "secret": "{\\"k\\": \\"CANARY-gcs\\"}"}}'),
    "layers": Secret('{"d": {"file_name_prefix": "CANARY-shared", "outputs": ["s"]}}'),
    "recordings": Secret('{"r": {"meeting_id": "m"}, "o": {"meeting_id": "o", "appId": "CANARY-app"}}'),
}

PROGRAM = """
import json
import os

import pulumi
import pulumi_realtimekit as realtimekit
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Maker(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        return CreateResult("made", {"bucket": "made", "key": os.environ["MADE"]})


class Bucket(Resource):
    bucket: pulumi.Output[str]
    key: pulumi.Output[str]

    def __init__(self, name):
        opts = pulumi.ResourceOptions(additional_secret_outputs=["key"])
        super().__init__(Maker(), name, {"bucket": None, "key": None}, opts)


class Team(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__("example:Team", name, None, opts)


def outputs(**fields):
    storage = {"type": "aws", "region": "r", **fields}
    return {"default": {"outputs": [{"type": "STORAGE_CONFIG", "storageConfig": storage}]}}


config = pulumi.Config()
made = Bucket("made")
layers = {
    "inline": outputs(bucket=made.bucket, accessKey=made.key, secret="CANARY-code"),
    "whole": pulumi.Output.secret(outputs(bucket="b", access_key="k", secret="CANARY-whole")),
    "applied": made.key.apply(lambda key: outputs(bucket="b", accessKey=key, secret=key)),
    "object": config.require_secret_object("layers"),
    "one": {"b": {}, "a": config.require_secret("layer").apply(json.loads)},
    "named": {"default": {"outputs": ["archive"]}},
}
for name, given in layers.items():
    recording = realtimekit.TrackRecording(name, meeting_id=name, layers=given, keep_download_urls=True)
own = realtimekit.Provider(
    "own", account_id=pulumi.Output.secret("CANARY-own"), api_token="CANARY-token", app_id="app",
    storages={"s": {
        "type": "azure", "bucket": made.bucket, "accessKey": "AccountName=a;AccountKey=CANARYprovider==",
    }},
    layers={"default": {"outputs": ["s", "realtimekit"]}},
)
there = realtimekit.TrackRecording("there", pulumi.ResourceOptions(provider=own), meeting_id="there")
team = Team("team", pulumi.ResourceOptions(providers=[own]))
realtimekit.TrackRecording("child", pulumi.ResourceOptions(parent=team), meeting_id="child", layers={"d": {}})
found = realtimekit.TrackRecording.get("found", recording.id)
pulumi.export("layers", there.layers)
pulumi.export("urls", there.download_urls)
pulumi.export("app", recording.app_id)
pulumi.export("found", found.app_id)
"""
OF_THE_PROGRAM = {
    "apiToken": Secret(TOKEN),
    "appId": Secret("CANARY-app"),
    "storages": {"archive": {"type": "gcs", "bucket": "b", "secret": Secret('{"k": "CANARY-config"}')}},
    "recordings:layers": Secret('{"a": {"fileNamePrefix": "CANARY-layers"}}'),
    "recordings:layer": Secret('{"file_name_prefix": "CANARY-layer"}'),
}
IN_THE_PROGRAM = {"CANARY-made", "CANARY-code", "CANARY-whole", "CANARY-own", "CANARYprovider"}


MISTAKES = {
    "storages": {
        "archive": {"type": "gcs", "bucket": "b", "secret": Secret("CANARY-archive"), "region": 5},
        "plain": {"type": "gcs", "bucket": "b", "secret": "CANARY-clear"},
        "misspelt": {**STORAGES["aws"], "type": "aws", "region": None, "accessKy": Secret("CANARY-misspelt")},
        "text": Secret("CANARY-a-text"),
    },
    "recordings": {
        "r": {
            "meeting_id": 123,
            "max_seconds": Secret("CANARY-seconds"),
            "layers": {"default": {"outputs": ["archve"]}},
        }
    },
}
TOLD = [
    "storages.archive: region: ",
    "storages.plain: secret: ",
    "pulumi config set --secret --path 'realtimekit:storages.plain.secret'",
    "'access_key'",
    "expected a map",
    "recordings.r: meeting_id: ",
    "expected a number",
    "recordings.r: layers.default.outputs[0]: no storage named 'archve'; did you mean 'archive'?",
]


def markers(config: Any) -> set[str]:
    """Those in the values that a config encrypts."""
    return {marker for value in secrets_in(config) for marker in re.findall(r'CANARY[\w-]*(?:"quoted"\\n)?', value)}


def lives(project: Project, api: SandboxApi, secrets: set[str], life: Sequence[Sequence[str]] = LIFE) -> None:
    """A life, with none of the secrets seen; each of them is sent to the service."""
    for command in life:
        result = project.deploy(*command)
        assert result.code == 0, result.text
        assert_hidden(secrets, result.text.encode(), " ".join(command))
        assert_hidden(secrets, project.written(), f"the state after {' '.join(command)}")
        if command[0] == "up":
            for words in (("stack", "export"), ("stack", "output", "--json"), ("config",)):
                shown = project.run(*words, "--stack", STACK)
                assert_hidden(secrets, shown.text.encode(), " ".join(words))
            urls = [file["url"] for one in project.resources().values() for file in download_urls(one)]
            assert_hidden(urls, result.text.encode() + project.written(), "the download URLs")
    assert active(api) == []
    sent = str([(request["path"], request["headers"], request["body"]) for request in api.requests()])
    assert [secret for secret in secrets if secret not in sent.replace("\\\\", "\\")] == []


def download_urls(resource: dict[str, Any]) -> list[dict[str, str]]:
    found = resource.get("outputs", {}).get("download_urls")
    if not found:
        return []
    assert found.keys() == {"<secret>"}
    return [*found["<secret>"]]


@pytest.mark.parametrize(
    ("config", "life"), [(FIELDS, LIFE), (WHOLE, SHORT_LIFE)], ids=["field by field", "as a whole"]
)
def test_what_the_stack_file_encrypts(
    config: dict[str, Any], life: Sequence[Sequence[str]], project: Project, new_api: Callable[..., SandboxApi]
) -> None:
    api = new_api(tokens=(TOKEN,))
    project.configure({**base_config(api), **config})
    lives(project, api, markers(config), life)


def test_what_a_program_makes(project: Project, new_api: Callable[..., SandboxApi]) -> None:
    """Of outputs of other resources, of several providers, in components, found by `get`."""
    api = new_api(tokens=(TOKEN,))
    project.program(PROGRAM)
    project.env["MADE"] = "CANARY-made"
    project.configure({**base_config(api), **OF_THE_PROGRAM})
    lives(project, api, markers(OF_THE_PROGRAM) | IN_THE_PROGRAM)


def test_refusals(project: Project, new_api: Callable[..., SandboxApi]) -> None:
    """All mistakes of the config are told before anything is asked; they and the service's refusal, without secrets."""
    api = new_api(tokens=(TOKEN,))
    project.configure({**base_config(api), "apiToken": Secret(TOKEN), **MISTAKES})
    refused = project.deploy("preview", "--diff", "--debug")
    assert refused.code != 0
    assert [text for text in TOLD if text not in " ".join(refused.text.split())] == []
    assert "Traceback" not in refused.text
    assert_hidden(markers(MISTAKES) | {"CANARY-clear"}, refused.text.encode() + project.written(), "mistakes")
    assert api.requests() == []

    wrong = {"apiToken": Secret("CANARY-wrong"), "recordings": {"r": {"meeting_id": "m"}}}
    project.configure({**base_config(api), **wrong})
    refused = project.deploy("up", "--debug")
    assert refused.code != 0
    assert "401" in refused.text
    assert_hidden(markers(wrong), refused.text.encode() + project.written(), "a refusal")
    assert not active(api)


def test_what_is_encrypted_later(project: Project, api: SandboxApi) -> None:
    """It is a secret from then on, and no change; what is not encrypted stays readable."""
    config = {
        **base_config(api),
        "storages": {"s": {**SFTP, "path": "CANARY-path"}},
        "recordings": {"r": {"meeting_id": "m", "layers": {"default": {"outputs": ["s"]}}}},
    }
    project.configure(config)
    assert project.deploy("up").code == 0
    outputs = project.resources()["r"]["outputs"]
    assert (outputs["account_id"], outputs["app_id"]) == (ACCOUNT, APP)
    assert outputs["layers"]["default"]["outputs"][0]["storage_config"]["host"] == "h"

    project.configure({**config, "appId": Secret(APP)})
    assert project.deploy("up", "--json").ops() == {"r": "same"}
    assert project.deploy("refresh").code == 0
    assert project.resources()["r"]["outputs"]["app_id"] == {"<secret>": APP}
    assert len(active(api)) == 1


@pytest.mark.parametrize("secret", ["CANARY-plain", 'CANARY-"quoted"\n'])
def test_the_search_itself_finds(secret: str) -> None:
    encoded = [base64.b64encode(f"{before}{secret}yz".encode()) for before in ("x", "xx", "xxx")]
    for content in (secret.encode(), json.dumps({"a": secret}).encode(), *encoded):
        with pytest.raises(AssertionError):
            assert_hidden([secret], content, "here")
