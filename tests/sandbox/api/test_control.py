"""The control calls that move recordings and the clock, and their refusals."""

from __future__ import annotations

import pytest

from tests.sandbox.api.conftest import BODY


@pytest.mark.parametrize("status", ["INVOKED", "RECORDING", "PAUSED", "UPLOADING", "UPLOADED", "ERRORED"])
def test_somebodys_hand(every, client, status) -> None:
    every.meeting("meeting", start_seconds=1_000, upload_seconds=1_000)
    recording_id = client.start()

    every.set_status(recording_id, status)

    assert client.one(recording_id)["status"] == status
    assert [one["id"] for one in client.listed(status=status)] == [recording_id]


def test_a_recording_that_stays_invoked_blocks_the_next_start_until_it_is_stopped(api, client) -> None:
    api.meeting("meeting", stays_invoked=True)
    recording_id = client.start()
    api.meeting("meeting", live=False)
    api.meeting("meeting", live=True, stays_invoked=False)
    api.advance(86_400)

    assert client.one(recording_id)["status"] == "INVOKED"
    assert client.post("/recordings/track", json=BODY).status_code == 409
    assert client.act(recording_id, "stop").status_code == 200
    assert client.one(client.start())["id"] != recording_id


def test_a_recording_that_is_forgotten_is_unknown(every, client) -> None:
    recording_id = client.start()

    every.forget(recording_id)

    assert client.get(f"/recordings/{recording_id}").status_code == 404
    assert client.act(recording_id, "stop").status_code == 404
    assert client.listed() == []
    assert client.get("/recordings/active-recording/meeting").status_code == 404
    client.start()


def test_recordings_are_shown_whole(every, client) -> None:
    storage = {"type": "gcs", "secret": "{}", "bucket": "archive"}
    layer = {"file_name_prefix": "p", "outputs": [{"type": "STORAGE_CONFIG", "storage_config": storage}]}
    recording_id = client.start(layers={"default": layer}, max_seconds=60)

    (shown,) = every.recordings()

    assert (shown["id"], shown["type"], shown["active"]) == (recording_id, "TRACK", True)
    assert (shown["account_id"], shown["app_id"], shown["meeting_id"]) == ("account", "app", "meeting")
    assert shown["max_seconds"] == 60
    kept = {"type": "STORAGE_CONFIG", "storage_config": {"type": "gcs", "bucket": "archive"}}
    assert shown["layers"] == {"default": {"file_name_prefix": "p", "media_kind": None, "outputs": [kept]}}


def test_reset(api, client) -> None:
    client.start()
    api.meeting("meeting", live=False)
    api.fault("503")

    api.reset()

    assert (api.recordings(), api.requests(), api.faults()["faults"]) == ([], [], [])
    assert client.get("/meetings/meeting/active-session").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("POST", "/clock", {"advance": -1}, 400, '"advance" must be greater than or equal to 0'),
        ("POST", "/clock", {"advance": 1e300}, 400, '"advance" must not lead beyond 9000-01-01T00:00:00.000Z'),
        ("POST", "/clock", {}, 400, '"advance" is required'),
        ("PATCH", "/recordings/nothing", {"status": "PAUSED"}, 404, "no recording nothing"),
        ("PATCH", "/recordings/nothing", {"status": "DONE"}, 400, '"status" must be one of [INVOKED,'),
        ("DELETE", "/recordings/nothing", None, 404, "no recording nothing"),
        ("POST", "/nothing", {}, 404, "no control call /_sandbox/nothing"),
    ],
)
def test_refusals(api, client, method, path, body, status, message) -> None:
    response = client.request(method, f"{api.url}/_sandbox{path}", json=body)

    assert response.status_code == status
    assert message in response.json()["error"]
