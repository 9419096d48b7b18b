"""The life of a recording, by the clock: first the function alone, then seen from outside."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.api.life import life_at
from sandbox.api.meeting import Attendance, Session
from sandbox.api.recording import Change, Recording

DAY = 86_400


def recording(*changes: tuple[float, str], **facts: Any) -> Recording:
    """Invoked at 100, RECORDING 2 s later; uploads take 3 s."""
    return Recording(
        **{
            "id": "r",
            "kind": "TRACK",
            "account_id": "a",
            "app_id": "p",
            "meeting_id": "m",
            "session_id": "s",
            "invoked_at": 100.0,
            "visible_at": 100.0,
            "start_seconds": 2.0,
            "upload_seconds": 3.0,
            "changes": tuple(Change(at=at, status=status) for at, status in changes),  # type: ignore[arg-type]
            **facts,
        }
    )


def session(*attendance: tuple[float, int], ended_at: float | None = None) -> Session:
    parts = tuple(Attendance(at=at, participants=participants) for at, participants in attendance or [(50.0, 2)])
    return Session(id="s", started_at=50.0, ended_at=ended_at, attendance=parts)


STOP, PAUSE, RESUME, FAIL = "UPLOADING", "PAUSED", "RECORDING", "ERRORED"
TABLE: dict[str, tuple[Recording, Session, float, str, dict[str, Any]]] = {
    # (recording, session, now, status, and what else is true then)
    "asked for": (recording(), session(), 100, "INVOKED", {"started_at": None}),
    "not yet": (recording(), session(), 101.9, "INVOKED", {}),
    "on the dot": (recording(), session(), 102, "RECORDING", {"started_at": 102, "stopped_at": None}),
    "stopped": (recording((112, STOP)), session(), 113, "UPLOADING", {"stopped_at": 112, "recorded_before": 10}),
    "uploaded": (recording((112, STOP)), session(), 115, "UPLOADED", {"since": 115, "stop_reason": "API_CALL"}),
    "short": (recording((106.9, STOP)), session(), 110, "ERRORED", {"stop_reason": "API_CALL"}),
    "short, allowed": (recording((106, STOP), short_fails=False), session(), 110, "UPLOADED", {}),
    "5 s are enough": (recording((107, STOP)), session(), 110, "UPLOADED", {}),
    "before it began": (recording((101, STOP)), session(), 104, "ERRORED", {"started_at": None, "recorded_before": 0}),
    "fails": (recording(fails=True), session(), 102, "ERRORED", {"stop_reason": "INTERNAL_ERROR", "stopped_at": 102}),
    "stays invoked": (recording(stays_invoked=True), session(ended_at=120.0), DAY, "INVOKED", {"started_at": None}),
    "stays invoked, stopped": (
        recording((900, STOP), stays_invoked=True),
        session(ended_at=120.0),
        901,
        "UPLOADING",
        {"stopped_at": 900, "stop_reason": "API_CALL"},
    ),
    "paused": (recording((105, PAUSE)), session(), 500, "PAUSED", {"recorded_before": 3, "stopped_at": None}),
    "a pause does not count": (
        recording((105, PAUSE), (205, RESUME), (210, STOP)),
        session(),
        213,
        "UPLOADED",
        {"recorded_before": 8, "started_at": 102},
    ),
    "max_seconds": (recording(max_seconds=60.0), session(), 162, "UPLOADING", {"stopped_at": 162, "stop_reason": None}),
    "max_seconds, paused": (recording((110, PAUSE), max_seconds=60.0), session(), 162, "UPLOADING", {}),
    "not told": (recording(), session(), 102 + DAY, "UPLOADING", {"stopped_at": 102 + DAY}),
    "session over": (
        recording(),
        session((50, 2), (120, 0), ended_at=120.0),
        130,
        "UPLOADED",
        {"stopped_at": 120, "stop_reason": "ALL_PEERS_LEFT"},
    ),
    "all gone": (recording(), session((50, 2), (130, 0)), 189.9, "RECORDING", {}),
    "gone for a minute": (
        recording(),
        session((50, 2), (130, 0)),
        190,
        "UPLOADING",
        {"stopped_at": 190, "stop_reason": "ALL_PEERS_LEFT"},
    ),
    "back in time": (recording(), session((50, 2), (130, 0), (189, 1)), 500, "RECORDING", {}),
    "back too late": (recording(), session((50, 2), (130, 0), (191, 1)), 200, "UPLOADED", {"stopped_at": 190}),
    "empty from the start": (recording(), session((50, 0)), 160, "UPLOADING", {"stopped_at": 160}),
    "somebody's hand": (recording((110, FAIL)), session(), 110, "ERRORED", {"stop_reason": "INTERNAL_ERROR"}),
    "brought back by hand": (
        recording((150, RESUME)),
        session((50, 2), (120, 0), ended_at=120.0),
        900,
        "RECORDING",
        {"stopped_at": None, "stop_reason": None, "started_at": 102},
    ),
}


@pytest.mark.parametrize("row", TABLE)
def test_where_a_recording_stands(row) -> None:
    asked, meeting, now, status, facts = TABLE[row]

    life = life_at(asked, meeting, now)

    assert life.status == status
    assert {name: getattr(life, name) for name in facts} == facts


def test_a_whole_life_seen_from_outside(every, client) -> None:
    recording_id = client.start()
    every.advance(2)
    assert client.one(recording_id)["status"] == "RECORDING"
    every.advance(10)
    assert client.act(recording_id, "pause").json()["data"]["status"] == "PAUSED"
    every.advance(100)
    assert client.act(recording_id, "resume").json()["data"]["status"] == "RECORDING"
    every.advance(10)
    stopped = client.act(recording_id, "stop").json()["data"]
    assert stopped["status"] == "UPLOADING"
    assert 20 <= stopped["recording_duration"] < 100, "the pause does not count"
    assert stopped["download_url"] is None
    every.advance(2)

    uploaded = client.one(recording_id)

    assert uploaded["status"] == "UPLOADED"
    assert uploaded["file_size"] == 0
    assert uploaded["stop_reason"]["reason"] == "API_CALL"
    assert uploaded["invoked_time"] < uploaded["started_time"] < uploaded["stopped_time"]
    assert uploaded["download_url_expiry"] > uploaded["stopped_time"]


IN_VAIN = {
    # status: what can't be done then
    "INVOKED": ("pause", "resume"),
    "RECORDING": ("resume",),
    "PAUSED": ("pause",),
    "UPLOADING": ("pause", "resume", "stop"),
    "UPLOADED": ("pause", "resume", "stop"),
    "ERRORED": ("pause", "resume", "stop"),
}


@pytest.mark.parametrize(("status", "action"), [(status, action) for status in IN_VAIN for action in IN_VAIN[status]])
def test_what_can_not_be_done_is_refused(api, client, status, action) -> None:
    api.meeting("meeting", upload_seconds=1_000, start_seconds=1_000)
    recording_id = client.start()
    api.set_status(recording_id, status)

    response = client.act(recording_id, action)

    assert response.status_code == 400
    assert response.json()["error"]["message"] == f"Can not {action} a recording that is {status}"
    assert client.one(recording_id)["status"] == status


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, '"action" is required'),
        ({"action": "halt"}, '"action" must be one of [stop, pause, resume]'),
        ({"action": "stop", "why": "x"}, '"why" is not allowed'),
    ],
)
def test_what_is_no_action(every, client, body, message) -> None:
    recording_id = client.start()

    response = client.put(f"/recordings/{recording_id}", json=body)

    assert (response.status_code, response.json()["error"]["message"]) == (422, message)


def test_a_meetings_settings_hold_for_what_starts_then(api, client) -> None:
    before = client.start()
    api.meeting("other", start_seconds=30, fails=True)
    after = client.start("other")

    api.advance(2)
    assert [client.one(before)["status"], client.one(after)["status"]] == ["RECORDING", "INVOKED"]
    api.advance(28)
    assert client.one(after)["status"] == "ERRORED"
    assert client.one(after)["stop_reason"]["reason"] == "INTERNAL_ERROR"


def test_it_ends_a_minute_after_the_last_has_left(every, client) -> None:
    every.meeting("meeting", upload_seconds=1_000)
    recording_id = client.start()
    every.meeting("meeting", participants=0)
    every.advance(50)
    assert client.one(recording_id)["status"] == "RECORDING"
    every.advance(10)
    assert client.one(recording_id)["status"] == "UPLOADING"
