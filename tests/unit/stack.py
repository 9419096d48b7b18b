"""A stack's files in a folder, and the program's process configured from them as the CLI does it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pulumi
import pytest
from google.protobuf import json_format
from pulumi.runtime.config import set_all_config
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.settings import SETTINGS
from sandbox.engine.stack_config import Configuration, StackFile

ENVIRONMENT = {
    "CLOUDFLARE_API_TOKEN": "token",
    "CLOUDFLARE_ACCOUNT_ID": "account",
    "REALTIMEKIT_APP_ID": "app",
    "CLOUDFLARE_BASE_URL": "http://127.0.0.1:1/client/v4",
}
"""What a config may leave to the environment."""


class NoEngine(Mocks):
    """An engine that takes every resource as it is declared."""

    def __init__(self) -> None:
        self.resources: dict[str, MockResourceArgs] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[object, object]]:
        self.resources[args.name] = args
        return f"{args.name}-id", dict(args.inputs)

    def call(self, args: MockCallArgs) -> dict[object, object]:
        return {}


class Registrations(MockMonitor):
    """An engine's end of the wire, that keeps what is registered as it is sent: secrets marked at their paths."""

    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.inputs: dict[str, dict[str, Any]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        self.inputs[request.name] = json_format.MessageToDict(request.object)
        return super().RegisterResource(request)


class Stack:
    """The stack `dev` of the project `recordings`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._monkeypatch = folder, monkeypatch
        self.engine = NoEngine()
        self.registrations = Registrations(self.engine)
        self.warnings: list[str] = []
        self.environment(ENVIRONMENT)
        monkeypatch.setattr(pulumi.log, "warn", lambda message, *_: self.warnings.append(message))

    def environment(self, variables: Mapping[str, str]) -> None:
        """What the environment says from now on; nothing else of ours is set."""
        for name in ENVIRONMENT:
            self._monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    def configure(self, config: str, project: str = "", rest: str = "") -> Configuration:
        """Writes the stack file and configures this process from it; `{secure: x}` holds x itself."""
        (self.folder / "Pulumi.yaml").write_text(f"name: recordings\nruntime: python\n{dedent(project)}", "utf-8")
        file = self.folder / "Pulumi.dev.yaml"
        file.write_text(f"config:\n{indent(dedent(config), '  ')}\n{rest}", "utf-8")
        told = Configuration.of(StackFile(file, "recordings").config, lambda ciphertext: ciphertext)
        self.engine = NoEngine()
        self.registrations = Registrations(self.engine)
        set_mocks(self.engine, project="recordings", stack="dev", preview=False, monitor=self.registrations)
        SETTINGS.root_directory = str(self.folder)
        self._monkeypatch.setenv("PULUMI_CONFIG", json.dumps(dict(told.values)))
        set_all_config(dict(told.values), sorted(told.secret_keys))
        return told


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A stack without config."""
    yield Stack(tmp_path, monkeypatch)
    set_all_config({}, [])
