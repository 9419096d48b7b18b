"""The engine as the plugin sees it: whether it is still there, and where messages go.

Its address is the plugin process's last argument. A process without one (tests, `audit`) counts as having an engine,
and its messages go to standard error.
"""

import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any, Final, Literal

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

Severity = Literal["info", "warning"]
SEVERITIES: Final = {"info": engine_pb2.INFO, "warning": engine_pb2.WARNING}

ANSWER_SECONDS: Final = 5
CONNECT_SECONDS: Final = 1

PAUSES: Final = (0.3, 0.7, 1.0, 2.0, 3.0, 5.0)
"""The seconds between looks at something that is waited for; the last pause repeats."""

PROGRESS_SECONDS: Final = 2
REPEAT_SECONDS: Final = 15


class Engine:
    """The engine that started this plugin process.

    address: `host:port` of its gRPC server, None where there is none.
    """

    def __init__(self, address: str | None) -> None:
        self._address = address

    @classmethod
    def of_this_process(cls) -> "Engine":
        address = sys.argv[-1] if len(sys.argv) > 1 else ""
        host, _, port = address.rpartition(":")
        return cls(address if host and port.isdigit() else None)

    def is_present(self) -> bool:
        """Whether the engine answers. One that is busy, or does not know the question, is there."""
        if self._address is None:
            return True
        try:
            self._stub.GetRootResource(engine_pb2.GetRootResourceRequest(), timeout=ANSWER_SECONDS)
        except grpc.RpcError as error:
            return error.code() is not grpc.StatusCode.UNAVAILABLE or self._accepts_connections()
        return True

    def _accepts_connections(self) -> bool:
        """Whether a new connection can be made: a broken one says nothing about the engine."""
        with grpc.insecure_channel(self._address or "") as channel:
            try:
                grpc.channel_ready_future(channel).result(timeout=CONNECT_SECONDS)
            except grpc.FutureTimeoutError:
                return False
        return True

    def say(self, message: str, severity: Severity = "info") -> None:
        """Shows a message to the user. A message that cannot be shown is no failure."""
        if self._address is None:
            _print(f"{severity}: {message}")
            return
        try:
            self._stub.Log(engine_pb2.LogRequest(severity=SEVERITIES[severity], message=message), timeout=5)
        except grpc.RpcError:
            _print(message)

    def waits(self, what: str, seconds: float, scale: float) -> Iterator[float]:
        """Pauses between looks at something, until so many seconds are over. Yields the seconds that are left.

        After two seconds, and then every fifteen, the user reads what is waited for.
        scale: the length of a pause, as a part of the usual one.
        """
        began = time.monotonic()
        until, says = began + seconds, began + PROGRESS_SECONDS
        for pause in itertools.chain(PAUSES, itertools.repeat(PAUSES[-1])):
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(pause * scale, left))
            yield max(0.0, until - time.monotonic())
            now = time.monotonic()
            if now >= says:
                self.say(f"{what} ({now - began:.0f} s)")
                says = now + REPEAT_SECONDS

    @cached_property
    def _stub(self) -> Any:
        return engine_pb2_grpc.EngineStub(grpc.insecure_channel(self._address or ""))


def _print(message: str) -> None:
    """Prints to standard error. Nobody reads that pipe once the engine was killed."""
    with suppress(OSError, ValueError):  # ValueError: it is closed
        sys.stderr.write(f"{message}\n")
