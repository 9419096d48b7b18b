"""The door for every other language: the provider's own gRPC service, on the stubs of Pulumi's SDK.

Inputs and outputs are in camelCase here, messages too; the calls behind it, `Lifecycle`, know the API's spelling alone.
The state keeps inputs as they were declared, and outputs with every name resolved. The engine hands over plain values,
and keeps a secret where its path is: this plugin marks what it knows to be one.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import importlib.metadata
import importlib.resources
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import proto, rpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS  # as the SDK's own plugins: states are large
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_realtimekit.checks.camel_case import (
    in_api_spelling,
    in_camel_case,
    names_in_api_spelling,
    text_in_camel_case,
)
from pulumi_realtimekit.checks.messages import Problem
from pulumi_realtimekit.declarations.layers import map_outputs
from pulumi_realtimekit.declarations.recording import ARGUMENTS
from pulumi_realtimekit.declarations.spelling import RECORDING, to_camel
from pulumi_realtimekit.errors import NotConfigured, RealtimeKitError
from pulumi_realtimekit.plugin import inputs, outputs, process
from pulumi_realtimekit.plugin.changes import Change, declared
from pulumi_realtimekit.plugin.connection import Connection
from pulumi_realtimekit.plugin.dynamic import whole_numbers
from pulumi_realtimekit.plugin.engine import Engine, Severity
from pulumi_realtimekit.plugin.lifecycle import Lifecycle, is_unknown
from pulumi_realtimekit.plugin.native_config import ProviderConfig
from pulumi_realtimekit.plugin.workers import MOST

SCHEMA: Final = "pulumi-schema.json"
OUTPUTS: Final = {**RECORDING, **dict.fromkeys((*outputs.FIELDS, "status", "adopted", "adoption", "download_urls"))}

_KIND: Final = proto.PropertyDiff
KINDS: Final = {
    (False, True): (_KIND.ADD, _KIND.ADD_REPLACE),
    (True, False): (_KIND.DELETE, _KIND.DELETE_REPLACE),
    (True, True): (_KIND.UPDATE, _KIND.UPDATE_REPLACE),
    (False, False): (_KIND.UPDATE, _KIND.UPDATE_REPLACE),
}
"""By whether it was declared, and is; then by whether it replaces."""

Request = TypeVar("Request")
Answer = TypeVar("Answer")


def answered(call: Callable[[Any, Request], Answer]) -> Callable[[Any, Request, grpc.ServicerContext], Answer]:
    """A user's mistake is answered with its text; a bug's traceback goes to standard error as well."""

    @functools.wraps(call)
    def answer(self: Any, request: Request, context: grpc.ServicerContext) -> Answer:
        try:
            return call(self, request)
        except RealtimeKitError as error:
            message = text_in_camel_case(str(error))
        except Exception as error:
            traceback.print_exc()
            message = f"a bug in pulumi-realtimekit, its traceback is printed: {type(error).__name__}"
        context.abort(grpc.StatusCode.UNKNOWN, message)
        raise AssertionError("abort raises")

    return answer


class CamelCaseEngine(Engine):
    """The engine, told everything in camelCase."""

    def say(self, message: str, severity: Severity = "info") -> None:
        super().say(text_in_camel_case(message), severity)


class NativeProvider(proto.ResourceProviderServicer):
    """The calls of the engine. Each process has one provider: the default one, or an explicit one of the program."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lifecycle: Lifecycle | None = None
        self._secret_keys: frozenset[str] = frozenset()
        self._recorded: dict[tuple[str, ...], str] = {}

    @property
    def lifecycle(self) -> Lifecycle:
        if self._lifecycle is None:
            raise AssertionError("the engine configures a provider before it calls it")
        return self._lifecycle

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return proto.PluginInfo(version=importlib.metadata.version("pulumi-realtimekit"))

    def GetSchema(self, request: Any, context: Any) -> Any:
        return proto.GetSchemaResponse(schema=schema_text())

    def Cancel(self, request: Any, context: Any) -> Any:
        """Calls that are running go on: a start that was sent has to return its id."""
        return empty_pb2.Empty()

    @answered
    def CheckConfig(self, request: Any) -> Any:
        config = ProviderConfig(_values(request.news), request.urn)
        found = [] if config.holds_unknowns else Connection(config.get, self._engine).mistakes
        return proto.CheckResponse(
            inputs=_struct(config.with_secrets_marked()), failures=_failures(_lines([*config.unknown_keys(), *found]))
        )

    @answered
    def DiffConfig(self, request: Any) -> Any:
        """Another token replaces nothing; where recordings are, their own `Diff` sees."""
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_UNKNOWN)

    @answered
    def Configure(self, request: Any) -> Any:
        given = rpc.deserialize_properties(request.args)
        secret = {key for key, value in given.items() if rpc.is_rpc_secret(value)}
        config = ProviderConfig(
            {key: rpc.unwrap_rpc_secret(value) for key, value in given.items()}, request.urn, secret
        )
        config.refuse_plain_text()
        config.complete()
        self._secret_keys = frozenset(config.secret)
        self._lifecycle = Lifecycle(config.get, self._engine)
        return proto.ConfigureResponse(acceptSecrets=False, supportsPreview=False)

    @answered
    def Check(self, request: Any) -> Any:
        news = _values(request.news)
        given = in_api_spelling(news, RECORDING)
        _, problems = self.lifecycle.check(given)
        mistakes = [*names_in_api_spelling(news, RECORDING), *_lines(problems)]
        found = mistakes or self._same_meeting(request.urn, given)
        marked = in_camel_case(inputs.with_secrets_marked(given), RECORDING)
        return proto.CheckResponse(inputs=_struct(marked), failures=_failures(found))

    @answered
    def Diff(self, request: Any) -> Any:
        olds, news = in_api_spelling(_values(request.olds), OUTPUTS), in_api_spelling(_values(request.news), RECORDING)
        checked, problems = self._checked(news)
        if problems:  # of the config, in a refresh: `up` refuses it in `Check`
            return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)
        change = self.lifecycle.diff(request.id, olds, checked)
        before = in_api_spelling(_values(request.old_inputs), RECORDING)
        return _difference(change, before, news)

    @answered
    def Create(self, request: Any) -> Any:
        news = in_api_spelling(_values(request.properties), RECORDING)
        id_, outputs = self.lifecycle.create(self._resolved(news))
        return proto.CreateResponse(id=id_, properties=self._outputs(outputs, news))

    @answered
    def Read(self, request: Any) -> Any:
        olds = in_api_spelling(_values(request.properties), OUTPUTS)
        if "status" not in olds:
            return self._looked_up(request)
        outputs = self.lifecycle.read(request.id, olds)
        if outputs is None:
            return proto.ReadResponse()
        return proto.ReadResponse(
            id=request.id,
            properties=self._outputs(outputs, in_api_spelling(_values(request.inputs), RECORDING)),
            inputs=request.inputs,
        )

    @answered
    def Update(self, request: Any) -> Any:
        olds, news = in_api_spelling(_values(request.olds), OUTPUTS), in_api_spelling(_values(request.news), RECORDING)
        outputs = self.lifecycle.update(request.id, olds, self._resolved(news))
        return proto.UpdateResponse(properties=self._outputs(outputs, news))

    @answered
    def Delete(self, request: Any) -> Any:
        self.lifecycle.delete(request.id, in_api_spelling(_values(request.properties), OUTPUTS))
        return empty_pb2.Empty()

    def _looked_up(self, request: Any) -> Any:
        """A recording that is imported, or looked up by a program: as one that declares its meeting alone."""
        recording = self.lifecycle.look_up(request.id)
        news = {"meeting_id": recording.meeting_id}
        adoption = {"adopted": True, "adoption": hashlib.sha256(request.urn.encode()).hexdigest()[:8]}
        found = outputs.of_recording(recording, inputs.without_secrets(self._resolved(news)), adoption)
        return proto.ReadResponse(
            id=request.id, properties=self._outputs(found, news), inputs=_struct(in_camel_case(news, RECORDING))
        )

    def _checked(self, news: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        return inputs.check(news, self.lifecycle.connection.config, is_unknown)

    def _resolved(self, news: Mapping[str, Any]) -> dict[str, Any]:
        """What was declared with every name resolved. Raises NotConfigured where the config is wrong."""
        checked, problems = self._checked(news)
        if problems:
            raise NotConfigured("\n".join(map(str, problems)))
        return checked

    def _same_meeting(self, urn: str, news: Mapping[str, Any]) -> Iterator[str]:
        """The mistake of a second resource of this provider for a meeting, or for a recording that is taken over."""
        what = "recording_id" if news.get("recording_id") else "meeting_id"
        app = self.lifecycle.connection.app(news)
        recorded = (what, news[what], app.account_id, app.app_id)
        is_stopped = what == "meeting_id" and declared(news, "desired_status") == "STOPPED"
        if is_stopped or not all(isinstance(part, str) for part in recorded):
            return
        first = self._recorded.setdefault(recorded, urn)
        if first != urn:
            same = "meeting" if what == "meeting_id" else "recording"
            yield f"the same {same} as TrackRecording '{first.rsplit('::', 1)[-1]}': a meeting has one track recording"

    def _outputs(self, values: Mapping[str, Any], news: Mapping[str, Any]) -> struct_pb2.Struct:
        """Outputs as the engine keeps them. What the config holds as a secret is one here as well, as a whole.

        news: what was declared.
        """
        marked = inputs.with_secrets_marked(values)
        if "storages" in self._secret_keys:
            marked["layers"] = map_outputs(marked["layers"], lambda output, _: _with_secret_storage(output))
        of_config = {"layers": ("layers", "output_file_name"), "accountId": ("account_id",), "appId": ("app_id",)}
        for key in self._secret_keys & of_config.keys():
            names = of_config[key]
            marked |= {name: inputs.secret(values[name]) for name in names if name in values and not news.get(names[0])}
        return _struct(in_camel_case(marked, OUTPUTS))


def serve() -> None:
    """Serves the engine that started this process, until it ends."""
    engine = CamelCaseEngine.of_this_process()
    server = grpc.server(ThreadPoolExecutor(MOST), options=_GRPC_CHANNEL_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(NativeProvider(engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    process.end_after(engine, globals())
    print(port, flush=True)  # noqa: T201 the engine reads this line
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop(0)


def schema_text() -> str:
    """The schema that is checked in."""
    return importlib.resources.files("pulumi_realtimekit").joinpath(SCHEMA).read_text("utf-8")


def _difference(change: Change, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Any:
    """What differs, property by property; olds, news: what was declared."""
    others = [name for name in ARGUMENTS if change.step != "none" and olds.get(name) != news.get(name)]
    is_replaced = dict.fromkeys(others, False) | dict.fromkeys(change.reasons, change.step == "replace")
    return proto.DiffResponse(
        changes=proto.DiffResponse.DIFF_NONE if change.step == "none" else proto.DiffResponse.DIFF_SOME,
        replaces=[to_camel(name) for name, replaced in is_replaced.items() if replaced],
        deleteBeforeReplace=True,
        hasDetailedDiff=True,
        detailedDiff={
            to_camel(name): proto.PropertyDiff(
                kind=KINDS[name in olds, name in news][replaced], inputDiff=name in {*olds, *news}
            )
            for name, replaced in is_replaced.items()
        },
    )


def _with_secret_storage(output: Any) -> Any:
    """An output with all that is known of its storage as a secret, where the storage is the config's."""
    if not isinstance(output, Mapping) or "storage" not in output:
        return output
    return {**output, "storage_config": inputs.secret(output["storage_config"])}


def _values(properties: struct_pb2.Struct) -> dict[str, Any]:
    values: dict[str, Any] = whole_numbers(rpc.deserialize_properties(properties, keep_unknowns=True))
    return values


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    return asyncio.run(rpc.serialize_properties(values, {}))


def _lines(problems: Iterable[Problem]) -> list[str]:
    return [text_in_camel_case(str(problem)) for problem in problems]


def _failures(lines: Iterable[str]) -> list[Any]:
    """Mistakes; naming a property would print its value."""
    return [proto.CheckFailure(property="", reason=line) for line in lines]
