"""Deadlines of a thread: of a call, from its first byte to the answer's last, and of a step that makes many calls.

httpx's timeouts hold for each read by itself: a server that sends a byte now and then would keep a call for ever. The
streams below shorten each of them to what is left to the thread that they serve.
"""

import math
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

from pulumi_realtimekit.api.lazy_httpx import httpx

_thread = threading.local()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """All that the thread sends, receives and waits for inside has to be done in so many seconds.

    Of nested ones the nearest counts.
    """
    before = _ends()
    _thread.ends = min(before, time.monotonic() + seconds)
    try:
        yield
    finally:
        _thread.ends = before


def left() -> float:
    """The seconds that are left to the thread: none or fewer once its deadline is over, infinitely many without one."""
    return _ends() - time.monotonic()


def _ends() -> float:
    ends: float = getattr(_thread, "ends", math.inf)
    return ends


def obey_deadlines(client: httpx.Client) -> None:
    """Makes the connections of a client keep to the deadlines of their threads.

    httpx offers no way to hand over httpcore's `network_backend`: where its insides look different one day, a call
    that makes progress lasts as long as it likes, and everything else is as before.
    """
    transports = [getattr(client, "_transport", None), *getattr(client, "_mounts", {}).values()]
    for pool in (getattr(transport, "_pool", None) for transport in transports):
        backend = getattr(pool, "_network_backend", None)
        if isinstance(backend, httpcore.NetworkBackend):
            pool._network_backend = _Backend(backend)  # type: ignore[union-attr]  # noqa: SLF001


def _left(timeout: float | None, expired: type[Exception]) -> float | None:
    seconds = left()
    if seconds <= 0:
        raise expired("timed out")
    return timeout if math.isinf(seconds) else min(seconds, seconds if timeout is None else timeout)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        timeout = _left(timeout, httpcore.ConnectTimeout)
        try:
            return _Stream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options))
        except (ValueError, OverflowError) as error:  # a proxy's name or port that is none
            raise httpcore.ConnectError(str(error)) from None


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        timeout = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
