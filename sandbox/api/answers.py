"""What the calls answer: recordings, meetings and sessions in a dialect's words, and the two envelopes of errors."""

from __future__ import annotations

from typing import Any, Literal

from starlette.responses import JSONResponse, Response

from sandbox.api.clock import timestamp
from sandbox.api.dialects import Dialect
from sandbox.api.files import URL_SECONDS, download_url, output_file_name
from sandbox.api.life import Life
from sandbox.api.meeting import Meeting, Session
from sandbox.api.recording import Recording

COMPOSITE_BYTES_PER_SECOND = 125_000
CALLER = {"type": "ORGANIZATION", "name": "Sandbox", "user_Id": None}


def success(data: object, **more: object) -> Response:
    return JSONResponse({"success": True, "data": data, **more})


def service_error(status: int, message: str) -> Response:
    """The envelope of RealtimeKit itself."""
    return JSONResponse({"success": False, "error": {"code": status, "message": message}}, status)


def gateway_error(status: int, code: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """The envelope of what stands before it: tokens, routes, limits."""
    body = {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}
    return JSONResponse(body, status, headers)


def one(recording: Recording, life: Life, dialect: Dialect) -> dict[str, Any]:
    """A recording asked for by its id, or just started, paused, resumed or stopped."""
    answer = _recording(recording, life, dialect)
    if dialect.type_in_one == "filled":
        answer["type"] = recording.kind
    return {
        **answer,
        "start_reason": {"reason": "API_CALL", "caller": CALLER},
        "stop_reason": _stop_reason(life),
        "storage_config": _storage(recording),
    }


def started(recording: Recording, life: Life, dialect: Dialect) -> Response:
    answer = {**one(recording, life, dialect), "type": recording.kind, "meeting_id": recording.meeting_id}
    if dialect.started == "empty":
        return Response()
    return success({"recording": answer} if dialect.started == "nested" else answer)


def listed(recording: Recording, life: Life, meeting: Meeting, dialect: Dialect) -> dict[str, Any]:
    answer = _recording(recording, life, dialect)
    if dialect.type_in_lists != "absent":
        answer["type"] = recording.kind if dialect.type_in_lists == "filled" else ""
    return {**answer, "meeting": meeting_answer(meeting), "storage_config": _storage(recording)}


def meeting_answer(meeting: Meeting) -> dict[str, Any]:
    return {
        "id": meeting.id,
        "title": meeting.title,
        "status": meeting.status,
        "created_at": timestamp(meeting.created_at),
        "updated_at": timestamp(meeting.updated_at),
        "record_on_start": False,
        "live_stream_on_start": False,
        "persist_chat": False,
        "summarize_on_end": False,
    }


def session_answer(session: Session, meeting: Meeting, app_id: str) -> dict[str, Any]:
    status: Literal["LIVE", "ENDED"] = "LIVE" if session.ended_at is None else "ENDED"
    return {
        "id": session.id,
        "associated_id": meeting.id,
        "meeting_display_name": meeting.title,
        "organization_id": app_id,
        "type": "meeting",
        "status": status,
        "live_participants": session.participants,
        "max_concurrent_participants": max(part.participants for part in session.attendance),
        "started_at": timestamp(session.started_at),
        "ended_at": _time(session.ended_at),
        "created_at": timestamp(session.started_at),
        "updated_at": timestamp(session.attendance[-1].at),
        "breakout_rooms": [],
    }


def paging(total: int, first: int, count: int) -> dict[str, int]:
    """Offsets count from 1; both are 0 where a page is empty."""
    return {
        "total_count": total,
        "start_offset": first + 1 if count else 0,
        "end_offset": first + count if count else 0,
    }


def _recording(recording: Recording, life: Life, dialect: Dialect) -> dict[str, Any]:
    uploaded = life.status == "UPLOADED" and life.started_at is not None
    url = download_url(recording, dialect) if uploaded else None
    answer = {
        "id": recording.id,
        "status": life.status,
        "session_id": recording.session_id,
        "output_file_name": output_file_name(recording, dialect),
        "invoked_time": timestamp(recording.invoked_at),
        "started_time": _time(life.started_at),
        "stopped_time": _time(life.stopped_at),
        "recording_duration": None if life.stopped_at is None else int(life.recorded_before),
        "file_size": _file_size(recording, life, uploaded=uploaded),
        "download_url": url,
        "download_url_expiry": None if url is None else timestamp(life.since + URL_SECONDS),
        "audio_download_url": None,
    }
    return {**answer, "meeting_id": recording.meeting_id} if dialect.meeting_id else answer


def _file_size(recording: Recording, life: Life, *, uploaded: bool) -> int | None:
    if recording.kind == "TRACK":
        return 0
    return int(life.recorded_before * COMPOSITE_BYTES_PER_SECOND) if uploaded else None


def _stop_reason(life: Life) -> dict[str, Any] | None:
    if life.stop_reason is None:
        return None
    return {"reason": life.stop_reason, "caller": CALLER if life.stop_reason == "API_CALL" else None}


def _storage(recording: Recording) -> dict[str, Any] | None:
    if recording.kind == "COMPOSITE":
        return recording.storage_config
    outputs = (output for layer in recording.layers.values() for output in layer.outputs)
    return next((output.storage_config for output in outputs if output.storage_config is not None), None)


def _time(moment: float | None) -> str | None:
    return None if moment is None else timestamp(moment)
