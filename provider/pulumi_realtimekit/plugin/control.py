"""Stopping, pausing and resuming a recording, and waiting until the service has done it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pulumi_realtimekit.errors import (
    AnswerLost,
    ApiError,
    EngineGone,
    NotFound,
    NotReached,
    NotSent,
    RealtimeKitError,
    Refused,
    TooManyRequests,
    Unauthorized,
)
from pulumi_realtimekit.plugin.single_start import LEAST_SECONDS, LOOK_BACK

if TYPE_CHECKING:
    from pulumi_realtimekit.api.client import Action, App, RecordingsApi
    from pulumi_realtimekit.api.recordings import Recording
    from pulumi_realtimekit.plugin.engine import Engine

STOP_SECONDS: Final = 60
"""How long a stop waits to see the recording inactive; the service takes seconds."""

RECORDING_SECONDS: Final = 60
"""How long a pause waits to see the recording RECORDING; the service takes up to about 30 s."""


class Control:
    """The actions on the recordings of a meeting.

    meeting: what messages call the recording by.
    adopted: of a recording that no state has yet, whether it was taken over; None where the state has the recording.
    """

    def __init__(
        self, api: RecordingsApi, engine: Engine, app: App, meeting: str, *, adopted: bool | None = None
    ) -> None:
        self._api, self._engine, self._app = api, engine, app
        self._meeting, self._adopted = meeting, adopted
        self._has_listed = False
        self.others: list[Recording] = []
        """Other active track recordings of the meeting, as far as a look has shown them."""
        self.had_ended = False
        """Whether the recording had ended before an action on it."""

    def wait_until_recording(self, recording: Recording, seconds: float) -> Recording:
        """The recording once it is RECORDING, or as it is after so many seconds. Raises EngineGone."""
        what = f"meeting {self._meeting}: waiting for recording {recording.id} to be RECORDING"
        return self._wait(recording, what, seconds, lambda seen: seen.begun, is_saved=self._adopted is None)

    def act(self, action: Action, recording_id: str) -> Recording | None:
        """The recording after the action; None where the service does not know it. Raises: NotReached; EngineGone."""
        try:
            if action == "stop":
                return self.stop(recording_id)
            if action == "resume":
                return self._act(recording_id, "resume", lambda seen: seen.status != "PAUSED")
            return self._pause(self._api.recording(self._app, recording_id))
        except NotFound:
            return None

    def stop(self, recording_id: str) -> Recording | None:
        """Stops a recording and sees it inactive; None where the service does not know it. Raises NotReached.

        A recording that has ended is no error.
        """
        what = f"meeting {self._meeting}: waiting for recording {recording_id} to stop"
        try:
            recording = self._act(recording_id, "stop", lambda seen: not seen.active)
            recording = self._wait(recording, what, STOP_SECONDS, lambda seen: not seen.active, is_saved=True)
            if recording.active:  # as far as is known: looks may have had no time, where requests are held back
                recording = self._api.recording(self._app, recording_id)
        except NotFound:
            return None
        if recording.active:
            raise NotReached(
                f"meeting {self._meeting}: recording {recording_id} was told to stop, and is {recording.status} "
                f"{STOP_SECONDS} s later"
            )
        return recording

    def require_engine(self, recording: Recording) -> None:
        """Stops a recording that was started here and that no engine is left to save. Raises EngineGone."""
        if self._adopted is None or self._engine.is_present():
            return
        if self._adopted:
            raise EngineGone(
                f"meeting {self._meeting}: the engine is gone; recording {recording.id} was not started here, so it "
                "runs on"
            )
        try:
            self.stop(recording.id)
        except RealtimeKitError as error:
            raise EngineGone(
                f"meeting {self._meeting}: the engine is gone, and recording {recording.id} could not be stopped: "
                f"{error}"
            ) from None
        raise EngineGone(
            f"meeting {self._meeting}: the engine is gone, so its recording {recording.id} was stopped again"
        )

    def _pause(self, recording: Recording) -> Recording:
        """Pauses, once it is RECORDING."""
        what = f"meeting {self._meeting}: waiting for recording {recording.id} to be RECORDING, before it is paused"
        recording = self._wait(
            recording, what, RECORDING_SECONDS, lambda seen: seen.begun, is_saved=self._adopted is None
        )
        if not recording.begun:
            raise NotReached(
                f"meeting {self._meeting}: recording {recording.id} is to be paused, and still is INVOKED "
                f"{RECORDING_SECONDS} s later"
            )
        if recording.status != "RECORDING":
            return recording
        return self._act(recording.id, "pause", lambda seen: seen.status != "RECORDING")

    def _act(self, recording_id: str, action: Action, reached: Callable[[Recording], bool]) -> Recording:
        """An action; its refusal is no failure where the recording is already as wanted: done before, or ended."""
        try:
            return self._api.act(self._app, recording_id, action)
        except (Unauthorized, TooManyRequests, NotFound):
            raise
        except Refused:
            recording = self._api.recording(self._app, recording_id)
            if not reached(recording):
                raise
            self.had_ended = not recording.active
            return recording

    def _wait(
        self,
        recording: Recording,
        what: str,
        seconds: float,
        reached: Callable[[Recording], bool],
        *,
        is_saved: bool,
    ) -> Recording:
        """The recording once it is as wanted, or as it is after so many seconds.

        is_saved: otherwise it takes an engine to save it, and nothing that a look raises may lose it.
        """
        if reached(recording):
            return recording
        for left in self._engine.waits(what, seconds, self._api.pause_scale):
            try:
                recording = self._look(recording, max(left, LEAST_SECONDS))
            except (NotSent, AnswerLost, TooManyRequests):
                pass  # it is as it was, as far as is known
            except ApiError:
                if is_saved:
                    raise
            if not is_saved:
                self.require_engine(recording)
            if reached(recording):
                break
        return recording

    def _look(self, recording: Recording, timeout: float) -> Recording:
        """The recording as it is now. The first look at a new one is at the meeting's list, which shows others, too."""
        if self._adopted is not False or self._has_listed:
            return self._api.recording(self._app, recording.id, timeout=timeout)
        self._has_listed = True
        listed = self._api.recordings(self._app, self._meeting, look_back=LOOK_BACK, timeout=timeout)
        self.others = [one for one in listed if one.active and one.kind == "track" and one.id != recording.id]
        return next((one for one in listed if one.id == recording.id), recording)
