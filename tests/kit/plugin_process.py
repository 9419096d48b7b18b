"""The plugin process as the engine starts it: the SDK's own server, with the providers that its calls bring along."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc


class PluginProcess:
    """A running plugin process, beside a module `theirs` of another provider; its calls are the engine's."""

    def __init__(self, folder: Path, theirs: str, engine_port: int = 1) -> None:
        self._calls: list[Any] = []  # one that is not kept is cancelled
        self._folder = folder
        (folder / "theirs.py").write_text(textwrap.dedent(theirs))
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.dynamic", f"127.0.0.1:{engine_port}"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "PULUMI_PROJECT": "p"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self._channel = grpc.insecure_channel(f"127.0.0.1:{int(self.process.stdout.readline())}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def theirs(self, provider: str) -> str:
        """The pickle of a provider of that module, given as an expression."""
        code = f"import base64, dill, theirs; print(base64.b64encode(dill.dumps(theirs.{provider})).decode())"
        run = subprocess.run([sys.executable, "-c", code], cwd=self._folder, capture_output=True, text=True, check=True)
        return run.stdout.strip()

    def create(self, provider: str, **inputs: Any) -> Any:
        """Begins to create a resource of the provider whose pickle is given."""
        properties = struct({"__provider": provider, **inputs})
        self._calls.append(self.stub.Create.future(provider_pb2.CreateRequest(properties=properties)))
        return self._calls[-1]

    def end(self) -> None:
        self._channel.close()
        self.process.kill()
        self.process.communicate()


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made
