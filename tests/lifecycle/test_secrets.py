"""Distinct markers in every secret place, through whole lives: in no byte that is printed or written."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.api.testing import SandboxApi
from tests.kit.canaries import assert_hidden
from tests.kit.project import Project, Secret
from tests.kit.scenario import MEETING, Step, base_config, play

TOKEN = "CANARY-token"
STORAGES: dict[str, dict[str, Any]] = {
    "aws": {"bucket": "b", "region": "r", "access_key": Secret("CANARY-aws-key"), "secret": Secret('CANARY-"aws"\\n')},
    "azure": {"bucket": "b", "access_key": Secret("CANARY-azure;AccountKey=k==")},
    "cloudflare": {"bucket": "b", "access_key": Secret("CANARY-r2-key"), "secret": Secret("CANARY-r2-secret")},
    "digitalocean": {"bucket": "b", "region": "r", "access_key": Secret("CANARY-do"), "secret": Secret("CANARY-do-2")},
    "gcs": {"bucket": "b", "secret": Secret('{"private_key": "CANARY-gcs"}')},
    "sftp": {
        "host": "h",
        "username": "u",
        "auth_method": "KEY",
        "private_key": Secret("-----BEGIN KEY-----\nCANARY-private\n-----END KEY-----\n"),
        "password": Secret("CANARY-passphrase"),
    },
}

INLINE = """
import os

import pulumi
import pulumi_realtimekit as realtimekit
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class BucketProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        return CreateResult("bucket", {"bucket": "made", "key": os.environ["MADE_KEY"]})


class Bucket(Resource):
    bucket: pulumi.Output[str]
    key: pulumi.Output[str]


made = Bucket(BucketProvider(), "made", {"bucket": None, "key": None}, pulumi.ResourceOptions(
    additional_secret_outputs=["key"]
))
recording = realtimekit.TrackRecording("standup", meeting_id="m", layers={"default": {"outputs": [
    {"type": "STORAGE_CONFIG", "storageConfig": {
        "type": "aws", "bucket": made.bucket, "region": "r", "accessKey": made.key, "secret": os.environ["UNMARKED"],
    }}
]}})
pulumi.export("recording", recording.layers)
pulumi.export("urls", recording.download_urls)
"""


def storages() -> dict[str, Any]:
    return {kind: {"type": kind, **fields} for kind, fields in STORAGES.items()}


def recordings(**arguments: Any) -> dict[str, Any]:
    return {kind: {"meeting_id": kind, "layers": {"l": {"outputs": [kind]}}, **arguments} for kind in STORAGES}


def test_storages_and_token(project: Project, new_api: Callable[..., SandboxApi]) -> None:
    api = new_api(tokens=(TOKEN,))
    config = {"apiToken": Secret(TOKEN), "storages": storages()}
    play(
        project,
        api,
        [
            Step(command=("preview", "--diff"), config=config, recordings=recordings()),
            Step(ops=dict.fromkeys(STORAGES, "create"), active=len(STORAGES)),
            Step(recordings=recordings(max_seconds=90), ops=dict.fromkeys(STORAGES, "replace")),
            Step(command=("refresh", "--diff")),
            Step(command=("preview", "--diff"), recordings=recordings(layers={"l": {}})),
            Step(command=("destroy",), active=0),
        ],
    )


def test_refusals(project: Project, new_api: Callable[..., SandboxApi]) -> None:
    """Mistakes around secrets are told without them: a wrong token, a storage that misses a field, a wrong type."""
    api = new_api(tokens=(TOKEN,))
    wrong = {**STORAGES["aws"], "type": "aws", "region": None, "accessKy": Secret("CANARY-misspelt")}
    play(
        project,
        api,
        [
            Step(config={"apiToken": Secret("CANARY-wrong-token")}, recordings={"s": {"meeting_id": MEETING}}, code=1),
            Step(
                config={"apiToken": Secret(TOKEN), "storages": {"s": wrong, "t": Secret("CANARY-a-text")}},
                code=1,
                says=["accessKy", "did you mean 'access_key'?", "expected a map"],
            ),
            Step(
                config={"storages": {}},
                recordings={"s": {"meeting_id": MEETING, "max_seconds": Secret("CANARY-seconds")}},
                code=1,
                says=["recordings.s: max_seconds: expected a number"],
            ),
        ],
    )
    assert not [request for request in api.requests() if request["method"] == "POST"]


def test_inline_storage_of_another_resource(project: Project, api: SandboxApi) -> None:
    project.program(INLINE)
    project.configure(base_config(api))
    secrets = ["CANARY-made-key", "CANARY-unmarked-secret"]
    for command in (("preview", "--diff"), ("up",), ("preview", "--diff"), ("refresh", "--diff"), ("destroy",)):
        result = project.deploy(*command, MADE_KEY=secrets[0], UNMARKED=secrets[1])
        assert result.code == 0, result.text
        assert_hidden(secrets, (result.out + result.err).encode(), " ".join(command))
        assert_hidden(secrets, project.written(), f"the state after {' '.join(command)}")
    start = next(request for request in api.requests() if request["method"] == "POST")
    storage = start["body"]["layers"]["default"]["outputs"][0]["storage_config"]
    assert [storage["access_key"], storage["secret"]] == secrets


def test_download_urls(project: Project, api: SandboxApi) -> None:
    project.configure({**base_config(api), "recordings": {"s": {"meeting_id": MEETING, "keep_download_urls": True}}})
    assert project.deploy("up").code == 0
    api.advance(30)
    (recording,) = api.recordings()
    api.set_status(recording["id"], "UPLOADED")
    refreshed = project.deploy("refresh", "--diff")
    assert refreshed.code == 0, refreshed.text
    urls = [entry["url"] for entry in project.resources()["s"]["outputs"]["download_urls"]["<secret>"]]
    assert urls
    assert_hidden(urls, (refreshed.out + refreshed.err).encode(), "refresh")
    assert_hidden(urls, project.written(), "the state")


@pytest.mark.parametrize("secret", ["CANARY-plain", 'CANARY-"quoted"\n'])
def test_the_search_itself_finds(secret: str) -> None:
    import base64
    import json

    for content in (
        secret.encode(),
        json.dumps({"a": secret}).encode(),
        base64.b64encode(f"x{secret}yz".encode()),
        base64.b64encode(f"xx{secret}y".encode()),
        base64.b64encode(f"xxx{secret}".encode()),
    ):
        with pytest.raises(AssertionError):
            assert_hidden([secret], content, "here")
