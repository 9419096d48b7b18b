"""The engine as the plugin sees it: the SDK's `Engine` service over gRPC, in a process that a test can kill.

with EngineProcess() as engine:
    plugin = Plugin(api, engine.client())
    engine.kill()
"""

import json
import signal
import subprocess
import sys
from concurrent import futures
from pathlib import Path
from types import TracebackType
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc
from pulumi_realtimekit.plugin.engine import Engine

PROJECT = Path(__file__).resolve().parents[2]
SEVERITIES = {engine_pb2.INFO: "info", engine_pb2.WARNING: "warning"}


class Service(engine_pb2_grpc.EngineServicer):
    """Knows of the root resource where it is not `old`, and prints what it is told."""

    def __init__(self, old: bool) -> None:
        self._old = old

    def GetRootResource(self, _: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        if self._old:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "unknown method")
        return engine_pb2.GetRootResourceResponse()

    def Log(self, request: Any, _: Any) -> Any:  # noqa: N802
        print(json.dumps([SEVERITIES[request.severity], request.message]), flush=True)
        return empty_pb2.Empty()


class EngineProcess:
    """A running engine; `port` 0 takes a free one."""

    def __init__(self, port: int = 0, *, old: bool = False) -> None:
        self._arguments = [str(port), *(["old"] if old else [])]

    def __enter__(self) -> "EngineProcess":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kit.engine_service", *self._arguments],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.kill()

    def client(self) -> Engine:
        """What the plugin has of it."""
        return Engine(f"127.0.0.1:{self.port}")

    def kill(self) -> list[list[str]]:
        """Ends it as SIGKILL does; what it was told, where it was not killed before."""
        if self._process.returncode is not None:
            return []
        self._process.kill()
        said, _ = self._process.communicate()
        return [json.loads(line) for line in said.splitlines()]

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)


def main(port: str = "0", old: str = "") -> None:
    server = grpc.server(futures.ThreadPoolExecutor(4))
    engine_pb2_grpc.add_EngineServicer_to_server(Service(bool(old)), server)
    print(server.add_insecure_port(f"127.0.0.1:{port}"), flush=True)
    server.start()
    sys.stdin.read()  # ends with the test's process, however that ends


if __name__ == "__main__":
    main(*sys.argv[1:])
