"""What is answered over HTTP: `POST /webhook` and `GET /healthz`."""

import hashlib
import logging
import sqlite3
from collections import Counter
from typing import get_args

from pydantic import AliasChoices, AliasPath, BaseModel, Field, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from recording_webhook.inbox import Inbox, State
from recording_webhook.runner import Runner
from recording_webhook.settings import Settings
from recording_webhook.signature import load_public_keys, verify

logger = logging.getLogger(__name__)

_MAX_BODY_BYTES = 262_144


class Webhook(BaseModel):
    """The few fields that are read. A recording's download URLs are secrets: they are neither kept nor logged."""

    event: str
    meeting_id: str | None = Field(
        default=None, validation_alias=AliasChoices(AliasPath("meeting", "id"), AliasPath("recording", "meetingId"))
    )
    session_id: str | None = Field(default=None, validation_alias=AliasPath("meeting", "sessionId"))


class Application:
    """Answers success only once a webhook's job is on the disk, or where there is nothing to do."""

    def __init__(self, settings: Settings, inbox: Inbox, runner: Runner) -> None:
        self._settings = settings
        self._public_keys = load_public_keys(settings.public_key_file)
        self._inbox = inbox
        self._runner = runner

    async def receive(self, request: Request) -> JSONResponse:
        """202: recorded; 200: nothing to do; 4xx: refused; 503: not recorded, RealtimeKit sends it again."""
        webhook, body = await self._signed(request)
        uuid = request.headers.get("rtk-uuid", "")
        what = f"event={webhook.event!r} meeting={webhook.meeting_id!r} uuid={uuid!r}"
        action = self._settings.action(webhook.event)
        meetings = [webhook.meeting_id] if webhook.meeting_id else list(self._settings.meetings)
        if action == "ignore" or not any(self._settings.stack(meeting) for meeting in meetings):
            reason = "nothing to do for this event" if action == "ignore" else "no stack is set for this meeting"
            logger.info("ignored %s reason=%r", what, reason)
            return JSONResponse({"ignored": reason})
        # Only a start is run twice: its webhook may come before the service's own API knows the session as live.
        again = webhook.event == "meeting.started" and action == "up"
        try:
            marks = _marks(webhook, uuid, body)
            accepted = await run_in_threadpool(self._inbox.accept, marks, meetings, action, again=again)
        except (sqlite3.Error, OSError) as error:
            logger.error("not recorded: the store fails: problem=%r", str(error))  # noqa: TRY400  the message says all
            return JSONResponse({"error": "not recorded, send it again"}, 503, {"retry-after": "10"})
        logger.info("%s %s run=%s", "accepted" if accepted else "repeated", what, action)
        return JSONResponse({"accepted": action}, 202) if accepted else JSONResponse({"repeated": uuid})

    async def _signed(self, request: Request) -> tuple[Webhook, bytes]:
        """The webhook and its raw body; raises `HTTPException` unless RealtimeKit sent it to this service."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(415, "the content type is not application/json")
        body = await request.body()
        if not verify(self._public_keys, body, request.headers.get("rtk-signature", "")):
            raise HTTPException(401, "the signature is missing or not RealtimeKit's")
        expected = self._settings.webhook_ids
        if expected and request.headers.get("rtk-webhook-id") not in expected:
            raise HTTPException(403, "the rtk-webhook-id is not in webhook_ids")
        try:
            webhook = Webhook.model_validate_json(body)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the body"
            raise HTTPException(422, f"{where}: {error.errors()[0]['msg']}") from error
        if webhook.event in ("meeting.started", "meeting.ended") and not webhook.meeting_id:
            raise HTTPException(422, f"{webhook.event} without meeting.id")
        return webhook, body

    async def healthz(self, _: Request) -> JSONResponse:
        """503 where a restart may help."""
        try:
            jobs = await run_in_threadpool(self._inbox.jobs)
        except sqlite3.Error:
            return JSONResponse({"status": "the store fails"}, 503)
        if not self._runner.alive:
            return JSONResponse({"status": "no jobs are being run"}, 503)
        count = Counter(job.state for job in jobs if self._settings.stack(job.meeting))
        status = "failing" if count["failed"] else "ok"
        return JSONResponse({"status": status, **{state: count[state] for state in get_args(State)}})


def _marks(webhook: Webhook, uuid: str, body: bytes) -> list[str]:
    """What a repetition is known by.

    Its uuid is not enough by itself: it may differ with each retry, and it is not signed. A body that comes only
    once, since it names its session, is remembered as well. A `recording.statusUpdate` may rightly come twice alike.
    """
    marks = [f"uuid {uuid}"] if uuid else []
    if webhook.event in ("meeting.started", "meeting.ended") and webhook.session_id:
        marks.append(f"body {hashlib.sha256(body).hexdigest()}")
    return marks


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # it is registered for no other
    logger.warning("refused path=%r status=%d reason=%r", request.url.path, error.status_code, error.detail)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def create_application(settings: Settings, inbox: Inbox, runner: Runner) -> Starlette:
    """The ASGI application."""
    application = Application(settings, inbox, runner)
    return Starlette(
        routes=[Route("/webhook", application.receive, methods=["POST"]), Route("/healthz", application.healthz)],
        exception_handlers={HTTPException: _refused},
        max_body_size=_MAX_BODY_BYTES,
    )
