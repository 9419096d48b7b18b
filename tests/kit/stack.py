"""A stack's files in a folder, and the program's process configured from them as the CLI does it."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pulumi
import pytest
import yaml
from google.protobuf import json_format
from pulumi.runtime.config import set_all_config
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.settings import SETTINGS

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
        self.requests: dict[str, Any] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        self.inputs[request.name] = json_format.MessageToDict(request.object)
        self.requests[request.name] = request
        return super().RegisterResource(request)


class CliLoader(yaml.SafeLoader):
    """Reads YAML as the CLI does: `yes` and `no` as text."""


CliLoader.yaml_implicit_resolvers = {
    first: [(tag, kind) for tag, kind in resolvers if first in "tTfF" or not tag.endswith(":bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def decrypted(node: Any) -> tuple[Any, bool]:
    """A node of the config with `{secure: x}` as x, and whether it holds one."""
    if isinstance(node, dict):
        if node.keys() == {"secure"}:
            return node["secure"], True
        parts = {str(key): decrypted(value) for key, value in node.items()}
        return {key: value for key, (value, _) in parts.items()}, any(secret for _, secret in parts.values())
    if isinstance(node, list):
        items = [decrypted(item) for item in node]
        return [value for value, _ in items], any(secret for _, secret in items)
    return (node.decode() if isinstance(node, bytes) else node), False


def handed_over(value: Any) -> str:
    """A value as the program gets it: text, or an object in JSON."""
    if isinstance(value, str | None):
        return value or ""
    return json.dumps(value, default=lambda date: f"{date.isoformat()}T00:00:00Z")


class Stack:
    """The stack `dev` of the project `recordings`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._monkeypatch = folder, monkeypatch
        self.engine = NoEngine()
        self.registrations = Registrations(self.engine)
        self.warnings: list[str] = []
        self.environment(ENVIRONMENT)
        monkeypatch.setattr(pulumi.log, "warn", lambda message, *_: self.warnings.append(message))

    @property
    def file(self) -> Path:
        return self.folder / "Pulumi.dev.yaml"

    def environment(self, variables: Mapping[str, str]) -> None:
        """What the environment says from now on; nothing else of ours is set."""
        for name in ENVIRONMENT:
            self._monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    def configure(self, config: str, project: str = "", rest: str = "", name: str = "recordings") -> None:
        """Writes the files and configures this process from them; `{secure: x}` holds x itself.

        config: that of the stack file. project: more of Pulumi.yaml. rest: more of the stack file.
        """
        project_file = f"name: {name}\nruntime: python\n{dedent(project)}"
        (self.folder / "Pulumi.yaml").write_text(project_file, "utf-8")
        self.file.write_text(f"config:\n{indent(dedent(config), '  ')}\n{rest}", "utf-8")
        shared = yaml.safe_load(project_file).get("config", {})
        own = next(yaml.load_all(self.file.read_text("utf-8"), CliLoader))["config"] or {}
        nodes = {**{key: node["value"] for key, node in shared.items()}, **own}
        values = {key: decrypted(node) for key, node in nodes.items()}
        self.engine = NoEngine()
        self.registrations = Registrations(self.engine)
        set_mocks(self.engine, project=name, stack="dev", preview=False, monitor=self.registrations)
        SETTINGS.root_directory = str(self.folder)
        set_all_config(
            {key: handed_over(value) for key, (value, _) in values.items()},
            [key for key, (_, is_secret) in values.items() if is_secret],
        )

    def registered(self, program: Callable[[], object]) -> dict[str, Any]:
        """The inputs of the resource or provider `a`, as the program registers them."""

        @pulumi.runtime.test
        def run() -> None:
            program()

        run()
        return self.registrations.inputs["a"]


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A stack without config."""
    yield Stack(tmp_path, monkeypatch)
    set_all_config({}, [])
