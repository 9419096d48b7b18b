"""Meetings and their sessions. Nobody creates them: a meeting exists, and is live, until a control call says no."""

from __future__ import annotations

import math
import uuid
from typing import Annotated, Any, Literal

from pydantic import Field

from sandbox.api.recording import DownloadUrl, Fact

NotNegative = Annotated[float, Field(ge=0)]
PARTICIPANTS = 2
"""How many are in an unknown meeting."""


class Attendance(Fact):
    at: float
    participants: int


class Session(Fact):
    id: str
    started_at: float
    ended_at: float | None = None
    attendance: tuple[Attendance, ...]

    @property
    def participants(self) -> int:
        return self.attendance[-1].participants

    def emptied(self, after: float, seconds: float) -> float | None:
        """When, at `after` or later, nobody had been there for so many seconds; None where that has never been."""
        ends = [*(part.at for part in self.attendance[1:]), math.inf if self.ended_at is None else self.ended_at]
        for part, end in zip(self.attendance, ends, strict=True):
            moment = max(part.at, after) + seconds
            if part.participants == 0 and moment <= end:
                return moment
        return None


class MeetingSettings(Fact):
    """How recordings go that start in this meeting from now on. Times in seconds; None: the server's own settings."""

    start_seconds: NotNegative | None = None
    upload_seconds: NotNegative | None = None
    visible_seconds: NotNegative = 0.0
    """So long a recording is in no list, and no active one."""
    fails: bool = False
    """Whether it ends as ERRORED where it should be RECORDING."""
    stays_invoked: bool = False
    """Whether it stays INVOKED, session or not, until somebody stops it."""
    download_url: DownloadUrl | None = None
    """The shape of a track recording's; None: the dialect's."""


class Meeting(Fact):
    id: str
    title: str = "Sandbox meeting"
    status: Literal["ACTIVE", "INACTIVE"] = "ACTIVE"
    created_at: float
    updated_at: float
    sessions: tuple[Session, ...] = ()
    settings: MeetingSettings = MeetingSettings()

    @property
    def session(self) -> Session | None:
        """The live one."""
        return self.sessions[-1] if self.sessions and self.sessions[-1].ended_at is None else None

    def session_with(self, session_id: str) -> Session | None:
        return next((session for session in self.sessions if session.id == session_id), None)

    def begun(self, now: float, participants: int = PARTICIPANTS) -> Meeting:
        attendance = (Attendance(at=now, participants=participants),)
        session = Session(id=str(uuid.uuid4()), started_at=now, attendance=attendance)
        return self.model_copy(update={"sessions": (*self.sessions, session), "updated_at": now})

    def ended(self, now: float) -> Meeting:
        return self._with_session(now, participants=0, ended_at=now)

    def attended(self, now: float, participants: int) -> Meeting:
        return self._with_session(now, participants=participants, ended_at=None)

    def changed(self, sent: dict[str, Any]) -> Meeting:
        """With the title, status and settings that were sent."""
        facts: dict[str, Any] = {name: sent[name] for name in ("title", "status") if name in sent}
        settings = {name: value for name, value in sent.items() if name in MeetingSettings.model_fields}
        return self.model_copy(update={**facts, "settings": self.settings.model_copy(update=settings)})

    def _with_session(self, now: float, participants: int, ended_at: float | None) -> Meeting:
        session = self.sessions[-1]
        attendance = (*session.attendance, Attendance(at=now, participants=participants))
        session = session.model_copy(update={"attendance": attendance, "ended_at": ended_at})
        return self.model_copy(update={"sessions": (*self.sessions[:-1], session), "updated_at": now})


def unknown_meeting(meeting_id: str, now: float, *, live: bool = True) -> Meeting:
    meeting = Meeting(id=meeting_id, created_at=now, updated_at=now)
    return meeting.begun(now) if live else meeting
