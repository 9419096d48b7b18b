"""The resource's calls on the service: a recording created, read, updated and deleted."""

from collections.abc import Mapping
from typing import Any

from pulumi_realtimekit import _changes, _checked, _config, _outputs
from pulumi_realtimekit._api import ApiError, App, NotFound, Recording, RecordingsApi
from pulumi_realtimekit._arguments import ARGUMENTS
from pulumi_realtimekit._changes import declared
from pulumi_realtimekit._claims import Claims
from pulumi_realtimekit._engine import Engine
from pulumi_realtimekit._life import Life, StillActive
from pulumi_realtimekit._start import Starter
from pulumi_realtimekit._told import Told


class UnknownRecording(Told):
    """The service does not know a recording that is declared or kept in the state."""


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
        if "recording_id" in checked:
            recording, adopted = self._take_over(app, checked["recording_id"]), True
        elif declared(checked, "desired_status") == "STOPPED":
            return None, _outputs.pending(inputs)
        else:
            options = {name: declared(checked, name) for name in ("when_idle", "when_active", "wait_seconds")}
            started = self._life.begin(app, _checked.request(checked, self._config), options)
            if started is None:
                return None, _outputs.pending(inputs)
            recording, adopted = started.recording, started.adopted
        recording = self._settle(app, recording, checked)
        return recording.id, _outputs.of_recording(recording, inputs, {"adopted": adopted})

    def read(self, recording_id: str, props: Mapping[str, Any]) -> dict[str, Any] | None:
        """The outputs as the service says them now; None where it does not know the recording."""
        try:
            recording = self._api.recording(self._app(props), recording_id)
        except NotFound:
            return None
        inputs = {name: props[name] for name in ARGUMENTS if name in props}
        if "meeting_id" not in inputs and recording.meeting_id:
            inputs["meeting_id"] = recording.meeting_id
        return _outputs.of_recording(recording, inputs, props)

    def update(self, recording_id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs after what changed in place: a pause, a resume, a stop, or the declaration alone."""
        inputs, action, app = _checked.shown(news), _changes.action(olds, news), self._app(news)
        if action is None:
            return _outputs.of_declaration(inputs, olds)
        recording = self._bring_to(action, app, recording_id)
        if recording is None:
            raise UnknownRecording(
                f"the service no longer knows recording {recording_id}; `pulumi refresh` drops it from the state, and "
                "the next `up` starts another"
            )
        return _outputs.of_recording(recording, inputs, olds)

    def delete(self, recording_id: str, props: Mapping[str, Any]) -> None:
        """Stops the recording, and returns when it is no longer active."""
        self._life.end(self._app(props), recording_id)
        self._claims.remove(recording_id)

    def _settle(self, app: App, recording: Recording, checked: Mapping[str, Any]) -> Recording:
        """The recording in the status that is wanted. It is known by now: nothing may raise before its id is saved."""
        recording = self._life.watch_start(app, recording, declared(checked, "start_seconds"))
        action = _changes.action({"status": recording.status}, checked)
        if action is None:
            return recording
        try:
            return self._bring_to(action, app, recording.id) or recording
        except (ApiError, StillActive) as error:
            desired = declared(checked, "desired_status")
            self._engine.say(
                f"recording {recording.id} is not {desired} yet: {error}. The next `up` sees to it.", "warning"
            )
            return recording

    def _bring_to(self, action: str, app: App, recording_id: str) -> Recording | None:
        if action == "stop":
            return self._life.end(app, recording_id)
        try:
            recording = self._api.recording(app, recording_id)
            return self._life.pause(app, recording) if action == "pause" else self._life.resume(app, recording)
        except NotFound:
            return None

    def _take_over(self, app: App, recording_id: str) -> Recording:
        try:
            recording = self._api.recording(app, recording_id)
        except NotFound:
            raise UnknownRecording(
                f"recording_id: the service knows no recording {recording_id} in app {app.app_id}"
            ) from None
        self._claims.add(recording_id)
        self._engine.say(
            f"took over recording {recording_id}, which is {recording.status}; its layers and limits are what its own "
            "start asked for, not what is declared here.",
            "warning",
        )
        return recording

    def _app(self, values: Mapping[str, Any]) -> App:
        """Where the recording lives: as the state says, else (`TrackRecording.get`) as the config does."""
        return App(
            values.get("account_id") or _config.setting(self._config, "accountId") or "",
            values.get("app_id") or _config.setting(self._config, "appId") or "",
        )
