"""The shapes of the answers, dialect by dialect, peculiarities included."""

from __future__ import annotations

import re

import pytest

FILE = re.compile(r"speaker_user-\d_[0-9a-f]{8}_peer_audio_\d{13}\.webm")
STORED = {"type": "STORAGE_CONFIG", "storage_config": {"type": "gcs", "secret": "{}", "bucket": "b"}}


def uploaded(api, client, **body) -> str:
    recording_id = client.start(**body)
    api.advance(30)
    client.act(recording_id, "stop")
    api.advance(30)
    return recording_id


def speaker(*outputs) -> dict:
    return {"layers": {"default": {"file_name_prefix": "speaker", "outputs": list(outputs)}}}


def test_download_urls_of_tracks(every, client) -> None:
    recording_id = uploaded(every, client, **speaker({"type": "REALTIMEKIT_BUCKET"}))

    url = client.one(recording_id)["download_url"]

    if every.dialect == "reference":
        assert url.startswith("https://")
        return
    (layer,) = url["links"] if every.dialect == "live" else url
    assert layer["layer_name"] == "default"
    assert len(layer["download_urls"]) == 2
    for file, where in layer["download_urls"].items():
        assert FILE.fullmatch(file)
        assert file in where["download_url"]
        assert "X-Amz-Signature" in where["download_url"]
    assert client.one(recording_id)["download_url"] == url, "a URL stays what it is"


def test_what_goes_elsewhere_has_no_download_url(every, client) -> None:
    recording_id = uploaded(every, client, **speaker(STORED))

    assert client.one(recording_id)["download_url"] is None
    assert client.one(recording_id)["download_url_expiry"] is None
    assert client.one(recording_id)["storage_config"] == {"type": "gcs", "bucket": "b"}


@pytest.mark.parametrize(
    ("shape", "layers", "shown"),
    [
        ("links", {"default": ["b"]}, {"links": ["default"]}),
        ("list", {"default": ["b"]}, ["default"]),
        ("layer", {"default": ["b"], "default-video": ["b"]}, "default"),
        ("none", {"default": ["b"]}, {"links": []}),
        ("none", {"default": ["s"]}, None),
    ],
)
def test_the_shape_of_download_urls_can_be_chosen(every, client, shape, layers, shown) -> None:
    outputs = {"b": {"type": "REALTIMEKIT_BUCKET"}, "s": STORED}
    every.meeting("meeting", download_url=shape)
    recording_id = uploaded(
        every, client, layers={name: {"outputs": [outputs[kind] for kind in kinds]} for name, kinds in layers.items()}
    )

    def names(url: object) -> object:
        if isinstance(url, list):
            return [layer["layer_name"] for layer in url]
        if isinstance(url, dict):
            return url["layer_name"] if "layer_name" in url else {"links": names(url["links"])}
        return url

    assert names(client.one(recording_id)["download_url"]) == shown
    assert client.one(recording_id)["file_size"] == 0


def test_output_file_names(every, client) -> None:
    name = client.one(client.start(**speaker({"type": "REALTIMEKIT_BUCKET"})))["output_file_name"]

    if every.dialect == "documented":
        assert name.startswith("{{file_name_prefix}}_{{user_id}}_")
        assert name.endswith("_{{date_time}}.webm")
    else:
        assert FILE.fullmatch(name)


def test_a_composite_recording_has_one_url_and_a_size(every, client) -> None:
    client.post("/recordings", json={"meeting_id": "meeting"})
    every.advance(30)
    recording_id = client.listed()[0]["id"]
    assert client.one(recording_id)["file_size"] is None
    client.act(recording_id, "stop")
    every.advance(30)

    recording = client.one(recording_id)

    assert recording["output_file_name"] in recording["download_url"]
    assert recording["output_file_name"].endswith(".mp4")
    assert recording["file_size"] > 0


def test_types(every, client) -> None:
    recording_id = client.start()

    (listed,), one = client.listed(), client.one(recording_id)

    assert listed.get("type") == {"live": "", "documented": "TRACK", "reference": None}[every.dialect]
    assert one.get("type") == {"live": "TRACK", "documented": "TRACK", "reference": None}[every.dialect]
    assert listed.get("meeting_id") == one.get("meeting_id") == {"live": "meeting"}.get(every.dialect)
    assert listed["meeting"]["id"] == "meeting"


@pytest.mark.parametrize("call", ["list", "one", "active", "put"])
def test_every_answer_has_every_field(every, client, call) -> None:
    recording_id = client.start()
    answers = {
        "list": lambda: client.listed()[0],
        "one": lambda: client.one(recording_id),
        "active": lambda: client.get("/recordings/active-recording/meeting").json()["data"],
        "put": lambda: client.act(recording_id, "stop").json()["data"],
    }
    fields = {
        *("id", "status", "session_id", "output_file_name", "invoked_time", "started_time", "stopped_time"),
        *("file_size", "recording_duration", "download_url", "download_url_expiry", "audio_download_url"),
        "storage_config",
    }
    if call != "list":
        fields |= {"start_reason", "stop_reason"}

    answer = answers[call]()

    assert fields <= answer.keys()
    assert answer["id"] == recording_id
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer["invoked_time"])
