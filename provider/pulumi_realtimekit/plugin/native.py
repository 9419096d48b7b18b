"""The door for every other language: the provider's own gRPC service, on the stubs of Pulumi's SDK.

Inputs, outputs and messages are in camelCase here; the calls behind it, `Lifecycle`, know only the API's spelling.
The state keeps inputs as they were declared, and outputs with every name resolved. The engine hands over plain values,
and keeps a secret where its path is: this plugin marks what it knows to be one.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import importlib.resources
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import proto, rpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS  # as the SDK's own plugins: states are large
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_realtimekit.checks.camel_case import not_in_camel_case, text_in_camel_case
from pulumi_realtimekit.checks.meetings import Recorded, recorded_by
from pulumi_realtimekit.checks.problems import Problem
from pulumi_realtimekit.declarations.recording import ARGUMENTS
from pulumi_realtimekit.declarations.spelling import PROPERTIES, in_api_spelling, in_camel_case, to_camel
from pulumi_realtimekit.errors import NotConfigured, RealtimeKitError
from pulumi_realtimekit.plugin import inputs, process, state
from pulumi_realtimekit.plugin.changes import Change
from pulumi_realtimekit.plugin.connection import Connection
from pulumi_realtimekit.plugin.engine import Engine, Severity
from pulumi_realtimekit.plugin.lifecycle import Lifecycle
from pulumi_realtimekit.plugin.native_config import ProviderConfig

KINDS: Final = {(False, True): "ADD", (True, False): "DELETE"}
"""By whether a property was declared, and is now; otherwise `UPDATE`."""


def answered(call: Callable[[Any, Any], Any]) -> Callable[[Any, Any, grpc.ServicerContext], Any]:
    """A user's mistake is answered with its text; a bug's traceback goes to standard error as well."""

    @functools.wraps(call)
    def answer(self: Any, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return call(self, request)
        except RealtimeKitError as error:
            message = text_in_camel_case(str(error))
        except Exception as error:
            traceback.print_exc()
            message = f"a bug in pulumi-realtimekit, its traceback is printed: {type(error).__name__}"
        return context.abort(grpc.StatusCode.UNKNOWN, message)  # which raises

    return answer


class CamelCaseEngine(Engine):
    """The engine, with messages in camelCase."""

    def say(self, message: str, severity: Severity = "info") -> None:
        super().say(text_in_camel_case(message), severity)


class NativeProvider(proto.ResourceProviderServicer):
    """The calls of the engine. Each process has one provider: the default one, or an explicit one of the program."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._recorded: dict[Recorded, str] = {}

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return proto.PluginInfo(version=version("pulumi-realtimekit"))

    def GetSchema(self, request: Any, context: Any) -> Any:
        schema = importlib.resources.files("pulumi_realtimekit") / "pulumi-schema.json"
        return proto.GetSchemaResponse(schema=schema.read_text("utf-8"))

    def Cancel(self, request: Any, context: Any) -> Any:
        """Calls that are running go on: a start that was sent has to return its id."""
        return empty_pb2.Empty()

    @answered
    def CheckConfig(self, request: Any) -> Any:
        config = ProviderConfig(_plain(request.news), request.urn)
        found = [] if config.holds_unknowns else Connection(config.get, self._engine).mistakes
        failures = _failures([*config.unknown_keys(), *found])
        return proto.CheckResponse(inputs=_struct(config.with_secrets_marked()), failures=failures)

    @answered
    def DiffConfig(self, request: Any) -> Any:
        """Another token replaces nothing; where recordings are, their own `Diff` sees."""
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_UNKNOWN)

    @answered
    def Configure(self, request: Any) -> Any:
        given = rpc.deserialize_properties(request.args)
        secret = {key for key, value in given.items() if rpc.is_rpc_secret(value)}
        values = {key: rpc.unwrap_rpc_secret(value) for key, value in given.items()}
        config = self._config = ProviderConfig(values, request.urn, secret)
        config.refuse_plain_text()
        config.complete()
        self.lifecycle = Lifecycle(config.get, self._engine, is_current=config.provider is None)
        return proto.ConfigureResponse(acceptSecrets=False, supportsPreview=False)

    @answered
    def Check(self, request: Any) -> Any:
        news = _values(request.news)
        _, problems = self.lifecycle.check(news)
        found: list[Problem | str] = [*not_in_camel_case(_plain(request.news), PROPERTIES), *problems]
        found = found or [*self._same_meeting(request.urn, news)]
        return proto.CheckResponse(inputs=_struct(inputs.with_secrets_marked(news)), failures=_failures(found))

    @answered
    def Diff(self, request: Any) -> Any:
        news = _values(request.news)
        config = self.lifecycle.connection.config
        change = self.lifecycle.diff(request.id, _values(request.olds), inputs.checked_inputs(news, config))
        if change.step != "none" and inputs.check(news, config)[1]:  # in a refresh: `up` refuses the config in `Check`
            return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)
        return _difference(change, _values(request.old_inputs), news)

    @answered
    def Create(self, request: Any) -> Any:
        news = _values(request.properties)
        id_, known = self.lifecycle.create(self._resolved(news))
        return proto.CreateResponse(id=id_, properties=self._outputs(known, news))

    @answered
    def Read(self, request: Any) -> Any:
        olds = _values(request.properties)
        if "status" not in olds:
            return self._looked_up(request)
        known = self.lifecycle.read(request.id, olds)
        if known is None:
            return proto.ReadResponse()
        properties = self._outputs(known, _values(request.inputs))
        return proto.ReadResponse(id=request.id, properties=properties, inputs=request.inputs)

    @answered
    def Update(self, request: Any) -> Any:
        news = _values(request.news)
        known = self.lifecycle.update(request.id, _values(request.olds), self._resolved(news))
        return proto.UpdateResponse(properties=self._outputs(known, news))

    @answered
    def Delete(self, request: Any) -> Any:
        self.lifecycle.delete(request.id, _values(request.properties))
        return empty_pb2.Empty()

    def _looked_up(self, request: Any) -> Any:
        """A recording that is imported, or looked up by a program: as one that declares only its meeting."""
        recording = self.lifecycle.look_up(request.id)
        news = {"meeting_id": recording.meeting_id}
        adoption = {"adopted": True, "adoption": hashlib.sha256(request.urn.encode()).hexdigest()[:8]}
        known = state.of_recording(recording, inputs.without_secrets(self._resolved(news)), adoption)
        return proto.ReadResponse(id=request.id, properties=self._outputs(known, news), inputs=_struct(news))

    def _resolved(self, news: Mapping[str, Any]) -> dict[str, Any]:
        """What was declared with every name resolved. Raises NotConfigured where the config is wrong."""
        checked, problems = inputs.check(news, self.lifecycle.connection.config)
        if problems:
            raise NotConfigured("\n".join(map(str, problems)))
        return checked

    def _same_meeting(self, urn: str, news: Mapping[str, Any]) -> Iterator[str]:
        """The mistake of a second resource of this provider for a meeting, or for a recording that is taken over."""
        recorded = recorded_by(news, self.lifecycle.connection.config)
        if recorded is None:
            return
        first = self._recorded.setdefault(recorded, urn)
        if first != urn:
            yield recorded.same_as(f"TrackRecording '{first.rsplit('::', 1)[-1]}'")

    def _outputs(self, known: Mapping[str, Any], news: Mapping[str, Any]) -> struct_pb2.Struct:
        """Outputs for the engine, every secret marked; news: what was declared."""
        return _struct(self._config.with_its_secrets(inputs.with_secrets_marked(known), news))


