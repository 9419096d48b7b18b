"""The life of a track recording, as the calls that a Pulumi provider answers; the same for every door.

Values are plain dictionaries in the spelling of the API. What in them is a secret, `inputs.with_secrets_marked` says.
"""

from __future__ import annotations

import os
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_realtimekit.checks.warnings import warnings
from pulumi_realtimekit.declarations.recording import ARGUMENTS, PENDING_PREFIX
from pulumi_realtimekit.errors import (
    ApiError,
    EngineGone,
    NotFound,
    NotToBeTakenOver,
    RealtimeKitError,
    Shared,
    UnknownRecording,
)
from pulumi_realtimekit.plugin import changes, inputs, notices, state
from pulumi_realtimekit.plugin.changes import Change, declared
from pulumi_realtimekit.plugin.connection import Connection
from pulumi_realtimekit.plugin.control import Control
from pulumi_realtimekit.plugin.engine import Engine
from pulumi_realtimekit.plugin.notices import Notice
from pulumi_realtimekit.plugin.ownership import Claims, adoption_of
from pulumi_realtimekit.plugin.single_start import LOOK_BACK, Start, Started

if TYPE_CHECKING:
    from pulumi_realtimekit.api.client import App
    from pulumi_realtimekit.api.recordings import Recording
    from pulumi_realtimekit.checks.problems import Problem


