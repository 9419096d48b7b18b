"""What each kind of step does to the world and to its states.

Source: `pkg/resource/deploy/step.go` (the Apply methods) of pulumi/pulumi.
"""

import copy
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sandbox.engine import signatures
from sandbox.engine import urn as urns
from sandbox.engine.checkpoint import now
from sandbox.engine.decisions import Decisions
from sandbox.engine.diffing import compare
from sandbox.engine.plugin_protocol import Changes, Plugin, PluginError
from sandbox.engine.state import ResourceState
from sandbox.engine.steps import Op, Step
from sandbox.engine.values import equal


class StepError(Exception):
    """The step failed; the message says why."""


class ProtectedError(StepError):
    """A protected resource is not deleted. Other deletions go on, so that all of them are named at once."""

    def __init__(self, urn: str) -> None:
        super().__init__(
            f'resource "{urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove '
            "the `protect` flag from the resource in your Pulumi program and run `pulumi up`"
        )


@dataclass
class Actions:
    decisions: Decisions
    same_provider: Callable[[ResourceState], Awaitable[None]]
    """Configures a provider that did not change."""

    async def apply(self, step: Step) -> None:
        """Does the step. Raises `StepError` or `PluginError`."""
        action = ACTIONS.get(step.op)
        if action is not None:
            await action(self, step)

    @property
    def preview(self) -> bool:
        return self.decisions.settings.preview

    def _plugin(self, state: ResourceState) -> Plugin:
        if urns.is_provider(state.type):
            return self.decisions.providers.itself
        plugin = self.decisions.providers.get(state.provider)
        if plugin is None:
            raise StepError(f"unknown provider '{state.provider}' for resource '{state.urn}'")
        return plugin

    async def same(self, step: Step) -> None:
        old, new = _both(step)
        new.id, new.outputs = old.id, old.outputs
        if urns.is_provider(new.type) and not step.skipped_create and not step.untargeted:
            # What was compared and found the same is configured as it was.
            configured = copy.copy(new)
            configured.inputs = old.inputs
            await self.same_provider(configured)

    async def create(self, step: Step) -> None:
        new = step.state
        if new.custom:
            new.id, new.outputs = await self._plugin(new).create(
                new.urn, new.inputs, timeout=new.custom_timeouts.get("create", 0), preview=self.preview
            )
            if not new.id and not self.preview:
                raise StepError("provider did not return an ID from Create")
        new.created = new.modified = now()
        if step.op is Op.CREATE_REPLACEMENT:
            new.extra = {}
        if step.pending_delete and step.old is not None:
            step.old.delete = True

    async def update(self, step: Step) -> None:
        old, new = _both(step)
        new.id, new.created, new.modified = old.id, old.created, old.modified
        if not new.custom:
            return
        new.outputs = await self._plugin(new).update(
            new.urn,
            old.id,
            old.inputs,
            old.outputs,
            new.inputs,
            timeout=new.custom_timeouts.get("update", 0),
            preview=self.preview,
            ignore_changes=step.ignore_changes,
        )
        new.modified = now()

    async def delete(self, step: Step) -> None:
        old = step.state
        if step.op is Op.DELETE and old.protect:
            raise ProtectedError(old.urn)
        if not self.preview and old.custom and not old.external and not old.retain_on_delete:
            await self._plugin(old).delete(
                old.urn, old.id, old.inputs, old.outputs, timeout=old.custom_timeouts.get("delete", 0)
            )
        if step.pending_replacement:
            old.pending_replacement = True

    async def read(self, step: Step) -> None:
        new = step.state
        if new.id == signatures.UNKNOWN_STRING:
            new.outputs = {}
        else:
            # What a lookup knows goes out as both inputs and state, for plugins that look at one of them only.
            read = await self._plugin(new).read(new.urn, new.id, new.inputs, new.inputs)
            if read.outputs is None:
                raise StepError(f"resource '{new.id}' does not exist")
            new.outputs, new.id = read.outputs, read.id or new.id
        old = step.old
        if step.op is Op.READ_REPLACEMENT and old is not None:
            old.delete = True
        if old is not None:
            same = equal(new.inputs, old.inputs) and equal(new.outputs, old.outputs)
            new.created, new.modified = old.created, old.modified if same else now()

    async def refresh(self, step: Step) -> None:
        old = step.old
        if old is None:
            raise StepError("nothing to refresh")
        if not old.custom or urns.is_provider(old.type) or old.pending_replacement:
            step.new = copy.copy(old) if step.persisted else old
            return
        plugin = self._plugin(old)
        read = await plugin.read(old.urn, old.id, old.inputs, old.outputs)
        if not read.id or read.outputs is None:
            step.deleted = True
            return
        new = copy.copy(step.new or old)
        new.id, new.init_errors, new.outputs = read.id, (), read.outputs
        new.inputs = old.inputs if read.inputs is None else read.inputs
        step.new = new
        if not (equal(new.inputs, old.inputs) and equal(new.outputs, old.outputs)):
            new.modified = now()
        if old.external:
            step.changed = not equal(old.outputs, new.outputs)
            return
        # What an `up` right after this would find: the real resource stands for the old one.
        diff = await compare(plugin, new, old.inputs, preview=self.preview, ignored=old.ignore_changes)
        step.changed, step.diffs = diff.changes is not Changes.NONE, diff.changed

    async def import_(self, step: Step) -> None:
        """Fails, as it does on the real engine: the read of an import carries no inputs, and with them no provider."""
        new = step.state
        await self._plugin(new).read(new.urn, new.import_id, {}, {})
        raise StepError("the sandbox engine does not implement import: start from create, which may take over")


def _both(step: Step) -> tuple[ResourceState, ResourceState]:
    if step.old is None or step.new is None:
        raise StepError(f"a step '{step.op.value}' needs an old and a new state")
    return step.old, step.new


ACTIONS: Mapping[Op, Callable[[Actions, Step], Awaitable[None]]] = {
    Op.SAME: Actions.same,
    Op.CREATE: Actions.create,
    Op.CREATE_REPLACEMENT: Actions.create,
    Op.UPDATE: Actions.update,
    Op.DELETE: Actions.delete,
    Op.DELETE_REPLACED: Actions.delete,
    Op.READ_DISCARD: Actions.delete,
    Op.DISCARD_REPLACED: Actions.delete,
    Op.READ: Actions.read,
    Op.READ_REPLACEMENT: Actions.read,
    Op.REFRESH: Actions.refresh,
    Op.IMPORT: Actions.import_,
}
"""`replace` and `remove-pending-replace` do nothing but stand for something."""

FAILURES = (StepError, PluginError)
