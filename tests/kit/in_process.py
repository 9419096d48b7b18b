"""The provider without an engine: its calls in an engine's order, each value over the engine's wire and back.

standup = Resource(Plugin(api), meeting_id="standup")
assert standup.up() == "create"
assert standup.up(desired_status="PAUSED") == "update"
standup.destroy()
"""

import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc
from pulumi_realtimekit.plugin.dynamic import TrackRecordingProvider
from pulumi_realtimekit.plugin.engine import Engine, Severity
from pulumi_realtimekit.plugin.lifecycle import Lifecycle

from sandbox.api.testing import SandboxApi

PICKLE = "gASVHQAAAAAAAAC"
"""Stands for the provider's pickle, which is among the properties of each call."""

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""Marks a map as a secret, the map's `value`."""

ACCOUNT, APP = "023e105f4ecef8ad9ca31a8372d0c353", "2a95132c15732412d22c1476fa83f27a"
MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"

Done = Literal["create", "same", "update", "replace"]


class Checked(Exception):
    """What `check` found wrong, a line each."""


class Heard(Engine):
    """An engine that keeps what it is told, and is there as long as `present` says."""

    def __init__(self, present: Callable[[], bool] = lambda: True) -> None:
        super().__init__(None)
        self.messages: list[tuple[Severity, str]] = []
        self.present = present

    def is_present(self) -> bool:
        return self.present()

    def say(self, message: str, severity: Severity = "info") -> None:
        self.messages.append((severity, message))

    @property
    def warnings(self) -> list[str]:
        return [message for severity, message in self.messages if severity == "warning"]


def configuration(api: SandboxApi, **config: Any) -> dict[str, Any]:
    """The stack's config as the engine hands it over: objects as JSON in a string."""
    declared = {
        "apiToken": api.token,
        "accountId": ACCOUNT,
        "appId": APP,
        "baseUrl": api.base_url,
        "timeoutSeconds": 3,
        **config,
    }
    return {
        f"realtimekit:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in declared.items()
        if value is not None
    }


class Plugin:
    """One plugin process, as far as it is the provider's; `config` adds to what reaches the sandbox API."""

    running: ClassVar[list["Plugin"]] = []

    def __init__(self, api: SandboxApi, engine: Engine | None = None, **config: Any) -> None:
        self.api = api
        self.engine = engine or Heard()
        self.lifecycle = Lifecycle(configuration(api, **config).get, self.engine)
        self.provider = TrackRecordingProvider()
        self.provider._lifecycle = self.lifecycle
        self.running.append(self)

    @classmethod
    def end_all(cls) -> None:
        for plugin in cls.running:
            if plugin.lifecycle.connection._api:
                plugin.lifecycle.connection._api.close()
        cls.running.clear()

    @property
    def heard(self) -> Heard:
        assert isinstance(self.engine, Heard)
        return self.engine


@dataclass
class Resource:
    """One resource of a stack: its state, and the steps that bring it about."""

    plugin: Plugin
    declared: dict[str, Any] = field(default_factory=dict)
    id: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    def __init__(self, plugin: Plugin, **declared: Any) -> None:
        self.plugin, self.declared = plugin, declared
        self.id, self.inputs, self.outputs = None, {}, {}

    def check(self) -> dict[str, Any]:
        """The checked inputs of what is declared. Raises Checked."""
        result = self.plugin.provider.check(engine_wire(self.inputs), engine_wire(self.declared))
        if result.failures:
            assert all(failure.property == "" for failure in result.failures)
            raise Checked("\n".join(failure.reason for failure in result.failures))
        return engine_wire(result.inputs)

    def preview(self, **changes: Any) -> tuple[Done, list[str]]:
        """What `up` would do, and the properties that a replacement is for."""
        self.declared |= changes
        news = self.check()
        return ("create", []) if self.id is None else self._diff(news)

    def up(self, **changes: Any) -> Done:
        """Declares anew and deploys; a value of None takes a declaration back."""
        self.declared |= changes
        news = self.check()
        if self.id is None:
            self._create(news)
            return "create"
        done, _ = self._diff(news)
        if done == "replace":
            self.replace()
        elif done == "update":
            result = self.plugin.provider.update(self.id, engine_wire(self.outputs), news)
            self.outputs = engine_wire(result.outs)
        self.inputs = news
        return done

    def replace(self) -> None:
        """As `up --replace` does, which asks for no difference."""
        self.destroy()
        self._create(engine_wire(self.check()))

    def recreate(self) -> None:
        """As the next `up` does after one whose replacement was interrupted: no delete, that was done."""
        news = self.check()
        self._diff(news)
        self._create(news)

    def refresh(self) -> bool:
        """Reads it, and compares it with its inputs as an engine does; False where it is gone."""
        assert self.id is not None
        result = self.plugin.provider.read(self.id, engine_wire(self.outputs))
        if result.id is None:
            self.id, self.inputs, self.outputs = None, {}, {}
            return False
        self.outputs = engine_wire(result.outs)
        if self.inputs:  # else it was looked up
            self._diff(self.inputs)
        return True

    def destroy(self) -> None:
        if self.id is not None:
            self.plugin.provider.delete(self.id, engine_wire(self.outputs))
        self.id, self.inputs, self.outputs = None, {}, {}

    def by(self, plugin: Plugin) -> "Resource":
        """Goes on with another plugin process: the next command of a stack."""
        self.plugin = plugin
        return self

    def _diff(self, news: dict[str, Any]) -> tuple[Done, list[str]]:
        assert self.id is not None
        result = self.plugin.provider.diff(self.id, engine_wire(self.outputs), news)
        assert result.delete_before_replace
        if result.replaces:
            return "replace", result.replaces
        return ("update" if result.changes else "same"), []

    def _create(self, news: dict[str, Any]) -> None:
        result = self.plugin.provider.create(news)
        assert result.id
        self.id, self.inputs, self.outputs = result.id, news, engine_wire(result.outs)


def engine_wire(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Values as they come back from the engine: through the SDK's protobuf and the JSON of the state."""
    sent = _result(rpc.serialize_properties({"__provider": PICKLE, **(values or {})}, {}))
    saved = json.dumps(_revealed(json_format.MessageToDict(sent)), allow_nan=False)
    found: dict[str, Any] = rpc.deserialize_properties(
        json_format.Parse(saved, struct_pb2.Struct()), keep_unknowns=True
    )
    return {name: value for name, value in found.items() if value is not None}


def _revealed(value: Any) -> Any:
    """Secrets as what they hold: the engine hands the plugin plain values."""
    if isinstance(value, Mapping):
        if SECRET.items() <= value.items():
            return _revealed(value["value"])
        return {name: _revealed(item) for name, item in value.items()}
    return [*map(_revealed, value)] if isinstance(value, list) else value


def _result(plain: Coroutine[Any, Any, struct_pb2.Struct]) -> struct_pb2.Struct:
    """What a coroutine returns that waits for nothing, as serialising does where no value is an output."""
    try:
        plain.send(None)
    except StopIteration as done:
        result: struct_pb2.Struct = done.value
        return result
    raise AssertionError("it waits")
