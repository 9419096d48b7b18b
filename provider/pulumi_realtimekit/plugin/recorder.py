"""The resource's calls on the service: a recording created, read, updated and deleted."""

from collections.abc import Mapping
from typing import Any

from pulumi_realtimekit import standard_error as _standard_error
from pulumi_realtimekit.api.client import App, RecordingsApi
from pulumi_realtimekit.api.recordings import Recording
from pulumi_realtimekit.declarations import settings as _config
from pulumi_realtimekit.declarations.recording import ARGUMENTS
from pulumi_realtimekit.errors import EngineGone, NotFound, NotToBeTakenOver, RealtimeKitError, UnknownRecording
from pulumi_realtimekit.plugin import changes as _changes
from pulumi_realtimekit.plugin import inputs as _checked
from pulumi_realtimekit.plugin import outputs as _outputs
from pulumi_realtimekit.plugin.changes import declared
from pulumi_realtimekit.plugin.engine import Engine
from pulumi_realtimekit.plugin.lifecycle import Life
from pulumi_realtimekit.plugin.ownership import Claims, adoption_of
from pulumi_realtimekit.plugin.start import Starter


class Recorder:
    """Does what a resource's calls mean.

    config: of the provider; storages' credentials are taken from it at each start.
    """

    def __init__(self, api: RecordingsApi, engine: Engine, claims: Claims, config: Mapping[str, Any]) -> None:
        self._api, self._engine, self._claims, self._config = api, engine, claims, config
        self._life = Life(api, Starter(api, engine, claims), engine)

    def is_live(self, checked: Mapping[str, Any]) -> bool:
        """Whether the meeting has a live session."""
        return self._api.is_live(self._app(checked), checked["meeting_id"])

    def recordings(self, app: App) -> list[Recording]:
        """All recordings of an app, newest first."""
        return self._api.recordings(app)

    def create(self, checked: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
        """The recording's id and outputs; no id where nothing was started."""
        inputs, app = _checked.shown(checked), self._app(checked)
        declared_id = checked.get("recording_id")
        if declared_id is not None and not self._is_over(app, declared_id):
            recording, adopted = self._take_over(app, checked["meeting_id"], declared_id), True
        elif declared(checked, "desired_status") == "STOPPED":
            return None, _outputs.pending(inputs)
        else:
            options = {name: declared(checked, name) for name in ("when_idle", "when_active", "wait_seconds")}
            started = self._life.begin(app, _checked.request(checked, self._config), options)
            if started is None:
                return None, _outputs.pending(inputs)
            recording, adopted = started.recording, started.adopted
        recording = self._settled(app, recording, checked, adopted=adopted)
        return recording.id, _outputs.of_recording(recording, inputs, _outputs.adopted() if adopted else {})

    def read(self, recording_id: str, props: Mapping[str, Any]) -> dict[str, Any] | None:
        """The outputs as the service says them now; None where it does not know the recording any more.

        props: the outputs so far; none where it is looked up (`TrackRecording.get`).
        Raises: UnknownRecording where one that is looked up does not exist.
        """
        app = self._app(props)
        try:
            recording = self._api.recording(app, recording_id)
        except NotFound:
            if "status" in props:
                return None
            raise UnknownRecording(f"the service knows no recording {recording_id} in app {app.app_id}") from None
        inputs = {"account_id": app.account_id, "app_id": app.app_id}
        inputs |= {name: props[name] for name in ARGUMENTS if name in props}
        if "meeting_id" not in inputs and recording.meeting_id:
            inputs["meeting_id"] = recording.meeting_id
        return _outputs.of_recording(recording, inputs, props)

    def update(self, recording_id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs after what changed in place: a pause, a resume, a stop, or the declaration alone."""
        inputs, action, app = _checked.shown(news), _changes.action(olds, news), self._app(news)
        if action is None:
            return _outputs.of_declaration(inputs, olds)
        recording = self._life.bring(action, app, news["meeting_id"], recording_id)
        if recording is None:
            raise UnknownRecording(
                f"the service no longer knows recording {recording_id}; `pulumi refresh` drops it from the state, and "
                "the next `up` starts another"
            )
        return _outputs.of_recording(recording, inputs, olds)

    def delete(self, recording_id: str, props: Mapping[str, Any]) -> None:
        """Stops the recording, and returns when it is no longer active.

        From then on neither it nor what the resource once took over is taken over again: a replacement starts another.
        """
        if self._claims.runs_on(recording_id, adoption_of(props)):
            self._engine.say(
                f"recording {recording_id} belongs to another resource of this stack, so it runs on", "warning"
            )
            return
        self._life.end(self._app(props), _meeting(props), recording_id)
        self._claims.end(recording_id)
        if props.get("recording_id"):
            self._claims.end(props["recording_id"])

    def _settled(self, app: App, recording: Recording, checked: Mapping[str, Any], *, adopted: bool) -> Recording:
        """The recording in the status that is wanted. It is known by now: whatever fails, its id has to be saved."""
        meeting = checked["meeting_id"]
        try:
            seconds = declared(checked, "start_seconds")
            recording = self._life.watch_start(app, meeting, recording, seconds, adopted=adopted)
            action = _changes.action({"status": recording.status, "stopped_time": recording.stopped_time}, checked)
            if action:
                recording = self._life.bring(action, app, meeting, recording.id, adopted=adopted) or recording
                self._life.require_engine(app, meeting, recording, adopted=adopted)
        except EngineGone:
            raise
        except Exception as error:
            if not isinstance(error, RealtimeKitError):
                _standard_error.write(_standard_error.trace(error))
            self._engine.say(
                f"meeting {meeting}: recording {recording.id} is not {declared(checked, 'desired_status')} yet: "
                f"{error}. The next `up` sees to it.",
                "warning",
            )
        if recording.status == "ERRORED":
            self._engine.say(f"meeting {meeting}: recording {recording.id} {_ended(recording)}", "warning")
        return recording

    def _is_over(self, app: App, recording_id: str) -> bool:
        """Whether a declared recording is one that the resource itself had and that was ended: another is started.

        By this run; or by an earlier one that was interrupted before it started the other.
        """
        if self._claims.has_ended(recording_id):
            return True
        if not self._claims.was_declared(recording_id):
            return False
        try:
            return not self._api.recording(app, recording_id).active
        except NotFound:
            return True

    def _take_over(self, app: App, meeting: str, recording_id: str) -> Recording:
        if not self._claims.take(recording_id, taken_over=True):
            raise NotToBeTakenOver(f"recording_id: {recording_id} belongs to another resource of this stack")
        try:
            recording = self._found(app, meeting, recording_id)
        except Exception:
            self._claims.release(recording_id)
            raise
        what = f"is {recording.status}" if recording.active else f"{_ended(recording)}: nothing is recorded by it"
        self._engine.say(
            f"took over recording {recording_id}, which {what}; its layers and limits are what its own start asked "
            "for, not what is declared here.",
            "warning",
        )
        return recording

    def _found(self, app: App, meeting: str, recording_id: str) -> Recording:
        """The recording that is declared. What the service does not say of it counts as right."""
        try:
            recording = self._api.recording(app, recording_id)
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

    def _app(self, values: Mapping[str, Any]) -> App:
        """Where the recording lives: as the state says, else (`TrackRecording.get`) as the config does."""
        return App(
            values.get("account_id") or _config.setting(self._config, "accountId") or "",
            values.get("app_id") or _config.setting(self._config, "appId") or "",
        )


def _ended(recording: Recording) -> str:
    return f"has ended, {recording.status}" + (f" ({recording.stop_reason})" if recording.stop_reason else "")


def _meeting(values: Mapping[str, Any]) -> str:
    return str(values.get("meeting_id") or "not named")
