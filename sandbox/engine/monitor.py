"""The services that the program calls: `ResourceMonitor`, through which it registers resources, and `Engine`.

Source: `pkg/resource/deploy/source_eval.go` of pulumi/pulumi.
"""

# ruff: noqa: N802, ARG002 - the names and parameters are those of the services

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, resource_pb2_grpc
from pulumi.runtime.proto import resource_pb2 as pb

from sandbox.engine import requests as incoming
from sandbox.engine import urn as urns
from sandbox.engine.errors import UserError
from sandbox.engine.events import Diagnostic, Severity
from sandbox.engine.goal import Goal, ReadRequest
from sandbox.engine.steps import Registered, Registration
from sandbox.engine.values import PropertyMap, without_outputs
from sandbox.engine.wire import GRPC_OPTIONS
from sandbox.engine.wire_values import read_properties, write_properties

FEATURES = {
    "secrets",
    "resourceReferences",
    "outputValues",
    "aliasSpecs",
    # Not implemented, but refused by this engine in its own words, and not by the SDK as an old CLI's lack.
    "transforms",
    "invokeTransforms",
    "resourceHooks",
    "errorHooks",
    "deletedWith",
    "replaceWith",
    "replacementTrigger",
    "parameterization",
    "stateMigrations",
}
"""What the program is told that it may use."""

SEVERITIES: Mapping[int, Severity] = {
    engine_pb2.DEBUG: "debug",
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}


@dataclass(frozen=True)
class Register:
    goal: Goal
    registration: Registration


@dataclass(frozen=True)
class ReadResource:
    request: ReadRequest
    registration: Registration


@dataclass(frozen=True)
class RegisterOutputs:
    urn: str
    outputs: PropertyMap
    done: "asyncio.Future[None]"


@dataclass(frozen=True)
class Refused:
    """The program wants what this engine does not implement, or what makes no sense."""

    message: str


@dataclass(frozen=True)
class Finished:
    """The program has registered everything."""


Request: TypeAlias = Register | ReadResource | RegisterOutputs | Refused | Finished

Result = TypeVar("Result")
Response = TypeVar("Response")


