"""The engine as the plugin sees it: whether it is still there, and where to say something.

Its address is the plugin process's only argument. In a process without one (tests, `audit`) it counts as present, and
what is said goes to standard error.
"""

import sys
import time
from functools import cached_property
from typing import Any, Final, Literal

from pulumi_realtimekit import standard_error as _standard_error

Severity = Literal["info", "warning"]

PROGRESS_SECONDS: Final = 2
REPEAT_SECONDS: Final = 15
ANSWER_SECONDS: Final = 5
CONNECT_SECONDS: Final = 1


class Engine:
    """The engine that started this plugin process.

    address: `host:port` of its gRPC server, None where there is none.
    """

    def __init__(self, address: str | None) -> None:
        self._address = address

    @classmethod
    def of_this_process(cls) -> "Engine":
        arguments = sys.argv[1:2]
        host, _, port = arguments[0].rpartition(":") if arguments else ("", "", "")
        return cls(arguments[0] if host and port.isdigit() else None)

    def is_present(self) -> bool:
        """Whether the engine answers; one that is busy, or does not know the question, is there."""
        if self._address is None:
            return True
        import grpc
        from pulumi.runtime.proto import engine_pb2

        try:
            self._stub.GetRootResource(engine_pb2.GetRootResourceRequest(), timeout=ANSWER_SECONDS)
        except grpc.RpcError as error:
            return error.code() is not grpc.StatusCode.UNAVAILABLE or self._accepts_connections()
        return True

    def _accepts_connections(self) -> bool:
        """Whether a new connection can be made: one that broke says nothing of what it led to."""
        import grpc

        with grpc.insecure_channel(self._address or "") as channel:
            try:
                grpc.channel_ready_future(channel).result(timeout=CONNECT_SECONDS)
            except grpc.FutureTimeoutError:
                return False
        return True

    def say(self, message: str, severity: Severity = "info") -> None:
        """Shows a message to the user; one that cannot be shown is no failure."""
        if self._address is None:
            _standard_error.write(f"{severity}: {message}\n")
            return
        import grpc
        from pulumi.runtime.proto import engine_pb2

        levels = {"info": engine_pb2.INFO, "warning": engine_pb2.WARNING}
        try:
            self._stub.Log(engine_pb2.LogRequest(severity=levels[severity], message=message), timeout=5)
        except grpc.RpcError:
            _standard_error.write(f"{message}\n")

    def progress(self, what: str) -> "Progress":
        """For what may take long: says what it waits for after two seconds, then every fifteen."""
        return Progress(self, what)

    @cached_property
    def _stub(self) -> Any:
        import grpc
        from pulumi.runtime.proto import engine_pb2_grpc

        return engine_pb2_grpc.EngineStub(grpc.insecure_channel(self._address or ""))


class Progress:
    """Says what is waited for, at a human rhythm."""

    def __init__(self, engine: Engine, what: str) -> None:
        self._engine, self._what = engine, what
        self._began = time.monotonic()
        self._next = self._began + PROGRESS_SECONDS

    def tick(self) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._engine.say(f"{self._what} ({now - self._began:.0f} s)")
            self._next = now + REPEAT_SECONDS
