"""The open connections: so many and no more, and none for long that has the service wait.

uvicorn bounds the pause between two requests, not how long a head may take, and what is above its `limit_concurrency`
it answers but keeps: whoever opens connections and says nothing would take up all of them, then every file that the
process may open. A webhook comes in one piece, so the peer that has had the service wait longest is never its sender.
"""

from __future__ import annotations

import logging
import resource
import time
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

from recording_webhook.settings import OTHER_FILES

if TYPE_CHECKING:
    import asyncio

logger = logging.getLogger(__name__)

ACCEPTED_AT_ONCE = 64
"""asyncio accepts so many in one go, before it serves any: each takes a file that no bound counts yet."""
QUEUE = 1024
"""So many the system holds until they are accepted: above that, a sender tries again a second later."""

_TELL_SECONDS = 60.0


class Connections:
    """Those that have the service wait, in the order in which they began to.

    most: open at once; head_seconds: from the connection, or the last answer, to the end of the next request's head.
    """

    def __init__(self, *, most: int, head_seconds: float) -> None:
        self._most = most
        self._head_seconds = head_seconds
        self._waiting: dict[H11Protocol, asyncio.TimerHandle | None] = {}
        self._closed = 0
        self._told = -_TELL_SECONDS

    def make_room(self) -> None:
        """Lets the process open files for all of them, as far as it may: some systems allow 256 unless asked."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed = self._most + OTHER_FILES
        if soft != resource.RLIM_INFINITY and soft < needed:
            wanted = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

    def protocol(self) -> type[asyncio.Protocol]:
        """A class for uvicorn's `http`: its own, which tells of each step here."""
        opened, seen, lost = self._opened, self._seen, self._wait_no_more

        class Bounded(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                opened(self)

            def data_received(self, data: bytes) -> None:
                super().data_received(data)
                seen(self)

            def on_response_complete(self) -> None:
                super().on_response_complete()
                seen(self)

            def pause_writing(self) -> None:
                super().pause_writing()
                seen(self)

            def resume_writing(self) -> None:
                super().resume_writing()
                seen(self)

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                lost(self)

        return Bounded

    def _opened(self, connection: H11Protocol) -> None:
        self._seen(connection)
        if len(connection.connections) > self._most:
            self._close(next(iter(self._waiting)))  # where all others are being answered, the new one itself

    def _seen(self, connection: H11Protocol) -> None:
        answering = connection.cycle is not None and not connection.cycle.response_complete
        if not answering or connection.flow.write_paused:
            self._wait(connection, timed=True)
        elif connection.cycle.more_body:
            self._wait(connection, timed=False)  # how long a body takes is the application's to bound, and to answer
        else:
            self._wait_no_more(connection)

    def _wait(self, connection: H11Protocol, *, timed: bool) -> None:
        """From now on, or for as long as it has before: a byte now and then is no more than silence."""
        if connection in self._waiting and (self._waiting[connection] is not None) == timed:
            return
        self._wait_no_more(connection)
        timer = connection.loop.call_later(self._head_seconds, self._close, connection) if timed else None
        self._waiting[connection] = timer

    def _wait_no_more(self, connection: H11Protocol) -> None:
        timer = self._waiting.pop(connection, None)
        if timer is not None:
            timer.cancel()

    def _close(self, connection: H11Protocol) -> None:
        self._wait_no_more(connection)
        connection.connections.discard(connection)  # now, not when the loop tells: the next one may come before that
        if connection.transport.is_closing():
            return
        connection.transport.abort()  # not `close`, which waits for a peer that does not read
        self._closed += 1
        self._tell()

    def _tell(self) -> None:
        """At most a line a minute: who opens connections is not to fill the disk."""
        if time.monotonic() - self._told < _TELL_SECONDS:
            return
        reason = f"no whole request within {self._head_seconds:g} s, or more than {self._most} open"
        logger.warning("closed connections=%d since the last line like this, reason=%r", self._closed, reason)
        self._told, self._closed = time.monotonic(), 0
