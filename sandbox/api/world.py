"""Meetings and recordings at this moment: the facts of the store seen by the clock."""

from __future__ import annotations

from sandbox.api.clock import Clock
from sandbox.api.dialects import DIALECTS
from sandbox.api.life import Life, life_at
from sandbox.api.meeting import Meeting, unknown_meeting
from sandbox.api.recording import Recording
from sandbox.api.settings import Settings
from sandbox.api.store import Store


class World:
    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.dialect = DIALECTS[settings.dialect]
        self.clock = Clock(store.advanced)

    def meeting(self, meeting_id: str) -> Meeting:
        """An unknown meeting is live, from now on."""
        meeting = self.store.meeting(meeting_id)
        if meeting is None:
            meeting = unknown_meeting(meeting_id, self.clock.now())
            self.store.save_meeting(meeting)
        return meeting

    def life(self, recording: Recording) -> Life:
        meeting = self.store.meeting(recording.meeting_id)
        session = None if meeting is None else meeting.session_with(recording.session_id)
        return life_at(recording, session, self.clock.now())