def serve() -> None:
    """Serves the engine that started this process, until it ends."""
    engine = CamelCaseEngine.of_this_process()
    server = grpc.server(ThreadPoolExecutor(process.MOST_CALLS), options=_GRPC_CHANNEL_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(NativeProvider(engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    process.end_after(engine, globals())
    print(port, flush=True)  # noqa: T201 the engine reads this line
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop(0)


def _difference(change: Change, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Any:
    """What differs, property by property; olds, news: what was declared."""
    if change.step == "none":
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)
    others = [name for name in ARGUMENTS if olds.get(name) != news.get(name)]
    is_replaced = dict.fromkeys(others, False) | dict.fromkeys(change.reasons, change.step == "replace")
    detailed = {}
    for name, replaced in is_replaced.items():
        kind = KINDS.get((name in olds, name in news), "UPDATE") + "_REPLACE" * replaced
        is_declared = name in olds or name in news
        detailed[to_camel(name)] = proto.PropertyDiff(kind=proto.PropertyDiff.Kind.Value(kind), inputDiff=is_declared)
    return proto.DiffResponse(
        changes=proto.DiffResponse.DIFF_SOME,
        replaces=[to_camel(name) for name, replaced in is_replaced.items() if replaced],
        deleteBeforeReplace=True,
        hasDetailedDiff=True,
        detailedDiff=detailed,
    )


def _values(properties: struct_pb2.Struct) -> dict[str, Any]:
    """Inputs or outputs in the API's spelling."""
    values: dict[str, Any] = in_api_spelling(_plain(properties), PROPERTIES)
    return values


def _plain(properties: struct_pb2.Struct) -> Any:
    return inputs.whole_numbers(rpc.deserialize_properties(properties, keep_unknowns=True))


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    return asyncio.run(rpc.serialize_properties(in_camel_case(values, PROPERTIES), {}))


def _failures(mistakes: Iterable[Problem | str]) -> list[Any]:
    """Mistakes in camelCase; naming a property would print its value."""
    lines = (one if isinstance(one, str) else text_in_camel_case(str(one)) for one in mistakes)
    return [proto.CheckFailure(property="", reason=line) for line in lines]
