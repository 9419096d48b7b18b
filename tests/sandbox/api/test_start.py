"""A start: what each dialect takes, what it says to the rest, and how it answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

BUCKET = {"type": "REALTIMEKIT_BUCKET"}
AWS = {"type": "aws", "access_key": "AK", "secret": "SK", "bucket": "b", "region": "r"}
SFTP = {"type": "sftp", "host": "h", "username": "u"}


def layers(**layer: Any) -> dict[str, Any]:
    return {"meeting_id": "meeting", "layers": {"default": layer}}


def output(**fields: Any) -> dict[str, Any]:
    return layers(outputs=[fields])


def stored(**storage: Any) -> dict[str, Any]:
    return output(type="STORAGE_CONFIG", storage_config=storage)


STORAGE = "layers.default.outputs[0].storage_config"
OK = None
CASES: dict[str, tuple[Any, str | None, str | None, str | None]] = {
    # what is sent: (body, what live says, documented, reference); None: it starts
    "reference's example": (
        {
            "meeting_id": "97440c6a-140b-40a9-9499-b23fd7a3868a",
            "layers": {
                "default": {"file_name_prefix": "string", "outputs": [BUCKET]},
                "default-video": {"file_name_prefix": "string", "outputs": [BUCKET]},
            },
            "max_seconds": 60,
        },
        *(OK, OK, OK),
    ),
    "nothing": ({}, *['"meeting_id" is required'] * 3),
    "no object": ([], *['"value" must be of type object'] * 3),
    "empty meeting": ({"meeting_id": ""}, *['"meeting_id" is not allowed to be empty'] * 3),
    "no layers": ({"meeting_id": "m"}, '"layers" is required', OK, '"layers" is required'),
    "empty layers": ({"meeting_id": "m", "layers": {}}, '"layers" must have at least 1 key', OK, OK),
    "no outputs": (layers(), '"layers.default.outputs" is required', OK, OK),
    "outputs no array": (layers(outputs=BUCKET), *['"layers.default.outputs" must be an array'] * 3),
    "empty outputs": (layers(outputs=[]), '"layers.default.outputs" must contain at least 1 items', OK, OK),
    "media_kind": (
        layers(outputs=[BUCKET], media_kind="audio"),
        '"layers.default.media_kind" is not allowed',
        OK,
        '"layers.default.media_kind" is not allowed',
    ),
    "media_kind video": (
        layers(outputs=[BUCKET], media_kind="video"),
        '"layers.default.media_kind" is not allowed',
        '"layers.default.media_kind" must be one of [audio]',
        '"layers.default.media_kind" is not allowed',
    ),
    "user_ids": (
        {**output(**BUCKET), "user_ids": ["a"]},
        '"user_ids" is not allowed',
        OK,
        '"user_ids" is not allowed',
    ),
    "101 user_ids": (
        {**output(**BUCKET), "user_ids": ["a"] * 101},
        '"user_ids" is not allowed',
        '"user_ids" must contain less than or equal to 100 items',
        '"user_ids" is not allowed',
    ),
    "prefix with a slash": (
        layers(file_name_prefix="a/b", outputs=[BUCKET]),
        OK,
        '"layers.default.file_name_prefix" with value "a/b" fails to match the required pattern: /^[-\\w\\s]+$/',
        OK,
    ),
    "an old bucket": (
        output(type="DYTE_BUCKET"),
        OK,
        OK,
        '"layers.default.outputs[0].type" must be one of [REALTIMEKIT_BUCKET, STORAGE_CONFIG]',
    ),
    "output without a type": (
        output(),
        '"layers.default.outputs[0].type" is required',
        '"layers.default.outputs[0].type" is required',
        OK,
    ),
    "storage with the service's bucket": (output(**BUCKET, storage_config=AWS), *[f'"{STORAGE}" is not allowed'] * 3),
    "null with the service's bucket": (output(**BUCKET, storage_config=None), OK, OK, OK),
    "layer without a name": (
        {"meeting_id": "m", "layers": {"": {"outputs": [BUCKET]}}},
        *['"layers." is not allowed'] * 3,
    ),
    "empty prefix": (
        layers(file_name_prefix="", outputs=[BUCKET]),
        '"layers.default.file_name_prefix" is not allowed to be empty',
        '"layers.default.file_name_prefix" with value "" fails to match the required pattern: /^[-\\w\\s]+$/',
        '"layers.default.file_name_prefix" is not allowed to be empty',
    ),
    "storage missing": (output(type="STORAGE_CONFIG"), *[f'"{STORAGE}" is required'] * 3),
    "storage without a type": (stored(), *[f'"{STORAGE}.type" is required'] * 3),
    "unknown field of a storage": (stored(**AWS, bukket="b"), *[f'"{STORAGE}.bukket" is not allowed'] * 3),
    "unknown field": ({**output(**BUCKET), "max_second": 60}, *['"max_second" is not allowed'] * 3),
    "no time at all": ({**output(**BUCKET), "max_seconds": 0}, *['"max_seconds" must be greater than 0'] * 3),
    # storages, type by type: what is required
    "aws": (stored(**AWS), OK, OK, OK),
    "aws without region": (
        stored(**{name: AWS[name] for name in AWS if name != "region"}),
        *[f'"{STORAGE}.region" is required'] * 3,
    ),
    "digitalocean": (stored(**{**AWS, "type": "digitalocean"}, path="p"), OK, OK, OK),
    "azure": (stored(type="azure", access_key="k", bucket="b", region="", secret=""), OK, OK, OK),
    "gcs": (stored(type="gcs", secret="{}", bucket="b"), OK, OK, OK),
    "gcs without credentials": (stored(type="gcs", bucket="b"), *[f'"{STORAGE}.secret" is required'] * 3),
    "R2 with its account": (
        stored(type="cloudflare", account_id="a", access_key="k", secret="s", bucket="b"),
        OK,
        OK,
        f'"{STORAGE}.type" must be one of [aws, azure, digitalocean, gcs, sftp]',
    ),
    "sftp with a key": (stored(**SFTP, auth_method="KEY", private_key="k", password="p", port=22), OK, OK, OK),
    "sftp without method": (stored(**SFTP), *[f'"{STORAGE}.auth_method" is required'] * 3),
    "sftp without its key": (stored(**SFTP, auth_method="KEY"), *[f'"{STORAGE}.private_key" is required'] * 3),
    "sftp with a password": (stored(**SFTP, auth_method="PASSWORD", password="p"), OK, OK, OK),
    "sftp without its password": (stored(**SFTP, auth_method="PASSWORD"), *[f'"{STORAGE}.password" is required'] * 3),
}


@pytest.mark.parametrize("case", CASES)
def test_it_takes_and_refuses_as_the_dialect_says(every, client, case) -> None:
    body, *expected = CASES[case]
    message = dict(zip(("live", "documented", "reference"), expected, strict=True))[every.dialect]

    response = client.post("/recordings/track", content=json.dumps(body))

    if message is None:
        assert response.status_code == 200, response.text
        assert len(every.recordings()) == 1
    else:
        assert response.json() == {"success": False, "error": {"code": 422, "message": message}}
        assert response.status_code == 422
        assert every.recordings() == []


def test_the_answer_has_the_dialects_shape(every, client) -> None:
    response = client.post("/recordings/track", json=output(**BUCKET))

    assert response.status_code == 200
    if every.dialect == "reference":
        assert response.content == b""
        return
    assert response.json()["success"] is True
    data = response.json()["data"]
    recording = data["recording"] if every.dialect == "documented" else data
    assert recording["status"] == "INVOKED"
    assert recording["type"] == "TRACK"
    assert recording["meeting_id"] == "meeting"
    assert recording["output_file_name"].endswith(".webm")
    assert recording["id"] == every.recordings()[0]["id"]


def test_only_live_refuses_a_second_one(every, client) -> None:
    client.start()

    response = client.post("/recordings/track", json=output(**BUCKET))

    if every.dialect == "live":
        assert response.status_code == 409
        assert response.json()["error"]["code"] == 409
        assert len(every.recordings()) == 1
    else:
        assert response.status_code == 200
        assert len(every.recordings()) == 2


@pytest.mark.parametrize("first", ["stopped", "of another meeting", "of another app", "composite"])
def test_a_second_one_starts_where_the_first_does_not_count(api, client, first) -> None:
    if first == "composite":
        assert client.post("/recordings", json={"meeting_id": "meeting"}).status_code == 200
    elif first == "of another app":
        path = f"{api.app_url(app_id='other')}/recordings/track"
        assert client.post(path, json=output(**BUCKET)).status_code == 200
    else:
        recording_id = client.start("meeting" if first == "stopped" else "other")
        if first == "stopped":
            client.act(recording_id, "stop")

    assert client.post("/recordings/track", json=output(**BUCKET)).status_code == 200


def test_an_idle_meeting_refuses(every, client) -> None:
    every.meeting("meeting", live=False)

    response = client.post("/recordings/track", json=output(**BUCKET))

    assert response.status_code == 400
    assert response.json() == {"success": False, "error": {"code": 400, "message": "The meeting has no active session"}}
    assert every.recordings() == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "The body is not valid JSON"),
        (b'{"meeting_id": "\xff"}', "The body is not valid JSON"),
        (5_000 * b"[", "The body is not valid JSON"),
        (b"", '"meeting_id" is required'),
        (b'{"meeting_id": "\\ud800"}', '"meeting_id" must be a string'),
    ],
)
def test_a_body_that_is_no_json(every, client, body, said) -> None:
    response = client.post("/recordings/track", content=body)

    assert response.status_code in {400, 422}
    assert response.json()["error"]["message"] == said


def test_credentials_are_not_kept(api, client) -> None:
    client.start(**stored(**AWS, path="p"))

    assert "SK" not in str(api.recordings())
    assert client.listed()[0]["storage_config"] == {"type": "aws", "bucket": "b", "region": "r", "path": "p"}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"max_seconds": 60}, 200),
        ({"max_seconds": 59}, 422),
        ({"max_seconds": 86_401}, 422),
        ({"allow_multiple_recordings": True}, 200),
        ({"video_config": {"codec": "H264"}}, 200),
    ],
)
def test_a_composite_recording(every, client, more, status) -> None:
    response = client.post("/recordings", json={"meeting_id": "meeting", **more})

    assert response.status_code == status
    if status == 200:
        assert response.json()["data"]["output_file_name"].endswith(".mp4")


def test_a_second_composite_recording_is_refused_unless_several_are_allowed(every, client) -> None:
    statuses = [
        client.post("/recordings", json={"meeting_id": "meeting", "allow_multiple_recordings": several}).status_code
        for several in (False, False, True)
    ]

    assert statuses == [200, 409, 200]
