"""The open connections: what a server needs to misbehave below HTTP, and no ASGI server offers."""

from __future__ import annotations

import asyncio
import socket
import struct

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]


class Connections:
    """Every open connection by the address of its client, which is what ASGI tells of it."""

    def __init__(self) -> None:
        self._transports: dict[Address, asyncio.Transport] = {}

    def protocol(self) -> type[asyncio.Protocol]:
        """A class for uvicorn's `http`: its own, and each connection is noted here."""
        transports = self._transports

        class Noted(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    transports[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                if self.client is not None:
                    transports.pop(self.client, None)

        return Noted

    async def close(self, scope: Scope, receive: Receive) -> None:
        """Sends what was written, then the end of the connection."""
        transport = self._transport(scope)
        if transport is not None:
            transport.close()
        await _gone(receive)

    async def reset(self, scope: Scope, receive: Receive) -> None:
        """Drops the connection at once: the client sees a reset."""
        transport = self._transport(scope)
        if transport is not None:
            connection: socket.socket = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        await _gone(receive)

    def _transport(self, scope: Scope) -> asyncio.Transport | None:
        """None where the client has gone by itself."""
        host, port = scope["client"]
        return self._transports.get((host, port))


async def _gone(receive: Receive) -> None:
    # An application that returns before the server knows of the end looks to the server like a bug.
    while (await receive())["type"] != "http.disconnect":
        pass
