"""`/recordings`: starting, looking, pausing, resuming, stopping."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.api import answers
from sandbox.api.calls import Refusal, body_of, page_of, query_of
from sandbox.api.meeting import Meeting, Session
from sandbox.api.recording import Layer, Output, Recording, Status, without_secrets
from sandbox.api.schema import Action, CompositeStart, RecordingsQuery
from sandbox.api.world import World

ACTIONS: dict[str, tuple[Status, frozenset[Status]]] = {
    "stop": ("UPLOADING", frozenset({"INVOKED", "RECORDING", "PAUSED"})),
    "pause": ("PAUSED", frozenset({"RECORDING"})),
    "resume": ("RECORDING", frozenset({"PAUSED"})),
}
"""The status that an action leads to, and those in which it is allowed."""


class RecordingCalls:
    def __init__(self, world: World) -> None:
        self._world = world

    async def start_track(self, request: Request) -> Response:
        body = await body_of(request, self._world.dialect.start)
        meeting, session = self._live(body.meeting_id)
        if self._world.dialect.refuses_second and self._active(request, meeting, "TRACK"):
            raise Refusal(409, "A track recording is already active for this meeting")
        sent = body.model_dump(exclude_unset=True)
        layers = {name: _layer(layer) for name, layer in sent.get("layers", {}).items()} or {"default": Layer()}
        users = tuple(sent.get("user_ids", ())) or tuple(f"user-{n + 1}" for n in range(session.participants))
        recording = self._invoked(
            request, meeting, session, kind="TRACK", layers=layers, user_ids=users, max_seconds=sent.get("max_seconds")
        )
        return answers.started(recording, self._world.life(recording), self._world.dialect)

    async def start_composite(self, request: Request) -> Response:
        body = await body_of(request, CompositeStart)
        meeting, session = self._live(body.meeting_id)
        if not body.allow_multiple_recordings and self._active(request, meeting, "COMPOSITE"):
            raise Refusal(409, "A recording is already active for this meeting")
        sent = body.model_dump(exclude_unset=True)
        recording = self._invoked(
            request,
            meeting,
            session,
            kind="COMPOSITE",
            file_name_prefix=body.file_name_prefix or None,
            storage_config=without_secrets(sent.get("storage_config")),
            max_seconds=sent.get("max_seconds"),
        )
        return self._one(recording)

    async def one(self, request: Request) -> Response:
        return self._one(self._known(request))

    async def active(self, request: Request) -> Response:
        meeting = self._world.meeting(request.path_params["meeting_id"])
        active = [one for one in self._active(request, meeting) if self._visible(one)]
        if not active:
            raise Refusal(404, "No active recording found for this meeting")
        return self._one(max(active, key=lambda one: one.invoked_at))

    async def change(self, request: Request) -> Response:
        recording = self._known(request)
        action = (await body_of(request, Action)).action
        status, allowed = ACTIONS[action]
        current = self._world.life(recording).status
        if current not in allowed:
            raise Refusal(400, f"Can not {action} a recording that is {current}")
        recording = recording.changed(status, self._world.clock.now())
        self._world.store.save_recording(recording)
        return self._one(recording)

    async def listed(self, request: Request) -> Response:
        query = query_of(request, RecordingsQuery)
        world = self._world
        recordings = [
            (recording, life)
            for recording in world.store.recordings_of(*_app(request), query.meeting_id)
            if self._visible(recording)
            for life in [world.life(recording)]
            if query.status is None or life.status in query.status
        ]
        recordings.sort(key=lambda pair: pair[0].invoked_at, reverse=query.sort_order == "DESC")
        shown, first = page_of(recordings, query)
        return answers.success(
            [answers.listed(one, life, world.meeting(one.meeting_id), world.dialect) for one, life in shown],
            paging=answers.paging(len(recordings), first, len(shown)),
        )

    def _one(self, recording: Recording) -> Response:
        return answers.success(answers.one(recording, self._world.life(recording), self._world.dialect))

    def _known(self, request: Request) -> Recording:
        recording = self._world.store.recording(request.path_params["recording_id"])
        if recording is None or (recording.account_id, recording.app_id) != _app(request):
            raise Refusal(404, "Recording not found")
        return recording

    def _live(self, meeting_id: str) -> tuple[Meeting, Session]:
        meeting = self._world.meeting(meeting_id)
        if meeting.session is None:
            raise Refusal(400, "The meeting has no active session")
        return meeting, meeting.session

    def _active(self, request: Request, meeting: Meeting, kind: str | None = None) -> list[Recording]:
        recordings = self._world.store.recordings_of(*_app(request), meeting.id)
        return [one for one in recordings if kind in {None, one.kind} and self._world.life(one).active]

    def _visible(self, recording: Recording) -> bool:
        return recording.visible_at <= self._world.clock.now()

    def _invoked(self, request: Request, meeting: Meeting, session: Session, **facts: Any) -> Recording:
        now = self._world.clock.now()
        chosen, usual = meeting.settings, self._world.settings
        account_id, app_id = _app(request)
        recording = Recording(
            id=str(uuid.uuid4()),
            account_id=account_id,
            app_id=app_id,
            meeting_id=meeting.id,
            session_id=session.id,
            invoked_at=now,
            visible_at=now + chosen.visible_seconds,
            start_seconds=usual.start_seconds if chosen.start_seconds is None else chosen.start_seconds,
            upload_seconds=usual.upload_seconds if chosen.upload_seconds is None else chosen.upload_seconds,
            fails=chosen.fails,
            stays_invoked=chosen.stays_invoked,
            download_url=chosen.download_url,
            short_fails=usual.short_recordings == "errored",
            **facts,
        )
        self._world.store.save_recording(recording)
        return recording


def _app(request: Request) -> tuple[str, str]:
    return request.path_params["account_id"], request.path_params["app_id"]


def _layer(sent: dict[str, Any]) -> Layer:
    facts = {name: sent[name] for name in ("file_name_prefix", "media_kind") if name in sent}
    outputs = tuple(map(_output, sent.get("outputs", ())))
    return Layer(**facts, outputs=outputs) if outputs else Layer(**facts)


def _output(sent: dict[str, Any]) -> Output:
    storage = without_secrets(sent.get("storage_config"))
    return Output(type=sent.get("type", "REALTIMEKIT_BUCKET"), storage_config=storage)
