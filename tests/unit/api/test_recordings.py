"""A recording as any server may answer it: what is read, and that reading never fails."""

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_realtimekit.api.recordings import (
    UNKNOWN,
    DownloadUrl,
    Recording,
    moment,
    read_json,
    recording_in,
    recordings_in,
)
from pulumi_realtimekit.plugin import state

from tests.kit.in_process import engine_wire

R1 = {"id": "r1", "status": "INVOKED"}
DIRECT = "https://files.example/app/r1/a.webm?X-Amz-Signature=s"
LAYERS = [
    {
        "layer_name": "default",
        "download_urls": {"a.webm": {"download_url": DIRECT}, "b.webm": {"download_url": DIRECT + "b"}},
    },
    {"layer_name": "default-video", "download_urls": {"v.webm": {"download_url": DIRECT + "v"}}},
]
EXPIRES = "2026-07-08T00:00:00.000Z"
OF_LAYERS = (
    DownloadUrl("default", "a.webm", DIRECT, EXPIRES),
    DownloadUrl("default", "b.webm", DIRECT + "b", EXPIRES),
    DownloadUrl("default-video", "v.webm", DIRECT + "v", EXPIRES),
)


@pytest.mark.parametrize(
    "answer",
    [
        {"success": True, "data": {"recording": {**R1, "type": "TRACK"}}},
        {"success": True, "data": R1},
        {"success": True, "result": {"recording": R1}, "errors": [], "messages": []},
        {"success": True, "recording": R1},
        {"success": True, "data": {}, "result": R1},
        {"success": True, "id": "of the request", "data": R1},
        R1,
    ],
    ids=str,
)
def test_the_recording_is_found_wherever_it_stands(answer: dict[str, Any]) -> None:
    found = recording_in(answer)
    assert found
    assert (found.id, found.status) == ("r1", "INVOKED")


@pytest.mark.parametrize("status", [{}, {"status": None}, {"status": ""}, {"status": 5}], ids=str)
def test_a_status_that_is_not_said_is_not_known_and_what_was_known_stays(status: dict[str, Any]) -> None:
    found = recording_in({"success": True, "data": {"id": "r1", **status}})
    assert found
    assert (found.status, found.active, found.begun) == (UNKNOWN, True, False)
    assert state.of_recording(found, {}, {"status": "PAUSED"})["status"] == "PAUSED"
    assert state.of_recording(found, {}, {})["status"] == "INVOKED"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [R1],
        {"success": True, "data": None},
        {"success": True, "data": {"recording": None}},
        {"success": True, "data": {"id": 7, "status": "INVOKED"}},
        {"success": True, "data": {"id": "", "status": "INVOKED"}},
        {"success": True, "id": "of the request, perhaps"},
    ],
    ids=str,
)
def test_what_names_no_recording_is_none(answer: Any) -> None:
    assert recording_in(answer) is None


@pytest.mark.parametrize(
    ("answer", "ids"),
    [
        ({"data": []}, []),
        ({"result": [R1, {**R1, "id": "r2"}]}, ["r1", "r2"]),
        ({"data": {"recordings": [R1]}}, ["r1"]),
        ([R1], ["r1"]),
        ({"data": R1}, None),
        ({"data": [R1, "r2"]}, None),
        ({"data": [R1, {"status": "INVOKED"}]}, None),
        ("a page", None),
    ],
    ids=str,
)
def test_a_list_is_read_whole_or_not_at_all(answer: Any, ids: list[str] | None) -> None:
    found = recordings_in(answer)
    assert (None if found is None else [recording.id for recording in found]) == ids


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"type": "TRACK"}, "track"),
        ({"type": "track", "output_file_name": "x.mp4"}, "track"),
        ({"type": "COMPOSITE", "output_file_name": "x.webm"}, "other"),
        ({"type": "", "output_file_name": "a_u_p_peer_audio_1.webm"}, "track"),
        ({"type": "", "output_file_name": "x.mp4"}, "other"),
        ({"output_file_name": "{{file_name_prefix}}_{{date_time}}.webm"}, "track"),
        ({"type": "", "download_url": json.dumps(LAYERS)}, "track"),
        ({"type": "", "download_url": "https://files.example/x.mp4"}, "other"),
        ({"type": "", "output_file_name": "standup", "download_url": None}, None),
        ({}, None),
    ],
    ids=str,
)
def test_track_recordings_are_told_from_others(fields: dict[str, Any], kind: str | None) -> None:
    found = Recording.read({**R1, **fields})
    assert found
    assert found.kind == kind


