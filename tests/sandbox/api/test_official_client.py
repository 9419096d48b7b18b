"""The official Python client against the sandbox: what it sends is taken, what it gets it can read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cloudflare import Cloudflare, ConflictError, NotFoundError
from cloudflare.resources.realtime_kit import RealtimeKitResource

WHERE = {"account_id": "account"}
BOTH = {**WHERE, "app_id": "app"}
LAYERS: Any = {"default": {"file_name_prefix": "speaker", "outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}


@pytest.fixture
def kit(every) -> Iterator[RealtimeKitResource]:
    with Cloudflare(api_token=every.token, base_url=every.base_url, max_retries=0) as cloudflare:
        yield cloudflare.realtime_kit


def test_a_whole_life(every, kit) -> None:
    started = kit.recordings.start_track_recording("app", **WHERE, meeting_id="meeting", layers=LAYERS)
    (recording,) = every.recordings()
    if every.dialect == "documented":
        assert started.success is True
        assert started.data.recording.id == recording["id"]
        assert started.data.recording.status == "INVOKED"
    every.advance(2)
    assert kit.recordings.get_one_recording(recording["id"], **BOTH).data.status == "RECORDING"
    assert kit.recordings.get_active_recordings("meeting", **BOTH).data.id == recording["id"]

    def act(action: Any) -> Any:
        return kit.recordings.pause_resume_stop_recording(recording["id"], **BOTH, action=action).data

    every.advance(10)
    assert act("pause").status == "PAUSED"
    assert act("resume").status == "RECORDING"
    assert act("stop").stop_reason.reason == "API_CALL"
    with pytest.raises(NotFoundError):
        kit.recordings.get_active_recordings("meeting", **BOTH)
    every.advance(2)

    listed = kit.recordings.get_recordings(
        "app", **WHERE, meeting_id="meeting", status=["UPLOADED", "ERRORED"], sort_by="invokedTime", page_no=1
    )
    assert listed.success is True
    assert listed.paging.total_count == 1
    assert listed.data[0].status == "UPLOADED"
    assert listed.data[0].invoked_time.year > 2000
    assert listed.data[0].meeting.id == "meeting"


def test_meetings_and_sessions(every, kit) -> None:
    assert kit.meetings.get_meeting_by_id("meeting", **BOTH).data.status == "ACTIVE"
    session = kit.active_session.get_active_session("meeting", **BOTH).data
    assert (session.status, session.associated_id, session.live_participants) == ("LIVE", "meeting", 2)
    every.meeting("meeting", live=False)
    with pytest.raises(NotFoundError):
        kit.active_session.get_active_session("meeting", **BOTH)
    sessions = kit.sessions.get_sessions("app", **WHERE, associated_id="meeting", status="ENDED")
    assert [one.id for one in sessions.data.sessions] == [session.id]


def test_its_retries_start_a_second_recording_where_an_answer_is_lost(every) -> None:
    """Why nobody should start recordings with it: the reason for this project, shown."""
    every.fault("drop_after", path="/recordings/track")

    with Cloudflare(api_token=every.token, base_url=every.base_url) as cloudflare:
        start = cloudflare.realtime_kit.recordings.start_track_recording
        if every.dialect == "live":
            with pytest.raises(ConflictError):
                start("app", **WHERE, meeting_id="meeting", layers=LAYERS)
        else:
            start("app", **WHERE, meeting_id="meeting", layers=LAYERS)

    assert len(every.recordings()) == (1 if every.dialect == "live" else 2)
