"""A plugin process (`python -m pulumi.dynamic`) and the calls that the engine makes to it.

It knows nothing of secrets: they are opened on the way out and marked again, by path, on the way back.
Source: `sdk/go/common/resource/plugin/provider_plugin.go` of pulumi/pulumi.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import grpc
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.engine import urn as urns
from sandbox.engine.errors import UserError
from sandbox.engine.events import Diagnostic
from sandbox.engine.plugin_protocol import (
    Changes,
    Checked,
    CheckFailure,
    Diff,
    DiffUnavailableError,
    PluginError,
    Read,
)
from sandbox.engine.processes import Child
from sandbox.engine.values import PropertyMap, Secret, Value, contains_secrets, contains_unknowns, without_secrets
from sandbox.engine.wire import GRPC_OPTIONS
from sandbox.engine.wire_values import read_properties, write_properties

CONFIGURATION_UNKNOWN = (
    "The provider for this resource has inputs that are not known during preview.\n"
    "This preview may not correctly represent the changes that will be applied during an update."
)

DYING_SECONDS = 1.0
"""How long it may take until a process whose connection broke is seen to have ended."""

Answer = TypeVar("Answer")


def with_secrets(outs: PropertyMap, ins: PropertyMap) -> dict[str, Value]:
    """What a plugin returned, with what was secret at the same path made secret again.

    Objects are compared member by member. Anything else becomes secret as a whole if any part of what it was made
    from was, a list included. What moved to another path is not found: it stays in clear.
    """
    marked = dict(outs)
    for key, sent in ins.items():
        if key not in marked:
            continue
        returned = marked[key]
        if isinstance(returned, Mapping) and isinstance(sent, Mapping):
            marked[key] = with_secrets(returned, sent)
        elif not isinstance(returned, Secret) and contains_secrets(sent):
            marked[key] = Secret(returned)
    return marked


def incoming(struct: Struct, sent: PropertyMap, *, preview: bool = False) -> PropertyMap:
    """What the plugin returned, secrets marked as they were sent. Raises `PluginError` for what cannot be."""
    try:
        return with_secrets(read_properties(struct, unknowns=preview), sent)
    except UserError as error:
        raise PluginError(str(error)) from error


def outgoing(values: PropertyMap, *, preview: bool = False) -> Struct:
    return write_properties(values, unknowns=preview, secrets=False, references=False)


class ProcessPlugin:
    """Calls to one plugin process. Without `configure`, or with unknown configuration, it answers by itself."""

    def __init__(self, child: Child, address: str) -> None:
        self._child = child
        self._channel = grpc.aio.insecure_channel(address, options=GRPC_OPTIONS)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._configured = False
        self._known = True

    @classmethod
    async def start(
        cls, start: Callable[[], Awaitable[Child]], report: Callable[[Diagnostic], None]
    ) -> "ProcessPlugin":
        """Starts the process and waits for the port that it prints first; what it prints else is reported."""
        child = await start()
        try:
            port = await child.line()
        except BaseException:
            await child.discard()
            raise
        child.forward(
            lambda line: report(Diagnostic("", "info", f"{line}\n")),
            lambda line: report(Diagnostic("", "info#err", f"{line}\n")),
        )
        if not port.strip().isdigit():
            code = await child.wait()
            raise UserError(f"the plugin process ended before it printed its port: exit code {code}, printed '{port}'")
        return cls(child, f"127.0.0.1:{port.strip()}")

    async def configure(self, inputs: PropertyMap) -> None:
        """Gives the process its configuration, unless some of it is not known yet."""
        self._configured = True
        if contains_unknowns(inputs):
            self._known = False
            return
        variables = {f"pulumi-python:config:{key}": _text(value) for key, value in inputs.items() if key != "version"}
        request = pb.ConfigureRequest(
            variables=variables,
            args=write_properties(inputs, unknowns=True, secrets=True, references=True),
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
        )
        await self._call(self._stub.Configure(request))

    async def close(self, patience: float) -> None:
        """Ends the process: one that served nothing at once, others so that they can put away what they hold."""
        await self._channel.close()
        if self._configured:
            await self._child.stop(patience)
        else:
            self._child.kill()
            await self._child.wait()

    def let_go(self) -> None:
        """Leaves the process to itself: it ends once the call that it is serving is done."""
        self._child.let_go()

    async def check(self, urn: str, olds: PropertyMap, news: PropertyMap, *, preview: bool) -> Checked:
        if not self._known:
            return Checked(news)
        answer: pb.CheckResponse = await self._call(
            self._stub.Check(
                pb.CheckRequest(
                    urn=urn,
                    name=urns.name_of(urn),
                    type=urns.type_of(urn),
                    olds=outgoing(olds, preview=preview),
                    news=outgoing(news, preview=preview),
                )
            )
        )
        failures = [CheckFailure(failure.property, failure.reason) for failure in answer.failures]
        return Checked(incoming(answer.inputs, news, preview=preview), failures)

    async def diff(
        self,
        urn: str,
        id_: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        *,
        preview: bool,
        ignore_changes: Sequence[str],
    ) -> Diff:
        if not self._known:
            raise DiffUnavailableError(CONFIGURATION_UNKNOWN)
        answer: pb.DiffResponse = await self._call(
            self._stub.Diff(
                pb.DiffRequest(
                    id=id_,
                    urn=urn,
                    name=urns.name_of(urn),
                    type=urns.type_of(urn),
                    old_inputs=outgoing(old_inputs, preview=preview),
                    olds=outgoing(old_outputs, preview=preview),
                    news=outgoing(new_inputs, preview=preview),
                    ignoreChanges=ignore_changes,
                )
            )
        )
        return Diff(
            Changes(answer.changes),
            tuple(answer.replaces),
            tuple(answer.diffs),
            delete_before_replace=answer.deleteBeforeReplace,
        )

    async def create(self, urn: str, inputs: PropertyMap, *, timeout: float, preview: bool) -> tuple[str, PropertyMap]:
        if preview:
            return "", inputs if self._known else {}
        answer: pb.CreateResponse = await self._call(
            self._stub.Create(
                pb.CreateRequest(
                    urn=urn,
                    name=urns.name_of(urn),
                    type=urns.type_of(urn),
                    properties=outgoing(inputs),
                    timeout=timeout,
                )
            )
        )
        if not answer.id:
            raise PluginError(f"plugin returned empty resource.ID from create '{urn}'")
        return answer.id, incoming(answer.properties, inputs)

    async def read(self, urn: str, id_: str, inputs: PropertyMap, outputs: PropertyMap) -> Read:
        if not self._known:
            return Read("", {}, {})
        answer: pb.ReadResponse = await self._call(
            self._stub.Read(
                pb.ReadRequest(
                    id=id_,
                    urn=urn,
                    name=urns.name_of(urn),
                    type=urns.type_of(urn),
                    properties=outgoing(outputs),
                    inputs=outgoing(inputs),
                )
            )
        )
        return Read(
            answer.id,
            incoming(answer.properties, outputs) if answer.HasField("properties") else None,
            incoming(answer.inputs, inputs) if answer.HasField("inputs") else None,
        )

    async def update(
        self,
        urn: str,
        id_: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        *,
        timeout: float,
        preview: bool,
        ignore_changes: Sequence[str],
    ) -> PropertyMap:
        if preview:
            return new_inputs if self._known else {}
        answer: pb.UpdateResponse = await self._call(
            self._stub.Update(
                pb.UpdateRequest(
                    id=id_,
                    urn=urn,
                    name=urns.name_of(urn),
                    type=urns.type_of(urn),
                    old_inputs=outgoing(old_inputs),
                    olds=outgoing(old_outputs),
                    news=outgoing(new_inputs),
                    timeout=timeout,
                    ignoreChanges=ignore_changes,
                )
            )
        )
        return incoming(answer.properties, new_inputs)

    async def delete(self, urn: str, id_: str, inputs: PropertyMap, outputs: PropertyMap, *, timeout: float) -> None:
        await self._call(
            self._stub.Delete(
                pb.DeleteRequest(
                    id=id_,
                    urn=urn,
                    name=urns.name_of(urn),
                    type=urns.type_of(urn),
                    properties=outgoing(outputs),
                    old_inputs=outgoing(inputs),
                    timeout=timeout,
                )
            )
        )

    async def _call(self, call: Awaitable[Answer]) -> Answer:
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            broken = error.code() is grpc.StatusCode.UNAVAILABLE or "Stream removed" in (error.details() or "")
            code = await self._child.exit_code(DYING_SECONDS) if broken else None
            if code is not None:
                raise PluginError(f"the plugin process ended in the middle of a call: exit code {code}") from error
            raise PluginError(error.details() or error.code().name) from error


def _text(value: Value) -> str:
    plain = without_secrets(value)
    return plain if isinstance(plain, str) else json.dumps(plain, separators=(",", ":"))
