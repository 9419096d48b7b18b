"""What goes over the wire, held against the official client's requests for the same input."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cloudflare import Cloudflare, CloudflareError
from pulumi_realtimekit.api.client import App, RecordingsApi
from pulumi_realtimekit.errors import ApiError

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, Checked, Plugin, Resource

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
PLACE = App(ACCOUNT, APP)
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


@pytest.fixture
def official(api: SandboxApi) -> Iterator[Cloudflare]:
    with Cloudflare(api_token=api.token, base_url=api.base_url, max_retries=0) as client:
        yield client


@pytest.fixture
def ours(api: SandboxApi) -> Iterator[RecordingsApi]:
    client = RecordingsApi(base_url=api.base_url, token=api.token)
    yield client
    client.close()


def sent(api: SandboxApi, call: Callable[[], Any]) -> dict[str, Any]:
    """The one request that a call makes, as far as the service looks at it."""
    api.clear_requests()
    with contextlib.suppress(CloudflareError, ApiError):  # what is sent counts here
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


REFERENCE_BODY: dict[str, Any] = {
    "meeting_id": MEETING,
    "layers": {
        "default": {"file_name_prefix": "string", "outputs": [{"type": "REALTIMEKIT_BUCKET"}]},
        "default-video": {
            "file_name_prefix": "string",
            "outputs": [{"type": "STORAGE_CONFIG", "storage_config": AWS}],
        },
    },
    "max_seconds": 60,
}


@pytest.mark.parametrize(
    "body",
    [
        REFERENCE_BODY,
        {"meeting_id": MEETING, "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}},
        {"meeting_id": MEETING, "layers": {"default": {"media_kind": "audio"}}, "user_ids": ["a", "ü"]},
    ],
    ids=["the reference", "the least", "documented only"],
)
def test_a_start(api: SandboxApi, ours: RecordingsApi, official: Cloudflare, body: dict[str, Any]) -> None:
    known = {name: body[name] for name in ("meeting_id", "layers", "user_ids") if name in body}
    rest = {name: value for name, value in body.items() if name not in known}
    theirs = sent(
        api,
        lambda: official.realtime_kit.recordings.start_track_recording(
            APP, account_id=ACCOUNT, **known, extra_body=rest
        ),
    )
    api.reset()
    assert sent(api, lambda: ours.start(PLACE, body, lambda: None)) == theirs
    assert theirs["body"] == body


@pytest.mark.parametrize("action", ["stop", "pause", "resume"])
def test_an_action(api: SandboxApi, ours: RecordingsApi, official: Cloudflare, action: Any) -> None:
    theirs = sent(
        api,
        lambda: official.realtime_kit.recordings.pause_resume_stop_recording(
            "r1", account_id=ACCOUNT, app_id=APP, action=action
        ),
    )
    assert sent(api, lambda: ours.act(PLACE, "r1", action)) == theirs


def test_one_recording(api: SandboxApi, ours: RecordingsApi, official: Cloudflare) -> None:
    theirs = sent(api, lambda: official.realtime_kit.recordings.get_one_recording("r1", account_id=ACCOUNT, app_id=APP))
    assert sent(api, lambda: ours.recording(PLACE, "r1")) == theirs


@pytest.mark.parametrize("meeting", [MEETING, "a/b ü&c?"])
def test_the_list(api: SandboxApi, ours: RecordingsApi, official: Cloudflare, meeting: str) -> None:
    theirs = sent(
        api,
        lambda: official.realtime_kit.recordings.get_recordings(
            APP, account_id=ACCOUNT, meeting_id=meeting, sort_by="invokedTime", sort_order="DESC"
        ),
    )
    assert sent(api, lambda: ours.recordings(PLACE, meeting)) == theirs


def test_the_active_session(api: SandboxApi, ours: RecordingsApi, official: Cloudflare) -> None:
    theirs = sent(
        api,
        lambda: official.realtime_kit.active_session.get_active_session(MEETING, account_id=ACCOUNT, app_id=APP),
    )
    assert sent(api, lambda: ours.is_live(PLACE, MEETING)) == theirs


# From the declaration to the body


CONFIG = {"storages": {"archive": AWS, "drop": SFTP}}


@pytest.mark.parametrize(
    ("declared", "config", "body"),
    [
        ({}, {}, {"layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}}),
        (
            {"layers": {"default": {"file_name_prefix": "string"}}},
            {},
            {"layers": {"default": {"file_name_prefix": "string", "outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}},
        ),
        (
            {"layers": {"default": {"file_name_prefix": None}}},
            {},
            {"layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}},
        ),
        (
            {"layers": {"default": {"outputs": ["archive", "realtimekit"]}}, "max_seconds": 60},
            CONFIG,
            {
                "layers": {
                    "default": {
                        "outputs": [
                            {"type": "STORAGE_CONFIG", "storage_config": AWS},
                            {"type": "REALTIMEKIT_BUCKET"},
                        ]
                    }
                },
                "max_seconds": 60,
            },
        ),
        (
            {},
            {**CONFIG, "layers": {"a": {"outputs": ["drop"]}}},
            {"layers": {"a": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": SFTP}]}}},
        ),
        (
            {"layers": {"default": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": AWS}]}}},
            {},
            {"layers": {"default": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": AWS}]}}},
        ),
        (
            {"layers": {"default": {"outputs": ["blob"]}}},
            {"storages": {"blob": {**AZURE, "secret": None, "path": None}}},
            {"layers": {"default": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": AZURE}]}}},
        ),
        (
            {"layers": {"default": {"outputs": [{}, {"type": "REALTIMEKIT_BUCKET", "storage_config": None}]}}},
            {},
            {"layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}, {"type": "REALTIMEKIT_BUCKET"}]}}},
        ),
        (
            {"layers": {"default": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": {**AWS, "path": None}}]}}},
            {},
            {"layers": {"default": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": AWS}]}}},
        ),
        (
            {},
            {"layers": {"x": {"outputs": ["realtimekit", {"type": "STORAGE_CONFIG", "storage_config": AWS}]}}},
            {
                "layers": {
                    "x": {
                        "outputs": [
                            {"type": "REALTIMEKIT_BUCKET"},
                            {"type": "STORAGE_CONFIG", "storage_config": AWS},
                        ]
                    }
                }
            },
        ),
    ],
    ids=[
        "nothing",
        "a prefix",
        "fields that are null",
        "named storages",
        "the config's layers",
        "in place",
        "a named storage with fields that are null",
        "of no type",
        "in place, with a field that is null",
        "in place, in the config's layers",
    ],
)
def test_the_body_is_what_was_declared_and_credentials_stay_out_of_the_outputs(
    live: SandboxApi, declared: dict[str, Any], config: dict[str, Any], body: dict[str, Any]
) -> None:
    recording = Resource(Plugin(live, **config), meeting_id=MEETING, **declared)
    recording.up()
    (request,) = live.requests(method="POST")
    assert request["body"] == {"meeting_id": MEETING, **body}
    kept = str(recording.outputs)
    assert not any(secret in kept for secret in (*KEYS.values(), "BEGIN"))
    if declared.get("layers", {}).get("default", {}).get("outputs", [""])[0] in ("", "archive"):
        assert not any(secret in str(recording.inputs) for secret in (*KEYS.values(), "BEGIN"))
    assert recording.by(Plugin(live, **config)).up() == "same"


def test_rotated_credentials_go_with_the_next_start(live: SandboxApi) -> None:
    layers = {"default": {"outputs": ["archive"]}}
    recording = Resource(Plugin(live, **CONFIG), meeting_id=MEETING, layers=layers)
    recording.up()
    rotated = {"storages": {"archive": {**AWS, "secret": "secret-2"}}}
    assert recording.by(Plugin(live, **rotated)).up() == "same"
    assert recording.up(max_seconds=60) == "replace"
    output = live.requests(method="POST")[-1]["body"]["layers"]["default"]["outputs"][0]
    assert output["storage_config"]["secret"] == "secret-2"


def test_a_renamed_storage_changes_nothing(live: SandboxApi) -> None:
    recording = Resource(Plugin(live, **CONFIG), meeting_id=MEETING, layers={"default": {"outputs": ["archive"]}})
    recording.up()
    recording.by(Plugin(live, storages={"vault": AWS}))
    assert recording.up(layers={"default": {"outputs": ["vault"]}}) == "same"
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


def in_place(**fields: Any) -> dict[str, Any]:
    bucket = {"type": "aws", "bucket": "b", "region": "r", **fields}
    return {"default": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": bucket}]}}


@pytest.mark.parametrize("other", [{"bucket": "another"}, {"region": "another"}, {"path": "another"}])
def test_a_storage_does_not_get_the_credentials_of_another(live: SandboxApi, other: dict[str, str]) -> None:
    """One of the config's layers in the same place has some; those go where they were given to alone."""
    recording = Resource(Plugin(live, layers=in_place(**KEYS)), meeting_id=MEETING, layers=in_place(**other))

    with pytest.raises(Checked, match="access_key: required for type 'aws', but absent"):
        recording.up()

    assert live.requests(method="POST") == []


def test_nor_does_one_that_only_calls_itself_by_its_name(live: SandboxApi) -> None:
    named = in_place(bucket="another")
    named["default"]["outputs"][0]["storage"] = "archive"
    recording = Resource(Plugin(live, storages={"archive": AWS}), meeting_id=MEETING, layers=named)

    with pytest.raises(Checked, match="access_key: required for type 'aws', but absent"):
        recording.up()


def test_layers_whose_changes_are_ignored_stay_while_the_config_moves_on(live: SandboxApi) -> None:
    """The engine hands the old checked inputs over: what was judged once is not judged by what the config has now."""
    recording = Resource(Plugin(live, layers=in_place(**KEYS)), meeting_id=MEETING)
    recording.up()

    recording.by(Plugin(live, layers=in_place(**KEYS, path="moved")))

    assert recording.up(layers=recording.inputs["layers"]) == "same"
    with pytest.raises(Checked, match="access_key: required"):
        recording.replace()  # it would be started there without credentials
