"""The providers of a deployment: each is a resource of the state and a plugin process of its own.

Source: `pkg/resource/deploy/providers/registry.go` of pulumi/pulumi.
"""

# ruff: noqa: ARG002 - the parameters are those of every plugin

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence

from sandbox.engine import signatures
from sandbox.engine import urn as urns
from sandbox.engine.decisions import Base, RegistrationError
from sandbox.engine.plugin import ProcessPlugin
from sandbox.engine.plugin_protocol import Changes, Checked, Diff, Plugin, PluginError, Read
from sandbox.engine.requests import PACKAGE
from sandbox.engine.state import ResourceState
from sandbox.engine.values import PropertyMap, equal

INTERNAL_KEY = "__internal"
"""Where the real engine keeps what is not the provider's own configuration."""


class ProviderRegistry:
    """Starts plugin processes and finds them by provider reference. Stands for the providers as resources, too."""

    def __init__(self, start: Callable[[], Awaitable[ProcessPlugin]], base: Base) -> None:
        self._start, self._base = start, base
        self._plugins: dict[str, ProcessPlugin] = {}
        self._aliases: dict[str, str] = {}
        self._loading: dict[str, asyncio.Lock] = {}
        self._spare: asyncio.Task[ProcessPlugin] | None = None
        self._started: list[ProcessPlugin] = []
        self.itself: Plugin = _ProvidersThemselves(self)

    def prepare(self) -> None:
        """Begins to start a process before it is known which provider needs it: almost every run needs one."""
        self._spare = asyncio.create_task(self._started_plugin())
        # What goes wrong is told to whoever needs the process; if nobody does, it is no error.
        self._spare.add_done_callback(lambda spare: spare.cancelled() or spare.exception())

    def get(self, reference: str) -> Plugin | None:
        return self._plugins.get(reference)

    def register_alias(self, urn: str, alias: str) -> None:
        self._aliases[urn] = alias

    async def ensure(self, reference: str) -> None:
        """Loads the provider as the state has it, unless it is there. Raises `RegistrationError`."""
        if not reference or reference in self._plugins:
            return
        urn, id_ = urns.provider_urn(reference), urns.provider_id(reference)
        state = next((state for state in self._base.all.get(urn, ()) if state.id == id_), None)
        if state is None:
            raise RegistrationError(f"the provider {reference} is not in the state")
        await self.same(state)

    async def same(self, state: ResourceState) -> None:
        """Configures the provider with its inputs, unless it is there."""
        reference = f"{state.urn}::{state.id}"
        async with self._loading.setdefault(reference, asyncio.Lock()):
            if reference not in self._plugins:
                await self.configure(state.urn, state.id, state.inputs)

    async def configure(self, urn: str, id_: str, inputs: PropertyMap) -> None:
        package = urns.type_of(urn).removeprefix(urns.PROVIDER_PREFIX)
        if package != PACKAGE:
            raise PluginError(
                f"the sandbox engine runs Python's dynamic providers alone, and '{urn}' is a provider of the package "
                f"'{package}': use the Pulumi CLI for it"
            )
        plugin = await self._take()
        await plugin.configure({key: value for key, value in inputs.items() if key != INTERNAL_KEY})
        self._plugins[f"{urn}::{id_}"] = plugin
        if urn in self._aliases:
            self._plugins[f"{self._aliases[urn]}::{id_}"] = plugin

    async def close(self, patience: float) -> None:
        """Ends every process; one that is still serving a call after `patience` seconds is killed."""
        await self._give_up_spare()
        await asyncio.gather(*[plugin.close(patience) for plugin in self._started])

    async def let_go(self) -> None:
        """Leaves the processes to themselves: each ends once the call that it is serving is done."""
        await self._give_up_spare()
        for plugin in self._started:
            plugin.let_go()

    async def _give_up_spare(self) -> None:
        """One that has not started yet serves nothing."""
        if self._spare is not None:
            self._spare.cancel()
            await asyncio.gather(self._spare, return_exceptions=True)

    async def _take(self) -> ProcessPlugin:
        spare, self._spare = self._spare, None
        return await (spare or self._started_plugin())

    async def _started_plugin(self) -> ProcessPlugin:
        plugin = await self._start()
        self._started.append(plugin)
        return plugin


class _ProvidersThemselves:
    """Providers as resources: to create one is to configure a process."""

    def __init__(self, registry: ProviderRegistry) -> None:
        self._registry = registry

    async def check(self, urn: str, olds: PropertyMap, news: PropertyMap, *, preview: bool) -> Checked:
        return Checked(news)

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
        return Diff(Changes.NONE if equal(old_outputs, _filtered(new_inputs)) else Changes.SOME)

    async def create(
        self,
        urn: str,
        inputs: PropertyMap,
        *,
        timeout: float,
        preview: bool,
    ) -> tuple[str, PropertyMap]:
        id_ = signatures.UNKNOWN_STRING if preview else str(uuid.uuid4())
        await self._registry.configure(urn, id_, inputs)
        return id_, _filtered(inputs)

    async def read(self, urn: str, id_: str, inputs: PropertyMap, outputs: PropertyMap) -> Read:
        raise PluginError("provider resources may not be read")

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
        await self._registry.configure(urn, id_, new_inputs)
        return _filtered(new_inputs)

    async def delete(self, urn: str, id_: str, inputs: PropertyMap, outputs: PropertyMap, *, timeout: float) -> None:
        """Nothing: the process ends with the deployment."""


def _filtered(inputs: PropertyMap) -> PropertyMap:
    return {key: value for key, value in inputs.items() if key != INTERNAL_KEY}
