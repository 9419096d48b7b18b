"""How a recording lives once it is decided on: begun when its meeting is live, brought to a status, ended."""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pulumi_realtimekit.api.client import Action, App, RecordingsApi
from pulumi_realtimekit.api.recordings import Recording
from pulumi_realtimekit.errors import (
    AnswerLost,
    ApiError,
    EngineGone,
    MeetingIdle,
    NotFound,
    NotReached,
    NotSent,
    RealtimeKitError,
    Refused,
    StartRefused,
    TooManyRequests,
    Unauthorized,
)
from pulumi_realtimekit.plugin.engine import Engine
from pulumi_realtimekit.plugin.start import Started, Starter

POLL_SECONDS: Final = (1.0, 1.0, 1.5, 2.0, 3.0, 5.0)
"""The pauses between polls, the last one for all that follow; shorter in proportion where a call's timeout is."""

LOOK_SECONDS: Final = 1
"""How long a poll may take, at the least, that begins shortly before the end of what it belongs to."""

STOP_SECONDS: Final = 60
"""How long a stop waits to see the recording no longer active; the service takes seconds."""

INVALID: Final = 422
"""The status by which the service refuses what was sent, whether the meeting is live or not."""

RECORDING_SECONDS: Final = 60
"""How long a pause waits to see the recording RECORDING; the service takes up to about 30 s."""


Look = Callable[[App, Recording, float], Recording]
"""A recording as it is now, looked at within so many seconds."""


def _has_begun(recording: Recording) -> bool:
    return recording.begun