class _ShutDownError(Exception):
    """The deployment does not answer any more."""


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Turns calls of the program into requests, and answers when they are done."""

    def __init__(self, put: Callable[[Request], None], root: str, default_inputs: PropertyMap) -> None:
        self._put, self._root, self._default_inputs = put, root, default_inputs
        self._default: asyncio.Task[str] | None = None
        self._goals: dict[str, Goal] = {}
        self._component_providers: dict[str, Mapping[str, str]] = {}
        self._waiting: set[asyncio.Future[Any]] = set()
        self._closed = False
        self._may_end = asyncio.Event()

    def release_program(self) -> None:
        """Lets a program that has registered everything end."""
        self._may_end.set()

    def close(self) -> None:
        """Ends every call that waits, and those to come: the program learns that nobody answers any more."""
        self._closed = True
        self._may_end.set()
        for future in self._waiting:
            future.cancel()

    # --- registrations ------------------------------------------------------------------------------------------

    async def RegisterResource(self, request: pb.RegisterResourceRequest, context: Any) -> pb.RegisterResourceResponse:
        return await self._answered(context, self._register(request))

    async def _register(self, request: pb.RegisterResourceRequest) -> pb.RegisterResourceResponse:
        incoming.refuse_unimplemented(request)
        parent = self._goals.get(request.parent)
        providers = {**self._component_providers.get(request.parent, {}), **request.providers}
        provider = ""
        if request.custom and not urns.is_provider(request.type):
            provider = request.provider or providers.get(incoming.PACKAGE, "") or await self._default_provider()
        goal = incoming.goal(request, provider, parent, self._root)
        registered: Registered = await self._done(lambda future: Register(goal, future))
        state = registered.state
        self._goals[state.urn] = goal
        if not request.custom:
            self._component_providers[state.urn] = providers
        # What a component had as outputs may refer to what is not registered yet in this run.
        outputs = state.outputs if request.custom else {}
        answer = pb.RegisterResourceResponse(
            urn=state.urn,
            id=state.id,
            object=write_properties(
                outputs, unknowns=True, secrets=request.acceptSecrets, references=request.acceptResources
            ),
        )
        if "unknown" in answer.DESCRIPTOR.fields_by_name:  # not in the oldest SDKs that the project supports
            answer.unknown = registered.unknown
        return answer

    async def _default_provider(self) -> str:
        """The reference of the provider that has the stack's configuration; registered when it is first needed."""
        if self._default is None:
            self._default = asyncio.create_task(self._register_default())
        return await asyncio.shield(self._default)

    async def _register_default(self) -> str:
        goal = Goal(urns.PROVIDER_PREFIX + incoming.PACKAGE, "default", True, self._default_inputs)
        registered: Registered = await self._done(lambda future: Register(goal, future))
        return f"{registered.state.urn}::{registered.state.id}"

    async def ReadResource(self, request: pb.ReadResourceRequest, context: Any) -> pb.ReadResourceResponse:
        return await self._answered(context, self._read(request))

    async def _read(self, request: pb.ReadResourceRequest) -> pb.ReadResourceResponse:
        incoming.refuse_unimplemented(request)
        provider = request.provider or await self._default_provider()
        wanted = incoming.read_request(request, provider, self._root)
        registered: Registered = await self._done(lambda future: ReadResource(wanted, future))
        state = registered.state
        return pb.ReadResourceResponse(
            urn=state.urn,
            properties=write_properties(
                state.outputs, unknowns=True, secrets=request.acceptSecrets, references=request.acceptResources
            ),
        )

    async def RegisterResourceOutputs(
        self, request: pb.RegisterResourceOutputsRequest, context: Any
    ) -> empty_pb2.Empty:
        async def registered() -> empty_pb2.Empty:
            outputs = without_outputs(read_properties(request.outputs))
            await self._done(lambda future: RegisterOutputs(request.urn, outputs, future))
            return empty_pb2.Empty()

        return await self._answered(context, registered())

    async def SignalAndWaitForShutdown(self, request: empty_pb2.Empty, context: Any) -> empty_pb2.Empty:
        self._put(Finished())
        await self._may_end.wait()
        return empty_pb2.Empty()

    # --- features -----------------------------------------------------------------------------------------------

    async def SupportsFeature(self, request: pb.SupportsFeatureRequest, context: Any) -> pb.SupportsFeatureResponse:
        return pb.SupportsFeatureResponse(hasSupport=request.id in FEATURES)

    async def GetDeploymentInfo(self, request: empty_pb2.Empty, context: Any) -> Any:
        numbers = {_feature(name): number for name, number in pb.ResourceMonitorFeature.items()}
        return pb.DeploymentInfo(supportedFeatures=[numbers[name] for name in FEATURES if name in numbers])

    async def Invoke(self, request: pb.ResourceInvokeRequest, context: Any) -> Any:
        return await self._refused(context, f"invokes ({request.tok})")

    async def Call(self, request: pb.ResourceCallRequest, context: Any) -> Any:
        return await self._refused(context, f"calls of methods ({request.tok})")

    async def ExistsResource(self, request: Any, context: Any) -> Any:
        return await self._refused(context, f"looking whether a resource exists ({request.type})")

    async def RegisterStackTransform(self, request: Any, context: Any) -> Any:
        return await self._refused(context, "transforms of the stack")

    async def RegisterStackInvokeTransform(self, request: Any, context: Any) -> Any:
        return await self._refused(context, "transforms of invokes")

    async def RegisterResourceHook(self, request: pb.RegisterResourceHookRequest, context: Any) -> Any:
        return await self._refused(context, f"resource hooks ('{request.name}')")

    async def RegisterErrorHook(self, request: Any, context: Any) -> Any:
        return await self._refused(context, "error hooks")

    async def RegisterPackage(self, request: pb.RegisterPackageRequest, context: Any) -> Any:
        return await self._refused(context, f"parameterized packages ('{request.name}')")

    # --- answers ------------------------------------------------------------------------------------------------

    async def _done(self, request: "Callable[[asyncio.Future[Result]], Request]") -> Result:
        """Hands a request over and waits for its result."""
        if self._closed:
            raise _ShutDownError
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        self._put(request(future))
        try:
            return await future
        except asyncio.CancelledError:
            if self._closed:
                raise _ShutDownError from None
            raise
        finally:
            self._waiting.discard(future)

    async def _answered(self, context: Any, answer: Awaitable[Response]) -> Response:
        """The answer; a refusal ends the deployment, and of a deployment that ended no more is to be had."""
        try:
            return await answer
        except _ShutDownError:
            message = "resource monitor shut down"
        except UserError as error:
            message = str(error)
            self._put(Refused(message))
        await context.abort(grpc.StatusCode.UNAVAILABLE, message)
        raise AssertionError(message)

    async def _refused(self, context: Any, what: str) -> Any:
        async def refuse() -> None:
            raise incoming.refuse(what, "in the program")

        return await self._answered(context, refuse())


def _feature(constant: str) -> str:
    """`RESOURCE_MONITOR_FEATURE_ALIAS_SPECS` as `aliasSpecs`."""
    first, *others = constant.removeprefix("RESOURCE_MONITOR_FEATURE_").lower().split("_")
    return first + "".join(word.capitalize() for word in others)


class Engine(engine_pb2_grpc.EngineServicer):
    """Messages of program and plugins, and the sign that the engine is alive."""

    def __init__(self, report: Callable[[Diagnostic], None]) -> None:
        self._report = report
        self._root = ""

    async def Log(self, request: engine_pb2.LogRequest, context: Any) -> empty_pb2.Empty:
        severity = SEVERITIES.get(request.severity, "info")
        self._report(Diagnostic(request.urn, severity, request.message, request.ephemeral))
        return empty_pb2.Empty()

    async def GetRootResource(
        self, request: engine_pb2.GetRootResourceRequest, context: Any
    ) -> engine_pb2.GetRootResourceResponse:
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    async def SetRootResource(
        self, request: engine_pb2.SetRootResourceRequest, context: Any
    ) -> engine_pb2.SetRootResourceResponse:
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()


async def serve(add: Callable[[Any], None]) -> tuple[Any, str]:
    """A server on a free port of the loopback, and its address."""
    server = grpc.aio.server(options=GRPC_OPTIONS)
    add(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, f"127.0.0.1:{port}"
