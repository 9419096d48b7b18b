"""What stands before the API: the log, faults, tokens, limits, latency. Its answers have the gateway's envelope."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from email.utils import formatdate

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.api.access import Access, token_in
from sandbox.api.answers import gateway_error, service_error
from sandbox.api.clock import Clock
from sandbox.api.connections import Connections
from sandbox.api.faults import Fault, Faults
from sandbox.api.limits import Limits
from sandbox.api.paths import readable
from sandbox.api.request_log import RequestLog

BASE_PATH = "/client/v4"
APP_PATH = re.compile(rf"{BASE_PATH}/accounts/(?P<account_id>[^/]+)/realtime/kit/(?P<app_id>[^/]+)(?P<call>/.*)")
PROXY_PAGE = "<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>proxy</body></html>"


@dataclass(frozen=True)
class Cut:
    """No answer, or the first half of one, and the end of the connection."""

    response: Response | None = None


@dataclass(frozen=True)
class Gateway:
    application: ASGIApp
    access: Access
    clock: Clock
    connections: Connections
    faults: Faults
    limits: Limits
    log: RequestLog
    latency: float
    """Seconds that every call takes before anything is done."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self.faults.take(scope["method"], _paths(scope["path"]))
        entry = self.log.arrived(scope, self.clock.now())
        entry.fault = None if fault is None else fault.fault
        if entry.fault == "refuse":
            await self.connections.reset(scope, receive)
            return
        try:
            entry.body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        if self.latency:
            await asyncio.sleep(self.latency)
        answer = await self._answer(scope, entry.body, fault)
        response = answer.response if isinstance(answer, Cut) else answer
        if response is not None:
            entry.status = response.status_code
            response.headers["date"] = formatdate(self.clock.now(), usegmt=True)
        if isinstance(answer, Cut):
            await self._cut(answer, scope, receive, send)
        else:
            await answer(scope, receive, send)

    async def _answer(self, scope: Scope, body: bytes, fault: Fault | None) -> Response | Cut:
        if fault is None:
            return await self._acted(scope, body)
        match fault.fault:
            case "drop_before":
                return Cut()
            case "429":
                return _too_many(1 if fault.retry_after is None else fault.retry_after)
            case "503":
                return gateway_error(503, 10502, "Service temporarily unavailable", _retry(fault.retry_after))
            case "delay_before":
                await asyncio.sleep(fault.seconds)
        response = await self._acted(scope, body)
        match fault.fault:
            case "drop_after":
                return Cut()
            case "cut_after":
                return Cut(response)
            case "delay":
                await asyncio.sleep(fault.seconds)
            case "500_after":
                return service_error(fault.status or 500, "Internal server error")
            case "html_after":
                status = fault.status or 502
                return HTMLResponse(PROXY_PAGE.format(status=status), status)
            case "empty_after":
                return Response(status_code=fault.status or response.status_code)
        return response

    async def _acted(self, scope: Scope, body: bytes) -> Response:
        """The answer of the API itself, or the reason why the call doesn't get there."""
        app = APP_PATH.match(scope["path"])
        if app is None:
            return _no_route(scope)
        account_id = readable(app["account_id"])
        authorization = Request(scope).headers.get("authorization")
        refusal = self.access.refusal(account_id, authorization)
        if refusal is not None:
            return refusal
        retry_after = self.limits.retry_after(self.clock.now(), account=account_id, user=token_in(authorization))
        if retry_after is not None:
            return _too_many(retry_after)
        response = await _collected(self.application, scope, body)
        if response.status_code == 405:
            return gateway_error(405, 10405, "Method not allowed for this authentication scheme")
        return response

    async def _cut(self, cut: Cut, scope: Scope, receive: Receive, send: Send) -> None:
        if cut.response is not None:
            body = bytes(cut.response.body)
            if not body:
                # Nothing to cut: one byte is promised that does not come.
                cut.response.headers["content-length"] = "1"
            await send(
                {
                    "type": "http.response.start",
                    "status": cut.response.status_code,
                    "headers": cut.response.raw_headers,
                }
            )
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await self.connections.close(scope, receive)


async def no_route(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI application for what is no call of the API."""
    await _no_route(scope)(scope, receive, send)


def _paths(path: str) -> list[str]:
    """What a fault's glob may mean: the whole path, or what follows the app's id."""
    app = APP_PATH.match(path)
    return [readable(path), *([] if app is None else [readable(app["call"])])]


def _no_route(scope: Scope) -> Response:
    message = f"Could not route to {readable(scope['path'])}, perhaps your object identifier is invalid?"
    return gateway_error(404, 7003, message)


def _too_many(retry_after: float) -> Response:
    return gateway_error(429, 971, "Please wait and consider throttling your request speed", _retry(retry_after))


def _retry(seconds: float | None) -> dict[str, str]:
    return {} if seconds is None else {"retry-after": f"{seconds:.10g}"}


async def _collected(application: ASGIApp, scope: Scope, body: bytes) -> Response:
    """The whole answer of an application, so that a fault can still change it."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    await application(dict(scope), receive, send)
    start, *rest = messages
    response = Response(b"".join(part.get("body", b"") for part in rest), start["status"])
    response.raw_headers = list(start["headers"])
    return response
