"""What is answered over HTTP: `POST /webhook` and `GET /healthz`."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections import Counter
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.routing import Route

from recording_webhook.inbox import State
from recording_webhook.runner import Runner
from recording_webhook.settings import Action, Event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from recording_webhook.inbox import Inbox
    from recording_webhook.settings import Settings

logger = logging.getLogger(__name__)

_LONGEST_UUID = 200


class _Part(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)


class _Meeting(_Part):
    id: str | None = None
    session_id: str | None = Field(default=None, alias="sessionId")


class _Recording(_Part):
    meeting_id: str | None = Field(default=None, alias="meetingId")


class _Webhook(_Part):
    """The few fields that are read. A recording's download URLs are secrets: they are neither kept nor logged."""

    event: str
    meeting: _Meeting | None = None
    recording: _Recording | None = None

    @property
    def meeting_id(self) -> str | None:
        return (self.meeting and self.meeting.id) or (self.recording and self.recording.meeting_id) or None


class RefusalError(Exception):
    """A webhook that is not taken, and with what status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Receiver:
    """Takes webhooks. Success is answered when the job is on the disk, or when there is nothing to do."""

    def __init__(self, settings: Settings, inbox: Inbox) -> None:
        self._settings = settings
        self._public_keys = settings.public_keys()
        self._inbox = inbox

    async def receive(self, request: Request) -> JSONResponse:
        """202: recorded; 200: nothing to do; 4xx: refused; 503: the store fails, and sending it again helps."""
        try:
            body = await self._signed_body(request)
            uuid = self._uuid(request)
            return await self._accept(_parsed(body), uuid, body)
        except RefusalError as refused:
            logger.warning("refused status=%d reason=%r from=%s", refused.status, refused.reason, _sender(request))
            return JSONResponse({"error": refused.reason}, refused.status)
        except ClientDisconnect:
            logger.warning("refused reason='the sender left' from=%s", _sender(request))
            return JSONResponse({"error": "disconnected"}, 400)
        except (sqlite3.Error, OSError) as error:
            logger.error("not recorded: the store fails: problem=%r", str(error))  # noqa: TRY400  the message tells
            return JSONResponse({"error": "not recorded, send it again"}, 503, {"retry-after": "10"})

    async def _signed_body(self, request: Request) -> bytes:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise RefusalError(415, "the content type is not application/json")
        body = await self._body(request)
        if not self._public_keys.verify(body, request.headers.get("rtk-signature", "")):
            raise RefusalError(401, "the signature is missing or not RealtimeKit's")
        return body

    async def _body(self, request: Request) -> bytes:
        try:
            with anyio.fail_after(self._settings.body_seconds):
                return await request.body()
        except TimeoutError as error:
            raise RefusalError(408, f"the body took longer than {self._settings.body_seconds:g} s") from error
        except HTTPException as error:  # the application's max_body_size
            raise RefusalError(error.status_code, f"more than {self._settings.max_body_bytes} bytes") from error

    def _uuid(self, request: Request) -> str:
        uuid = request.headers.get("rtk-uuid", "")
        if not uuid or len(uuid) > _LONGEST_UUID or not uuid.isprintable():
            raise RefusalError(400, "there is no rtk-uuid")
        expected = self._settings.webhook_ids
        if expected and request.headers.get("rtk-webhook-id", "") not in expected:
            raise RefusalError(403, "the rtk-webhook-id is none of this service's")
        return uuid

    async def _accept(self, webhook: _Webhook, uuid: str, body: bytes) -> JSONResponse:
        what = f"event={webhook.event!r} meeting={webhook.meeting_id!r} uuid={uuid!r}"
        action = self._action(webhook)
        stacks = self._settings.stacks(webhook.meeting_id)
        if action is None or not stacks:
            reason = "nothing is to be done for this event" if action is None else "no stack is set for this meeting"
            logger.info("ignored %s reason=%r", what, reason)
            return JSONResponse({"ignored": reason})
        # Only a start is looked for twice: the service may tell of a session before its own API knows it as live.
        again = webhook.event == Event.MEETING_STARTED and action is Action.UP
        accept = partial(
            self._inbox.accept,
            settle_seconds=self._settings.settle_seconds,
            look_again_seconds=self._settings.look_again_seconds if again else 0,
        )
        if not await to_thread.run_sync(accept, _marks(webhook, uuid, body), stacks, action):
            logger.info("repeated %s", what)
            return JSONResponse({"repeated": uuid})
        logger.info("accepted %s run=%s stacks=%s", what, action.value, ",".join(map(str, stacks)))
        return JSONResponse({"accepted": action.value}, 202)

    def _action(self, webhook: _Webhook) -> Action | None:
        try:
            event = Event(webhook.event)
        except ValueError:
            return None
        if event is not Event.RECORDING_STATUS_UPDATE and webhook.meeting_id is None:
            raise RefusalError(422, f"a {event.value} without meeting.id")
        return self._settings.action(event)


def _parsed(body: bytes) -> _Webhook:
    try:
        return _Webhook.model_validate_json(body)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the body"
        raise RefusalError(422, f"{where}: {error.errors()[0]['msg']}") from error


def _marks(webhook: _Webhook, uuid: str, body: bytes) -> list[str]:
    """What a repetition is known by.

    Headers are not signed: whoever has caught a webhook can send it again under another uuid. So a body that comes only
    once, since it names its session, is remembered as well.
    """
    marks = [f"uuid {uuid}"]
    if webhook.meeting and webhook.meeting.session_id and webhook.event in (Event.MEETING_STARTED, Event.MEETING_ENDED):
        marks.append(f"body {hashlib.sha256(body).hexdigest()}")
    return marks


def _sender(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def create_application(settings: Settings, inbox: Inbox) -> Starlette:
    """The service: its routes, and the runner for as long as it is up."""
    runner = Runner(settings, inbox)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(runner.run)
            yield
            runner.end()
        inbox.close()

    async def healthz(_: Request) -> JSONResponse:
        try:
            jobs = await to_thread.run_sync(inbox.jobs)
        except sqlite3.Error:
            return JSONResponse({"status": "the store fails"}, 503)
        if not runner.alive:
            return JSONResponse({"status": "nothing is being run"}, 503)
        count = Counter(job.state for job in jobs)
        status = "given up" if count[State.GIVEN_UP] else "failing" if any(job.detail for job in jobs) else "ok"
        return JSONResponse({"status": status, **{state.name.lower(): count[state] for state in State}})

    receive = Receiver(settings, inbox).receive
    return Starlette(
        routes=[Route("/webhook", receive, methods=["POST"]), Route("/healthz", healthz)],
        lifespan=lifespan,
        max_body_size=settings.max_body_bytes,
    )
