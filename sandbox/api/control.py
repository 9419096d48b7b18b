"""`/_sandbox/…`: the calls that steer the sandbox. They need no token."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from sandbox.api import answers
from sandbox.api.calls import Call, Refusal
from sandbox.api.clock import LATEST, timestamp
from sandbox.api.faults import Faults, FaultsBody
from sandbox.api.limits import Limits
from sandbox.api.meeting import Meeting, MeetingSettings, NotNegative, unknown_meeting
from sandbox.api.paths import readable
from sandbox.api.recording import Recording, Status
from sandbox.api.request_log import RequestLog
from sandbox.api.validation import Body, Invalid, validated
from sandbox.api.world import World

PATH = "/_sandbox"
MOST_PARTICIPANTS = 10_000
"""A recording has a file for each of them."""
Model = TypeVar("Model", bound=Body)


class MeetingBody(Body, MeetingSettings):
    """What is left out stays as it is."""

    live: bool = True
    participants: Annotated[int, Field(ge=0, le=MOST_PARTICIPANTS)] = 0
    title: str = ""
    status: Literal["ACTIVE", "INACTIVE"] = "ACTIVE"


class ClockBody(Body):
    advance: NotNegative


class RecordingBody(Body):
    status: Status


@dataclass(frozen=True)
class Control:
    world: World
    faults: Faults
    limits: Limits
    log: RequestLog

    def routes(self) -> list[BaseRoute]:
        table: list[tuple[str, str, Call]] = [
            ("GET", "", self.overview),
            ("PUT", "/meetings/{meeting_id:id}", self.set_meeting),
            ("GET", "/faults", self.show_faults),
            ("POST", "/faults", self.add_faults),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/clock", self.show_clock),
            ("POST", "/clock", self.advance_clock),
            ("GET", "/requests", self.show_requests),
            ("DELETE", "/requests", self.clear_requests),
            ("GET", "/recordings", self.show_recordings),
            ("PATCH", "/recordings/{recording_id:id}", self.set_recording),
            ("DELETE", "/recordings/{recording_id:id}", self.forget_recording),
            ("POST", "/reset", self.reset),
        ]
        return [Route(PATH + path, _answered(call), methods=[method]) for method, path, call in table]

    async def overview(self, _: Request) -> Response:
        return JSONResponse({"dialect": self.world.dialect.name, "now": timestamp(self.world.clock.now())})

    async def set_meeting(self, request: Request) -> Response:
        body = await _body(request, MeetingBody)
        meeting = self._meeting_after(request.path_params["meeting_id"], body.model_dump(exclude_unset=True))
        self.world.store.save_meeting(meeting)
        return JSONResponse(
            {
                **answers.meeting_answer(meeting),
                "live": meeting.session is not None,
                "participants": 0 if meeting.session is None else meeting.session.participants,
                **meeting.settings.model_dump(),
            }
        )

    async def show_faults(self, _: Request) -> Response:
        return JSONResponse(self.faults.due())

    async def add_faults(self, request: Request) -> Response:
        self.faults.add(await _body(request, FaultsBody, list_as="faults"))
        return await self.show_faults(request)

    async def clear_faults(self, request: Request) -> Response:
        self.faults.clear()
        return await self.show_faults(request)

    async def show_clock(self, _: Request) -> Response:
        clock = self.world.clock
        return JSONResponse({"now": timestamp(clock.now()), "advanced": clock.advanced})

    async def advance_clock(self, request: Request) -> Response:
        clock, seconds = self.world.clock, (await _body(request, ClockBody)).advance
        if clock.now() + seconds > LATEST:
            raise Invalid(f'"advance" must not lead beyond {timestamp(LATEST)}')
        clock.advance(seconds)
        self.world.store.save_clock(clock.advanced)
        return await self.show_clock(request)

    async def show_requests(self, _: Request) -> Response:
        return JSONResponse(self.log.shown())

    async def clear_requests(self, _: Request) -> Response:
        self.log.clear()
        return JSONResponse([])

    async def show_recordings(self, _: Request) -> Response:
        recordings = sorted(self.world.store.recordings(), key=lambda recording: recording.invoked_at)
        return JSONResponse([self._shown(recording) for recording in recordings])

    async def set_recording(self, request: Request) -> Response:
        status = (await _body(request, RecordingBody)).status
        recording = self._recording(request).changed(status, self.world.clock.now())
        self.world.store.save_recording(recording)
        return JSONResponse(self._shown(recording))

    async def forget_recording(self, request: Request) -> Response:
        recording = self._recording(request)
        self.world.store.forget_recording(recording)
        return JSONResponse(self._shown(recording))

    async def reset(self, request: Request) -> Response:
        """As if nothing had ever happened; only the clock goes on."""
        self.world.store.clear()
        self.faults.clear()
        self.limits.clear()
        self.log.clear()
        return await self.overview(request)

    def _meeting_after(self, meeting_id: str, sent: dict[str, Any]) -> Meeting:
        now = self.world.clock.now()
        live = sent.get("live")
        if sent.get("status") == "INACTIVE":
            if live:
                raise Invalid('"live" must be false where "status" is INACTIVE: nobody can join such a meeting')
            live = False
        meeting = self.world.store.meeting(meeting_id)
        if meeting is None:
            meeting = unknown_meeting(meeting_id, now, live=live is not False)
        if live is False and meeting.session is not None:
            meeting = meeting.ended(now)
        elif live is True and meeting.session is None:
            meeting = meeting.begun(now)
        if "participants" in sent and live is not False:
            if meeting.session is None:
                raise Invalid('"participants" need a live meeting: send "live": true with them')
            meeting = meeting.attended(now, sent["participants"])
        return meeting.changed({"status": "ACTIVE", **sent} if live else sent)

    def _recording(self, request: Request) -> Recording:
        recording_id = request.path_params["recording_id"]
        recording = self.world.store.recording(recording_id)
        if recording is None:
            raise Refusal(404, f"no recording {recording_id}; GET {PATH}/recordings shows all there are")
        return recording

    def _shown(self, recording: Recording) -> dict[str, Any]:
        life = self.world.life(recording)
        return {
            **answers.one(recording, life, self.world.dialect),
            "type": recording.kind,
            "active": life.active,
            "account_id": recording.account_id,
            "app_id": recording.app_id,
            "meeting_id": recording.meeting_id,
            "max_seconds": recording.max_seconds,
            "user_ids": list(recording.user_ids),
            "layers": {name: layer.model_dump() for name, layer in recording.layers.items()},
        }


async def no_control(scope: Scope, receive: Receive, send: Send) -> None:
    await _error(404, f"no control call {readable(scope['path'])}; docs/sandbox-api.md has them all")(
        scope, receive, send
    )


async def _body(request: Request, model: type[Model], list_as: str | None = None) -> Model:
    try:
        value = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise Invalid("the body is not valid JSON") from None
    return validated(model, {list_as: value} if list_as is not None and isinstance(value, list) else value)


def _answered(call: Call) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return await call(request)
        except Invalid as invalid:
            return _error(400, str(invalid))
        except Refusal as refusal:
            return _error(refusal.status, str(refusal))

    return endpoint


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)