class Lifecycle:
    """The calls of one configured provider.

    get: answers for a namespaced config key. A wrong config is reported by the first call that needs it, since what
    configuring raises would be shown as a bug, once for every resource. is_current: see `Connection`.
    """

    def __init__(self, get: Callable[[str], Any], engine: Engine, *, is_current: bool = False) -> None:
        self.connection = Connection(get, engine, is_current=is_current)
        self._engine, self._claims = engine, Claims()
        self._refreshed: Counter[str] = Counter()
        self._read: set[str] = set()
        self._refreshing = threading.Lock()
        self._warned: set[str] = set()

    def check(
        self, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], list[Problem]]:
        """Checked inputs, or every mistake in them and in the config; olds: the last checked inputs."""
        with self._refreshing:
            self._refreshed.clear()  # a program runs: from now on, its declarations are compared
        mistakes = self.connection.mistakes
        if mistakes:
            return dict(news), mistakes
        checked, mistakes = inputs.check(news, self.connection.config, olds)
        if not mistakes and not inputs.is_unknown(checked["layers"]):
            self._warn({**inputs.request(checked, self.connection.config), "account_id": checked["account_id"]})
        return checked, mistakes

    def diff(self, recording_id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Change:
        """What the difference between the old outputs and the new inputs means.

        Where another resource has the recording, too, this one may be replaced or removed, and `update` refuses it.
        A refresh compares all of the state, also what the program no longer declares, so it claims nothing.
        """
        is_own = self._is_refreshed(recording_id) or self._keeps(recording_id, olds)
        change = changes.decide(recording_id, olds, news, lambda: self._is_live(news))
        if change.step == "replace":
            return change
        if recording_id not in self._read:
            self._say(olds, recording_id, notices.of_state(olds))
        return change if is_own else Change("update", ("id",))

    def create(self, checked: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The recording's id and outputs; the id of a pending resource where nothing was started."""
        app, arguments = self.connection.app(checked), inputs.without_secrets(checked)
        started = self._started(app, checked)
        if started is None:
            return f"{PENDING_PREFIX}{os.urandom(6).hex()}", state.pending(arguments)
        recording = self._settled(started, checked)
        known = state.new_take_over() if started.adopted else {}
        return recording.id, state.of_recording(recording, arguments, known)

    def read(self, recording_id: str, olds: Mapping[str, Any]) -> dict[str, Any] | None:
        """The outputs as the service says them now; None where it no longer knows the recording.

        olds: the outputs so far; none where the recording is looked up (`TrackRecording.get`).
        Raises: UnknownRecording where one that is looked up does not exist.
        """
        if recording_id.startswith(PENDING_PREFIX):
            return dict(olds)
        is_looked_up = "status" not in olds
        if not is_looked_up:
            with self._refreshing:
                self._refreshed[recording_id] += 1
                self._read.add(recording_id)
        app = self.connection.app(olds)
        try:
            with _named(recording_id, olds):
                recording = self.connection.api.recording(app, recording_id)
        except NotFound:
            if is_looked_up:
                raise UnknownRecording(f"the service knows no recording {recording_id} in app {app.app_id}") from None
            self._look_for_others(olds, recording_id, "is not known to the service any more")
            return None
        if not is_looked_up:
            self._say(olds, recording_id, notices.of_read(olds, recording))
            if not recording.active:
                self._look_for_others(olds, recording_id, "has ended")
        arguments = {"account_id": app.account_id, "app_id": app.app_id}
        arguments |= {name: olds[name] for name in ARGUMENTS if name in olds}
        if "meeting_id" not in arguments and recording.meeting_id:
            arguments["meeting_id"] = recording.meeting_id
        return state.of_recording(recording, arguments, olds)

    def look_up(self, recording_id: str) -> Recording:
        """A recording of the provider's app that no state has, with its meeting.

        Raises: UnknownRecording; NotToBeTakenOver where it is none of the track recordings.
        """
        app = self.connection.app({})
        try:
            with _named(recording_id, {}):
                recording = self.connection.api.recording(app, recording_id)
        except NotFound:
            raise UnknownRecording(f"the service knows no recording {recording_id} in app {app.app_id}") from None
        if recording.kind == "other":
            raise NotToBeTakenOver(f"recording {recording_id} is no track recording")
        meeting = recording.meeting_id or self.connection.api.meeting_of(app, recording_id)
        if meeting is None:
            raise NotToBeTakenOver(f"the service does not say which meeting recording {recording_id} is of")
        return replace(recording, meeting_id=meeting)

    def update(self, recording_id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs after a change in place: a pause, resume or stop, or a change that concerns only the declaration.

        Raises: Shared where another resource has the recording, too; UnknownRecording.
        """
        if not self._keeps(recording_id, olds):
            raise Shared(
                f"recording {recording_id} belongs to two resources of this stack, one of which took it over; a "
                "meeting has one. Remove that one from the program: the other goes on with the recording."
            )
        arguments, action = inputs.without_secrets(news), changes.action(olds, news)
        if action is None:
            return state.of_declaration(arguments, olds)
        with _named(recording_id, news):
            recording = self._control(news).act(action, recording_id)
        if recording is None:
            raise UnknownRecording(
                f"the service no longer knows recording {recording_id}; `pulumi refresh` drops it from the state, and "
                "the next `up` starts another"
            )
        return state.of_recording(recording, arguments, olds)

    def delete(self, recording_id: str, olds: Mapping[str, Any]) -> None:
        """Stops the recording, and returns when it is no longer active.

        From then on neither it nor the recording that the resource once took over is taken over again: a replacement
        starts another.
        """
        if not recording_id.startswith(PENDING_PREFIX):
            if self._claims.belongs_to_another(recording_id, adoption_of(olds)):
                self._engine.say(
                    f"recording {recording_id} belongs to another resource of this stack, so it runs on: this one was "
                    "renamed, or replaced without its option delete_before_replace; nothing was restarted",
                    "warning",
                )
                return
            control = self._control(olds)
            with _named(recording_id, olds):
                stopped = control.stop(recording_id)
            self._claims.end(recording_id)
            if stopped is None or control.had_ended:
                why = "had ended" if stopped else "is not known to the service any more"
                self._look_for_others(olds, recording_id, why)
        if olds.get("recording_id"):
            self._claims.end(olds["recording_id"])

    def _started(self, app: App, checked: Mapping[str, Any]) -> Started | None:
        """A recording that was started or taken over; None where a later `up` is to start one."""
        declared_id = checked.get("recording_id")
        if declared_id is not None and not self._is_over(app, declared_id):
            return Started(self._take_over(app, checked["meeting_id"], declared_id), adopted=True)
        if declared(checked, "desired_status") == "STOPPED":
            return None
        body = inputs.request(checked, self.connection.config)
        start = Start(self.connection.api, self._engine, self._claims, app, body, declared(checked, "when_active"))
        return start.begin(declared(checked, "when_idle"), declared(checked, "wait_seconds"))

    def _settled(self, started: Started, checked: Mapping[str, Any]) -> Recording:
        """The recording in its desired status. Its id has to be saved, so no failure but EngineGone is raised."""
        recording, meeting = started.recording, checked["meeting_id"]
        control = self._control(checked, adopted=started.adopted)
        try:
            recording = control.wait_until_recording(recording, declared(checked, "start_seconds"))
            action = changes.action({"status": recording.status, "stopped_time": recording.stopped_time}, checked)
            if action:
                recording = control.act(action, recording.id) or recording
                control.require_engine(recording)
        except EngineGone:
            raise
        except Exception as error:
            why = str(error) if isinstance(error, RealtimeKitError) else traceback.format_exc()
            self._engine.say(
                f"meeting {meeting}: recording {recording.id} is not {declared(checked, 'desired_status')} yet: "
                f"{why}. The next `up` tries again.",
                "warning",
            )
        self._say(checked, recording.id, notices.of_start(recording, declared(checked, "start_seconds")))
        self._say_others(checked, recording.id, control.others, "was started here")
        return recording

    def _is_over(self, app: App, declared_id: str) -> bool:
        """Whether a declared recording is one that the resource itself had and that was ended: another is started.

        By this run, or by an earlier one that was interrupted before it started the other.
        """
        if self._claims.has_ended(declared_id):
            return True
        if not self._claims.was_declared(declared_id):
            return False
        try:
            return not self.connection.api.recording(app, declared_id).active
        except NotFound:
            return True

    def _take_over(self, app: App, meeting: str, recording_id: str) -> Recording:
        if not self._claims.take(recording_id, taken_over=True):
            raise NotToBeTakenOver(f"recording_id: {recording_id} belongs to another resource of this stack")
        try:
            recording = self._declared_recording(app, meeting, recording_id)
        except Exception:
            self._claims.release(recording_id)
            raise
        what = (
            f"is {recording.status}" if recording.active else f"{notices.ended(recording)}: nothing is recorded by it"
        )
        self._engine.say(
            f"took over recording {recording_id}, which {what}; its layers and limits are what its own start asked "
            "for, not what is declared here.",
            "warning",
        )
        return recording

    def _declared_recording(self, app: App, meeting: str, recording_id: str) -> Recording:
        """The recording that `recording_id` names. What the service does not say about it counts as right."""
        try:
            recording = self.connection.api.recording(app, recording_id)
        except NotFound:
            raise UnknownRecording(
                f"recording_id: the service knows no recording {recording_id} in app {app.app_id}; remove recording_id "
                "to start another"
            ) from None
        if recording.kind == "other":
            raise NotToBeTakenOver(f"recording_id: {recording_id} is no track recording")
        if recording.meeting_id not in (None, meeting):
            raise NotToBeTakenOver(
                f"recording_id: {recording_id} is a recording of meeting {recording.meeting_id}, not of {meeting}"
            )
        return recording

    def _look_for_others(self, olds: Mapping[str, Any], recording_id: str, why: str) -> None:
        """Looks for what is recording in place of a recording that has ended, or that the service does not know."""
        meeting = olds.get("meeting_id")
        if not meeting:
            return
        try:
            listed = self.connection.api.recordings(self.connection.app(olds), meeting, look_back=LOOK_BACK)
        except ApiError as error:
            self._say(
                olds, recording_id, [Notice("warning", f"{why}; whether another is active is not known: {error}")]
            )
        else:
            active = [one for one in listed if one.active and one.kind == "track" and one.id != recording_id]
            self._say_others(olds, recording_id, active, why)

    def _say_others(self, values: Mapping[str, Any], recording_id: str, others: list[Recording], why: str) -> None:
        unknown = [one for one in others if one.id not in self._claims and not self._claims.has_ended(one.id)]
        self._say(values, recording_id, [notices.of_other(other, why) for other in unknown])

    def _say(self, values: Mapping[str, Any], recording_id: str, found: Iterable[Notice]) -> None:
        for severity, text in found:
            self._engine.say(f"meeting {_meeting(values)}: recording {recording_id} {text}", severity)

    def _control(self, values: Mapping[str, Any], *, adopted: bool | None = None) -> Control:
        """adopted: see `Control`."""
        return Control(
            self.connection.api, self._engine, self.connection.app(values), _meeting(values), adopted=adopted
        )

    def _is_live(self, checked: Mapping[str, Any]) -> bool:
        return self.connection.api.is_live(self.connection.app(checked), checked["meeting_id"])

    def _warn(self, recording: Mapping[str, Any]) -> None:
        """Says what is probably wrong with a recording, once: a replacement is checked twice."""
        for problem in warnings(recording):
            message = f"meeting {_meeting(recording)}: {problem}"
            if message not in self._warned:
                self._warned.add(message)
                self._engine.say(message, "warning")

    def _is_refreshed(self, recording_id: str) -> bool:
        """Whether it was read just now: each read of a refresh is followed by one comparison."""
        with self._refreshing:
            is_refreshed = self._refreshed[recording_id] > 0
            self._refreshed[recording_id] -= is_refreshed
        return is_refreshed

    def _keeps(self, recording_id: str, olds: Mapping[str, Any]) -> bool:
        return self._claims.keep(recording_id, adoption_of(olds), olds.get("recording_id"))


@contextmanager
def _named(recording_id: str, values: Mapping[str, Any]) -> Iterator[None]:
    """Names the recording in what a failed call says: the engine shows no more than the resource's name with it."""
    try:
        yield
    except NotFound:
        raise
    except ApiError as error:
        raise RealtimeKitError(f"meeting {_meeting(values)}: recording {recording_id}: {error}") from None


def _meeting(values: Mapping[str, Any]) -> str:
    return str(values.get("meeting_id") or "not named")
