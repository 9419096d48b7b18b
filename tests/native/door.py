"""The native door without an engine: its gRPC calls in the place of `pulumi.dynamic`'s, under the kit's `Resource`."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult
from pulumi.runtime import proto
from pulumi_realtimekit.declarations.spelling import PROPERTIES, in_api_spelling, in_camel_case
from pulumi_realtimekit.errors import RealtimeKitError
from pulumi_realtimekit.plugin.engine import Engine
from pulumi_realtimekit.plugin.native import NativeProvider

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import SECRET, Heard, Plugin, configuration

URN = "urn:pulumi:test::recordings::realtimekit:index:TrackRecording::standup"
DEFAULT_PROVIDER = "urn:pulumi:test::recordings::pulumi:providers:realtimekit::default"


class Context:
    """What a call is answered through where it fails."""

    def abort(self, code: object, message: str) -> None:
        raise RealtimeKitError(message)


class Door:
    """The calls of `pulumi.dynamic.ResourceProvider`, made of the plugin's gRPC service.

    service: the plugin's. urn: of the resource that is checked.
    """

    def __init__(self, engine: Engine, config: Mapping[str, Any], urn: str = DEFAULT_PROVIDER) -> None:
        self.service, self.urn = NativeProvider(engine), URN
        secret = {key: {**SECRET, "value": value} for key, value in config.items()}
        self.call("Configure", proto.ConfigureRequest(args=struct(secret), urn=urn))

    def call(self, name: str, request: Any) -> Any:
        return getattr(self.service, name)(request, Context())

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        answer = self.call("Check", proto.CheckRequest(urn=self.urn, olds=camel(olds), news=camel(news)))
        failures = [CheckFailure(failure.property, failure.reason) for failure in answer.failures]
        return CheckResult(snake(answer.inputs), failures)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        answer = self.call("Diff", proto.DiffRequest(id=id_, urn=self.urn, olds=camel(olds), news=camel(news)))
        return DiffResult(answer.changes == proto.DiffResponse.DIFF_SOME, [*answer.replaces], [], True)

    def create(self, props: dict[str, Any]) -> CreateResult:
        answer = self.call("Create", proto.CreateRequest(urn=self.urn, properties=camel(props)))
        return CreateResult(answer.id, snake(answer.properties))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        answer = self.call("Read", proto.ReadRequest(id=id_, urn=self.urn, properties=camel(props)))
        return ReadResult(answer.id or None, snake(answer.properties))

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        answer = self.call("Update", proto.UpdateRequest(id=id_, urn=self.urn, olds=camel(olds), news=camel(news)))
        return UpdateResult(snake(answer.properties))

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        self.call("Delete", proto.DeleteRequest(id=id_, urn=self.urn, properties=camel(props)))


class NativePlugin(Plugin):
    """One process of the plugin; urn: its provider's."""

    def __init__(
        self, api: SandboxApi, engine: Engine | None = None, *, urn: str = DEFAULT_PROVIDER, **config: Any
    ) -> None:
        super().__init__(api, engine or Heard(), **config)
        given = {key.removeprefix("realtimekit:"): value for key, value in configuration(api, **config).items()}
        door = Door(self.engine, given, urn)
        self.provider, self.lifecycle = door, door.service.lifecycle  # type: ignore[assignment]


def camel(values: Mapping[str, Any]) -> struct_pb2.Struct:
    return struct(in_camel_case({name: value for name, value in values.items() if name != "__provider"}, PROPERTIES))


def snake(values: struct_pb2.Struct) -> dict[str, Any]:
    spelt: dict[str, Any] = in_api_spelling(json_format.MessageToDict(values), PROPERTIES)
    return spelt


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made