class Life:
    """The verbs that a resource's calls are made of.

    meeting, wherever it is asked for, is what messages call a recording by.
    """

    def __init__(self, api: RecordingsApi, starter: Starter, engine: Engine) -> None:
        self._api, self._starter, self._engine = api, starter, engine

    def begin(self, app: App, body: Mapping[str, Any], options: Mapping[str, Any]) -> Started | None:
        """Starts a recording as `when_active` and `when_idle` say; None where it is deferred to a later `up`."""
        meeting, seconds = body["meeting_id"], options["wait_seconds"]
        pauses = self._pauses(seconds, f"meeting {meeting}: waiting for a live session")
        was_live = False
        while True:
            try:
                return self._starter.start(app, body, options["when_active"])
            except StartRefused as refused:
                refusal = refused.refusal
            if isinstance(refusal, Unauthorized | TooManyRequests) or refusal.status == INVALID:
                raise refusal
            if self._is_live(app, meeting, refusal):
                if was_live:
                    raise refusal
                was_live = True  # since when, nobody knows: the session may have begun after the refusal
                time.sleep(POLL_SECONDS[0] * self._api.rhythm)
            elif options["when_idle"] == "defer":
                return None
            elif options["when_idle"] == "fail":
                raise MeetingIdle(
                    f"meeting {meeting} has no live session, so it cannot be recorded ({refusal}). Begin the meeting "
                    "first, or declare when_idle: 'wait' waits for a session, 'defer' starts with a later `up`."
                )
            elif not self._becomes_live(app, meeting, pauses):
                raise MeetingIdle(
                    f"meeting {meeting} had no live session within {seconds:g} s (wait_seconds), so nothing was started"
                )

    def watch_start(self, app: App, meeting: str, recording: Recording, seconds: float, *, adopted: bool) -> Recording:
        """The recording once it is RECORDING, or as it is after so many seconds; no failure loses it.

        Raises EngineGone, after it has stopped what nobody would save; one that was adopted runs on as it did before.
        """
        what = f"meeting {meeting}: waiting for recording {recording.id} to be RECORDING"
        return self._poll(app, recording, what, seconds, _has_begun, self._look_of_new(app, meeting, adopted=adopted))

    def bring(
        self, action: Action, app: App, meeting: str, recording_id: str, *, adopted: bool | None = None
    ) -> Recording | None:
        """The recording once it is as the action makes it; None where the service does not know it.

        adopted: of one that no state has yet, whether it was found running; None of one that the state has.
        Raises EngineGone, for what no state has yet, as `watch_start` does.
        """
        if action == "stop":
            return self.end(app, meeting, recording_id)
        try:
            recording = self._api.recording(app, recording_id)
            if action == "resume":
                return self._act(app, recording_id, "resume", lambda seen: seen.status != "PAUSED")
            look = self._seen if adopted is None else self._look_of_new(app, meeting, adopted=adopted)
            return self._pause(app, meeting, recording, look)
        except NotFound:
            return None

    def require_engine(self, app: App, meeting: str, recording: Recording, *, adopted: bool) -> None:
        """Raises EngineGone for a recording that no state has yet, as `watch_start` does."""
        if not self._engine.is_present():
            raise self._abandoned(app, meeting, recording, adopted=adopted)

    def end(self, app: App, meeting: str, recording_id: str) -> Recording | None:
        """Stops a recording and sees it no longer active; None where the service does not know it. Ended is fine."""
        try:
            recording = self._poll(
                app,
                self._act(app, recording_id, "stop", lambda seen: not seen.active),
                f"meeting {meeting}: waiting for recording {recording_id} to stop",
                STOP_SECONDS,
                lambda seen: not seen.active,
                self._seen,
            )
            if recording.active:  # as far as was seen: looks may have had no time, where requests are held back
                recording = self._api.recording(app, recording_id)
        except NotFound:
            return None
        if recording.active:
            raise NotReached(
                f"meeting {meeting}: recording {recording_id} was told to stop, and is {recording.status} "
                f"{STOP_SECONDS} s later"
            )
        return recording

    def _pause(self, app: App, meeting: str, recording: Recording, look: Look) -> Recording:
        """Pauses, once it is RECORDING."""
        recording = self._poll(
            app,
            recording,
            f"meeting {meeting}: waiting for recording {recording.id} to be RECORDING, before it is paused",
            RECORDING_SECONDS,
            _has_begun,
            look,
        )
        if not recording.begun:
            raise NotReached(
                f"meeting {meeting}: recording {recording.id} is to be paused, and still is INVOKED "
                f"{RECORDING_SECONDS} s later"
            )
        if recording.status != "RECORDING":
            return recording
        return self._act(app, recording.id, "pause", lambda seen: seen.status != "RECORDING")

    def _look_of_new(self, app: App, meeting: str, *, adopted: bool) -> Look:
        """Looks at a recording that no state has yet, as long as there is an engine to save it."""

        def look(_: App, known: Recording, left: float) -> Recording:
            try:
                seen = self._seen(app, known, left)
            except ApiError:
                seen = known
            self.require_engine(app, meeting, seen, adopted=adopted)  # last: one that went meanwhile saves nothing
            return seen

        return look

    def _act(self, app: App, recording_id: str, action: Action, reached: Callable[[Recording], bool]) -> Recording:
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

    def _abandoned(self, app: App, meeting: str, recording: Recording, *, adopted: bool) -> EngineGone:
        if adopted:
            return EngineGone(
                f"meeting {meeting}: the engine is gone; recording {recording.id} was not started here, so it runs on"
            )
        try:
            self.end(app, meeting, recording.id)
        except RealtimeKitError as error:
            return EngineGone(f"the engine is gone, and recording {recording.id} could not be stopped: {error}")
        return EngineGone(f"meeting {meeting}: the engine is gone, so its recording {recording.id} was stopped again")

    def _is_live(self, app: App, meeting: str, refusal: Refused) -> bool:
        """Whether the meeting is live; where that cannot be known, the refusal stands for itself."""
        try:
            return self._api.is_live(app, meeting)
        except ApiError:
            raise refusal from None

    def _becomes_live(self, app: App, meeting: str, pauses: Iterator[float]) -> bool:
        for left in pauses:
            if not self._engine.is_present():
                raise EngineGone(f"meeting {meeting}: the engine is gone, so no recording was started")
            try:
                if self._api.is_live(app, meeting, timeout=left):
                    return True
            except Refused:
                raise
            except ApiError:
                continue  # there is time for another look
        return False

    def _poll(
        self,
        app: App,
        recording: Recording,
        what: str,
        seconds: float,
        reached: Callable[[Recording], bool],
        look: Look,
    ) -> Recording:
        """The recording once it is as wanted, or as it is after so many seconds."""
        if not reached(recording):
            for left in self._pauses(seconds, what):
                recording = look(app, recording, left)
                if reached(recording):
                    break
        return recording

    def _seen(self, app: App, known: Recording, left: float) -> Recording:
        """The recording as it is now; as it is known where the service could not be asked, or says nothing of it."""
        try:
            return self._api.recording(app, known.id, timeout=left)
        except (NotSent, AnswerLost, TooManyRequests):
            return known

    def _pauses(self, seconds: float, what: str) -> Iterator[float]:
        """Comes back after each pause, until so many seconds are over, and says what is waited for.

        Yields the seconds that are left for a look.
        """
        progress = self._engine.progress(what)
        until = time.monotonic() + seconds
        for pause in itertools.chain(POLL_SECONDS, itertools.repeat(POLL_SECONDS[-1])):
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(pause * self._api.rhythm, left))
            yield max(until - time.monotonic(), min(LOOK_SECONDS, self._api.timeout))
            progress.tick()