@pytest.mark.parametrize(
    ("given_url", "urls"),
    [
        (LAYERS, OF_LAYERS),
        ({"links": LAYERS}, OF_LAYERS),
        (json.dumps(LAYERS), OF_LAYERS),
        (json.dumps({"links": LAYERS}), OF_LAYERS),
        (DIRECT, (DownloadUrl("default", "a.webm", DIRECT, EXPIRES),)),
        ([{"download_urls": {"a.webm": DIRECT}}], (DownloadUrl("default", "a.webm", DIRECT, EXPIRES),)),
        (
            [{"layer_name": "x", "download_urls": {"a": {"download_url": DIRECT, "download_url_expiry": "soon"}}}],
            (DownloadUrl("x", "a", DIRECT, "soon"),),
        ),
        (None, ()),
        ({"links": None}, ()),
        (["x", {"layer_name": "x"}, {"download_urls": {"a": {"download_url": None}, "b": 3}}], ()),
        ("{not JSON", (DownloadUrl("default", "{not JSON", "{not JSON", EXPIRES),)),
    ],
    ids=str,
)
def test_download_urls_come_in_one_shape(given_url: Any, urls: tuple[DownloadUrl, ...]) -> None:
    found = Recording.read({**R1, "download_url": given_url, "download_url_expiry": EXPIRES})
    assert found
    assert found.download_urls == urls


def test_the_audio_of_a_recording_is_one_more_file() -> None:
    url = "https://files.example/r1/audio.mp3?s"
    found = Recording.read({**R1, "audio_download_url": url})
    assert found
    assert found.download_urls == (DownloadUrl("audio", "audio.mp3", url, ""),)


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"stop_reason": {"reason": "ALL_PEERS_LEFT", "caller": None}}, "stop_reason", "ALL_PEERS_LEFT"),
        ({"stop_reason": "API_CALL"}, "stop_reason", "API_CALL"),
        ({"stop_reason": None}, "stop_reason", None),
        ({"recording_duration": 12.5}, "recording_duration", 12.5),
        ({"recording_duration": True}, "recording_duration", None),
        ({"recording_duration": "12"}, "recording_duration", None),
        ({"started_time": ""}, "started_time", None),
        ({"meeting_id": "m"}, "meeting_id", "m"),
        ({"meeting": {"id": "m", "title": "Standup"}}, "meeting_id", "m"),
        ({"status": "A_NEW_ONE"}, "status", "A_NEW_ONE"),
    ],
)
def test_each_field_is_read_as_what_it_says(fields: dict[str, Any], name: str, value: Any) -> None:
    found = Recording.read({**R1, **fields})
    assert found
    assert getattr(found, name) == value


@pytest.mark.parametrize("status", ["INVOKED", "RECORDING", "PAUSED", "A_NEW_ONE", "UPLOADING", "UPLOADED", "ERRORED"])
def test_a_status_never_seen_counts_as_active(status: str) -> None:
    assert Recording("r1", status, "track").active == (status not in {"UPLOADING", "UPLOADED", "ERRORED"})


@pytest.mark.parametrize(
    ("time", "read"),
    [
        ("2026-01-01T00:00:00.000Z", datetime(2026, 1, 1, tzinfo=timezone.utc)),
        ("2026-01-01T01:00:00+01:00", datetime(2026, 1, 1, tzinfo=timezone.utc)),
        ("2026-01-01T00:00:00", None),  # of no known zone
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_time_is_known_or_not(time: str | None, read: datetime | None) -> None:
    assert moment(time) == read


SAID = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["r1", "[", "{", '{"links": 3}']),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*R1, "data", "recording", "links", "download_urls", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = [*state.FIELDS, "status", "type", "meeting", "meeting_id", "download_url", "download_url_expiry"]
FIELDS = st.fixed_dictionaries(
    {"id": st.text(st.characters(), min_size=1)}, optional=dict.fromkeys([*NAMES, "audio_download_url"], SAID)
)


@settings(max_examples=300, deadline=None)
@given(FIELDS | SAID)
def test_whatever_a_server_says_can_be_read_and_kept(said: Any) -> None:
    body = read_json(json.dumps(said).encode())
    recordings_in(body)
    found = recording_in({"data": body})
    if isinstance(said, dict) and {*said} - {*R1, *NAMES} == set() and isinstance(said.get("id"), str) and said["id"]:
        assert found
    if found:
        outputs = state.of_recording(found, {"keep_download_urls": True}, {})
        engine_wire({"id": found.id, **outputs})


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'{"id": "a\\ud800b"}', {"id": "a?b"}),
        (b'{"a\\udfff": 1}', {"a?": 1}),
        (b'{"x": NaN, "y": Infinity, "z": 1e999}', {"x": None, "y": None, "z": None}),
        (b'{"x": 1' + b"0" * 400 + b"}", {"x": None}),
        (b'\xef\xbb\xbf{"x": 1}', {"x": 1}),
        (b'{"x": "\xff"}', {"x": "\ufffd"}),
        (b'{"x": ', None),
        (b"[" * 100_000, None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_json_that_the_engine_could_not_hold_is_made_to_fit(content: bytes, value: Any) -> None:
    assert read_json(content) == value
