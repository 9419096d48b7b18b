"""How a recording lives once it is decided on: begun when its meeting is live, brought to a status, ended."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi_realtimekit._api import (
    AlreadyRecording,
    ApiError,
    App,
    NotFound,
    Recording,
    RecordingsApi,
    Refused,
    TooManyRequests,
    Unauthorized,
)
from pulumi_realtimekit._engine import Engine, EngineGone, Progress
from pulumi_realtimekit._start import Started, Starter
from pulumi_realtimekit._told import Told

POLL_SECONDS: Final = 1.0
STOP_SECONDS: Final = 60
"""How long a stop waits to see the recording no longer active; the service takes seconds."""

RECORDING_SECONDS: Final = 60
"""How long a pause waits to see the recording RECORDING; the service takes up to about 30 s."""


class MeetingIdle(Told):
    """The meeting has no live session."""


class StillActive(Told):
    """A recording that was told to stop or pause did not within the time that it may take."""


class Life:
    """The verbs that a resource's calls are made of."""

    def __init__(self, api: RecordingsApi, starter: Starter, engine: Engine) -> None:
        self._api, self._starter, self._engine = api, starter, engine

    def begin(self, app: App, body: Mapping[str, Any], options: Mapping[str, Any]) -> Started | None:
        """Starts a recording as `when_active` and `when_idle` say; None where it is deferred to a later `up`."""
        until = time.monotonic() + options["wait_seconds"]
        meeting = body["meeting_id"]
        progress = self._engine.progress(f"meeting {meeting}: waiting for a live session")
        while True:
            try:
                return self._starter.start(app, body, options["when_active"])
            except (Unauthorized, AlreadyRecording, TooManyRequests):
                raise
            except Refused as refusal:
                if self._is_live(app, meeting, refusal):
                    raise
                if options["when_idle"] == "defer":
                    return None
                if options["when_idle"] == "fail":
                    raise MeetingIdle(
                        f"meeting {meeting} has no live session, so it cannot be recorded ({refusal}). Begin the "
                        "meeting first, or declare when_idle: 'wait' waits for a session, 'defer' starts with "
                        "a later `up`."
                    ) from None
            self._wait_for_session(app, meeting, until, options["wait_seconds"], progress)

    def watch_start(self, app: App, recording: Recording, seconds: float) -> Recording:
        """The recording once it is RECORDING, or as it is after so many seconds; no failure loses it."""
        progress = self._engine.progress(f"recording {recording.id}: waiting for RECORDING")
        until = time.monotonic() + seconds
        while recording.status == "INVOKED" and time.monotonic() < until:
            time.sleep(min(POLL_SECONDS, max(0.0, until - time.monotonic())))
            if not self._engine.is_present():
                self.end(app, recording.id)
                raise EngineGone(f"the engine is gone, so recording {recording.id} was stopped again")
            try:
                recording = self._api.recording(app, recording.id)
            except ApiError:
                continue
            progress.tick()
        return recording

    def pause(self, app: App, recording: Recording) -> Recording:
        """Pauses, once it is RECORDING."""
        recording = self._poll(
            app,
            recording,
            f"recording {recording.id}: waiting for RECORDING before it is paused",
            RECORDING_SECONDS,
            lambda seen: seen.status != "INVOKED",
        )
        if recording.status != "RECORDING":
            return recording
        return self._act(app, recording.id, "pause", lambda seen: seen.status != "RECORDING")

    def resume(self, app: App, recording: Recording) -> Recording:
        return self._act(app, recording.id, "resume", lambda seen: seen.status != "PAUSED")

    def end(self, app: App, recording_id: str) -> Recording | None:
        """Stops a recording and sees it no longer active; None where the service does not know it. Ended is fine."""
        try:
            recording = self._act(app, recording_id, "stop", lambda seen: not seen.active)
            recording = self._poll(
                app,
                recording,
                f"recording {recording_id}: waiting for it to stop",
                STOP_SECONDS,
                lambda seen: not seen.active,
            )
        except NotFound:
            return None
        if recording.active:
            raise StillActive(
                f"recording {recording_id} was told to stop, and is {recording.status} {STOP_SECONDS} s later"
            )
        return recording

    def _act(self, app: App, recording_id: str, action: Any, reached: Callable[[Recording], bool]) -> Recording:
        """An action whose refusal is no failure where the recording is already as wanted: done before, or ended."""
        try:
            return self._api.act(app, recording_id, action)
        except (Unauthorized, TooManyRequests, NotFound):
            raise
        except Refused:
            recording = self._api.recording(app, recording_id)
            if not reached(recording):
                raise
            return recording

    def _poll(
        self, app: App, recording: Recording, what: str, seconds: float, reached: Callable[[Recording], bool]
    ) -> Recording:
        progress = self._engine.progress(what)
        until = time.monotonic() + seconds
        while not reached(recording) and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
            recording = self._api.recording(app, recording.id)
            progress.tick()
        return recording

    def _is_live(self, app: App, meeting: str, refusal: Refused) -> bool:
        try:
            return self._api.is_live(app, meeting)
        except ApiError:
            raise refusal from None

    def _wait_for_session(self, app: App, meeting: str, until: float, seconds: float, progress: Progress) -> None:
        while time.monotonic() < until:
            time.sleep(min(POLL_SECONDS, max(0.0, until - time.monotonic())))
            if not self._engine.is_present():
                raise EngineGone(f"meeting {meeting}: the engine is gone, so no recording was started")
            if self._api.is_live(app, meeting):
                return
            progress.tick()
        raise MeetingIdle(
            f"meeting {meeting} had no live session within {seconds:g} s (wait_seconds), so nothing was started"
        )
