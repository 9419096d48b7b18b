"""What goes over the wire, held against the official client's requests for the same input."""

from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from typing import Any

import pytest
from cloudflare import Cloudflare, CloudflareError
from cloudflare.resources.realtime_kit import RealtimeKitResource
from pulumi_realtimekit.api.client import App, RecordingsApi
from pulumi_realtimekit.errors import ApiError

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, MEETING, Checked, Plugin, Resource

PLACE = App(ACCOUNT, APP)
BOTH: Any = {"account_id": ACCOUNT, "app_id": APP}
KEYS = {"access_key": "key-1", "secret": "secret-1"}
AWS = {"type": "aws", "bucket": "b", "region": "r", **KEYS}
AZURE = {"type": "azure", "bucket": "b", "access_key": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=key-1"}
SFTP = {
    "type": "sftp",
    "host": "h",
    "username": "u",
    "auth_method": "KEY",
    "private_key": "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n",
    "port": 2222,
}


def sent(api: SandboxApi, call: Callable[[], Any]) -> dict[str, Any]:
    """The one request that a call makes, as far as the service looks at it."""
    api.clear_requests()
    with suppress(CloudflareError, ApiError):  # what is sent counts here
        call()
    (request,) = api.requests()
    headers = request["headers"]
    assert headers["user-agent"]
    return {
        "method": request["method"],
        "path": request["path"],
        "query": request["query"],
        "body": request["body"],
        "headers": {name: headers.get(name) for name in ("authorization", "content-type", "accept", "host")},
    }


LAYERS: Any = {
    "default": {"file_name_prefix": "string", "outputs": [{"type": "REALTIMEKIT_BUCKET"}]},
    "default-video": {
        "file_name_prefix": "string",
        "outputs": [{"type": "STORAGE_CONFIG", "storage_config": AWS}],
    },
}
OURS: Mapping[str, Callable[[RecordingsApi], Any]] = {
    "a start": lambda api: api.start(PLACE, {"meeting_id": MEETING, "layers": LAYERS, "max_seconds": 60}, lambda: None),
    "a start that is documented only": lambda api: api.start(
        PLACE,
        {"meeting_id": MEETING, "layers": {"default": {"media_kind": "audio"}}, "user_ids": ["a", "ü"]},
        lambda: None,
    ),
    "stop": lambda api: api.act(PLACE, "r1", "stop"),
    "pause": lambda api: api.act(PLACE, "r1", "pause"),
    "resume": lambda api: api.act(PLACE, "r1", "resume"),
    "a recording": lambda api: api.recording(PLACE, "r1"),
    "the list": lambda api: api.recordings(PLACE, MEETING),
    "the list of a meeting of odd letters": lambda api: api.recordings(PLACE, "a/b ü&c?"),
    "the active session": lambda api: api.is_live(PLACE, MEETING),
}
LISTED: Any = {"account_id": ACCOUNT, "sort_by": "invokedTime", "sort_order": "DESC"}
OFFICIAL: Mapping[str, Callable[[RealtimeKitResource], Any]] = {
    "a start": lambda kit: kit.recordings.start_track_recording(
        APP, account_id=ACCOUNT, meeting_id=MEETING, layers=LAYERS, extra_body={"max_seconds": 60}
    ),
    "a start that is documented only": lambda kit: kit.recordings.start_track_recording(
        APP,
        account_id=ACCOUNT,
        meeting_id=MEETING,
        layers={"default": {"media_kind": "audio"}},
        user_ids=["a", "ü"],
    ),
    "stop": lambda kit: kit.recordings.pause_resume_stop_recording("r1", **BOTH, action="stop"),
    "pause": lambda kit: kit.recordings.pause_resume_stop_recording("r1", **BOTH, action="pause"),
    "resume": lambda kit: kit.recordings.pause_resume_stop_recording("r1", **BOTH, action="resume"),
    "a recording": lambda kit: kit.recordings.get_one_recording("r1", **BOTH),
    "the list": lambda kit: kit.recordings.get_recordings(APP, **LISTED, meeting_id=MEETING),
    "the list of a meeting of odd letters": lambda kit: kit.recordings.get_recordings(
        APP, **LISTED, meeting_id="a/b ü&c?"
    ),
    "the active session": lambda kit: kit.active_session.get_active_session(MEETING, **BOTH),
}


@pytest.mark.parametrize("call", OURS)
def test_a_call_is_the_official_clients(live: SandboxApi, call: str) -> None:
    with Cloudflare(api_token=live.token, base_url=live.base_url, max_retries=0) as official:
        theirs = sent(live, lambda: OFFICIAL[call](official.realtime_kit))
    live.reset()
    with closing(RecordingsApi(base_url=live.base_url, token=live.token)) as ours:
        assert sent(live, lambda: OURS[call](ours)) == theirs


# From the declaration to the body


CONFIG = {"storages": {"archive": AWS, "drop": SFTP}}
BUCKET = {"type": "REALTIMEKIT_BUCKET"}


def to(*outputs: Any, **fields: Any) -> dict[str, Any]:
    """A layer with these outputs."""
    return {"default": {**fields, "outputs": [*outputs]}}


def storage(fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An output to a storage in place."""
    return {"type": "STORAGE_CONFIG", "storage_config": {**fields, **more}}


BODIES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}, {"layers": to(BUCKET)}),
    "a prefix": (
        {"layers": {"default": {"file_name_prefix": "string"}}},
        {},
        {"layers": to(BUCKET, file_name_prefix="string")},
    ),
    "a prefix that is null": ({"layers": {"default": {"file_name_prefix": None}}}, {}, {"layers": to(BUCKET)}),
    "named storages": (
        {"layers": to("archive", "realtimekit"), "max_seconds": 60},
        CONFIG,
        {"layers": to(storage(AWS), BUCKET), "max_seconds": 60},
    ),
    "a named storage with fields that are null": (
        {"layers": to("blob")},
        {"storages": {"blob": {**AZURE, "secret": None, "path": None}}},
        {"layers": to(storage(AZURE))},
    ),
    "the config's layers": ({}, {**CONFIG, "layers": to("drop")}, {"layers": to(storage(SFTP))}),
    "in place, in the config's layers": (
        {},
        {"layers": to("realtimekit", storage(AWS))},
        {"layers": to(BUCKET, storage(AWS))},
    ),
    "in place, with a field that is null": (
        {"layers": to(storage(AWS, path=None))},
        {},
        {"layers": to(storage(AWS))},
    ),
    "of no type": ({"layers": to({}, {**BUCKET, "storage_config": None})}, {}, {"layers": to(BUCKET, BUCKET)}),
}


@pytest.mark.parametrize(("declared", "config", "body"), BODIES.values(), ids=BODIES)
def test_the_body_is_what_was_declared_and_credentials_stay_out_of_the_state(
    live: SandboxApi, declared: dict[str, Any], config: dict[str, Any], body: dict[str, Any]
) -> None:
    """But in the inputs, where they are declared in place."""
    recording = Resource(Plugin(live, **config), meeting_id=MEETING, **declared)
    recording.up()
    (request,) = live.requests(method="POST")
    assert request["body"] == {"meeting_id": MEETING, **body}
    kept = str(recording.outputs) + str(recording.inputs) * ("STORAGE_CONFIG" not in str(declared))
    assert not any(secret in kept for secret in (*KEYS.values(), "BEGIN"))
    assert recording.by(Plugin(live, **config)).up() == "same"


def test_rotated_credentials_go_with_the_next_start(live: SandboxApi) -> None:
    recording = Resource(Plugin(live, **CONFIG), meeting_id=MEETING, layers=to("archive"))
    recording.up()
    rotated = {"storages": {"archive": {**AWS, "secret": "secret-2"}}}
    assert recording.by(Plugin(live, **rotated)).up() == "same"
    assert recording.up(max_seconds=60) == "replace"
    output = live.requests(method="POST")[-1]["body"]["layers"]["default"]["outputs"][0]
    assert output["storage_config"]["secret"] == "secret-2"


def test_a_renamed_storage_changes_nothing(live: SandboxApi) -> None:
    recording = Resource(Plugin(live, **CONFIG), meeting_id=MEETING, layers=to("archive"))
    recording.up()
    assert recording.up(layers=recording.inputs["layers"]) == "same", "as `ignore_changes` hands it over"
    recording.by(Plugin(live, storages={"vault": AWS}))
    assert recording.up(layers=to("vault")) == "same"
    assert recording.refresh()
    assert recording.up() == "same"
    assert recording.up(max_seconds=60) == "replace"
    assert recording.outputs["layers"]["default"]["outputs"][0]["storage"] == "vault"


def test_connections_are_reused(live: SandboxApi) -> None:
    plugin = Plugin(live)
    for number in range(5):
        Resource(plugin, meeting_id=f"meeting-{number}").up()
    pool = plugin.lifecycle.connection.api._http._client._transport._pool  # type: ignore[attr-defined]
    assert len(pool.connections) == 1
    assert len(live.requests()) >= 10


PLAIN = {"type": "aws", "bucket": "b", "region": "r"}


@pytest.mark.parametrize(
    "output",
    [
        storage(PLAIN, bucket="another"),
        storage(PLAIN, region="another"),
        storage(PLAIN, path="another"),
        {**storage(PLAIN, bucket="another"), "storage": "archive"},
    ],
    ids=["bucket", "region", "path", "that only calls itself by its name"],
)
def test_a_storage_does_not_get_the_credentials_of_another(live: SandboxApi, output: dict[str, Any]) -> None:
    """One of that name, and one of the config's layers in that place, have some; they go where they belong alone."""
    config = {"storages": {"archive": AWS}, "layers": to(storage(AWS))}
    recording = Resource(Plugin(live, **config), meeting_id=MEETING, layers=to(output))

    with pytest.raises(Checked, match="access_key: required for type 'aws', but absent"):
        recording.up()

    assert live.requests(method="POST") == []


def test_layers_whose_changes_are_ignored_stay_while_the_config_moves_on(live: SandboxApi) -> None:
    """The engine hands the old checked inputs over: what was judged once is not judged by what the config has now."""
    recording = Resource(Plugin(live, layers=to(storage(AWS))), meeting_id=MEETING)
    recording.up()

    recording.by(Plugin(live, layers=to(storage(AWS, path="moved"))))

    assert recording.up(layers=recording.inputs["layers"]) == "same"
    with pytest.raises(Checked, match="access_key: required"):
        recording.replace()  # it would be started there without credentials
