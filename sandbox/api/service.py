"""The whole API as one ASGI application, and the uvicorn server that it runs on."""

from __future__ import annotations

import socket
import traceback
from collections.abc import Callable

import uvicorn
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from sandbox.api.access import Access
from sandbox.api.calls import Call, answered
from sandbox.api.connections import Connections
from sandbox.api.control import PATH, Control, no_control
from sandbox.api.faults import Faults
from sandbox.api.gateway import BASE_PATH, Gateway, no_route
from sandbox.api.limits import Limits
from sandbox.api.meeting_calls import MeetingCalls
from sandbox.api.paths import as_sent
from sandbox.api.recording_calls import RecordingCalls
from sandbox.api.request_log import RequestLog
from sandbox.api.settings import Settings
from sandbox.api.store import Store
from sandbox.api.world import World

APP_PATH = BASE_PATH + "/accounts/{account_id:id}/realtime/kit/{app_id:id}"
CLOSING_SECONDS = 1
"""How long running calls may still take once the server is asked to stop."""


def routes_of(world: World) -> list[Route]:
    recordings, meetings = RecordingCalls(world), MeetingCalls(world)
    table: list[tuple[str, str, Call]] = [
        ("POST", "/recordings/track", recordings.start_track),
        ("POST", "/recordings", recordings.start_composite),
        ("GET", "/recordings", recordings.listed),
        ("GET", "/recordings/active-recording/{meeting_id:id}", recordings.active),
        ("GET", "/recordings/{recording_id:id}", recordings.one),
        ("PUT", "/recordings/{recording_id:id}", recordings.change),
        ("GET", "/meetings/{meeting_id:id}", meetings.meeting),
        ("GET", "/meetings/{meeting_id:id}/active-session", meetings.active_session),
        ("GET", "/sessions", meetings.sessions),
    ]
    return [Route(APP_PATH + path, answered(call), methods=[method]) for method, path, call in table]


class Service:
    """Raises:
    UnusableState: of the state file.
    """

    def __init__(self, settings: Settings) -> None:
        self.connections = Connections()
        self._store = Store(settings.state)
        world, faults, log = World(self._store, settings), Faults(), RequestLog()
        limits = Limits(
            account=(settings.request_limit, settings.request_window), user=(settings.user_limit, settings.user_window)
        )
        control = Control(world, faults, limits, log)
        self._control = Router(control.routes(), redirect_slashes=False, default=no_control)
        self._api = Gateway(
            Router(routes_of(world), redirect_slashes=False, default=no_route),
            access=Access(settings.tokens),
            clock=world.clock,
            connections=self.connections,
            faults=faults,
            limits=limits,
            log=log,
            latency=settings.latency,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = as_sent(scope)
        path: str = scope["path"]
        own = path == PATH or path.startswith(f"{PATH}/")
        try:
            await (self._control if own else self._api)(scope, receive, send)
        except Exception:
            traceback.print_exc()
            raise

    def close(self) -> None:
        self._store.close()


class Server(uvicorn.Server):
    """Quiet: a bug shows its traceback on standard error, nothing else is said.

    Args:
        accepting: called once connections are accepted.
    """

    def __init__(self, service: Service, accepting: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                service,
                http=service.connections.protocol(),
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                date_header=False,
                server_header=False,
                timeout_graceful_shutdown=CLOSING_SECONDS,
                timeout_keep_alive=75,
            )
        )
        self._accepting = accepting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._accepting()
