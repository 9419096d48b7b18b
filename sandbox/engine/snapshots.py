"""The state while a deployment changes it: saved when a step begins and when it ends, always whole.

Several steps that begin or end while the file is being written share the next write.
Source: `pkg/backend/snapshot.go` of pulumi/pulumi.
"""

import asyncio
import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from sandbox.engine import urn as urns
from sandbox.engine.aliases import renamed
from sandbox.engine.checkpoint import Writer
from sandbox.engine.decisions import Base
from sandbox.engine.dependencies import all_needed
from sandbox.engine.errors import UserError
from sandbox.engine.state import PendingOperation, ResourceState
from sandbox.engine.steps import Op, Step
from sandbox.engine.values import equal

PENDING = {
    Op.CREATE: "creating",
    Op.CREATE_REPLACEMENT: "creating",
    Op.UPDATE: "updating",
    Op.DELETE: "deleting",
    Op.DELETE_REPLACED: "deleting",
    Op.READ_DISCARD: "deleting",
    Op.DISCARD_REPLACED: "deleting",
    Op.READ: "reading",
    Op.READ_REPLACEMENT: "reading",
    Op.IMPORT: "importing",
}
"""What the state says of a step that has begun and not ended; other steps leave no trace before they end."""

DELETING = frozenset(op for op, name in PENDING.items() if name == "deleting")


class Snapshots(Protocol):
    """Keeps the state of a deployment."""

    async def begin(self, step: Step) -> None:
        """Returns when it is saved that the step begins."""

    async def end(self, step: Step, *, successful: bool) -> None:
        """Returns when what the step did is saved."""

    async def outputs_registered(self, step: Step) -> None:
        """Returns when the outputs of a component or the stack are saved."""

    async def flush(self) -> None:
        """Saves what was not worth a write of its own."""


class NoSnapshots:
    """Of a preview, nothing is kept."""

    async def begin(self, step: Step) -> None: ...

    async def end(self, step: Step, *, successful: bool) -> None: ...

    async def outputs_registered(self, step: Step) -> None: ...

    async def flush(self) -> None: ...


class SavedSnapshots:
    """Saves the state after each change of it.

    The saved resources are those that this deployment dealt with, in the order in which it did, then those of the
    base that it has not dealt with.
    """

    def __init__(
        self, base: Base, writer: Writer, save: Callable[[bytes], None], pending: Iterable[PendingOperation]
    ) -> None:
        self._base, self._writer, self._save = base, writer, save
        # Only a person can tell what became of a create that was interrupted.
        self._inherited = [operation for operation in pending if operation.type == "creating"]
        self._resources: list[ResourceState] = []
        self._done: dict[int, ResourceState] = {}
        self._operations: dict[int, PendingOperation] = {}
        self._names: Mapping[str, str] = {}
        self._lock = asyncio.Lock()
        self._wanted = 0
        self._written = 0
        self._elided = True
        self._filter = False

    async def begin(self, step: Step) -> None:
        pending = PENDING.get(step.op)
        if pending is not None:
            state = step.state
            self._operations[id(state)] = PendingOperation(state, pending)
            await self._saved()

    async def end(self, step: Step, *, successful: bool) -> None:
        self._operations.pop(id(step.state), None)
        if step.op is Op.REPLACE:
            return
        if successful:
            self._change(step)
        if self._worth_saving(step, successful=successful):
            await self._saved()
        else:
            self._elided = True

    async def outputs_registered(self, step: Step) -> None:
        if step.old is not None and step.new is not None and equal(step.old.outputs, step.new.outputs):
            self._elided = True
        else:
            await self._saved()

    async def flush(self) -> None:
        if self._elided:
            await self._saved()

    def _change(self, step: Step) -> None:
        old, new = step.old, step.result
        if step.op is Op.REFRESH:
            if step.persisted:
                self._filter = True
                self._replace(old, new)
        elif step.op in (Op.CREATE, Op.CREATE_REPLACEMENT):
            self._replace(old if old is not None and old.pending_replacement else None, new)
        elif step.op in DELETING:
            self._replace(None if old is not None and old.pending_replacement else old, None)
        else:
            self._replace(old, None if step.skipped_create else new)

    def _replace(self, old: ResourceState | None, new: ResourceState | None) -> None:
        if old is not None:
            self._done[id(old)] = old
        if new is not None:
            self._resources.append(new)

    @staticmethod
    def _worth_saving(step: Step, *, successful: bool) -> bool:
        if step.op is Op.REFRESH:
            return step.persisted
        if step.op is Op.SAME and successful:
            return not step.skipped_create and differs(step.old, step.new)
        return True

    async def _saved(self) -> None:
        self._wanted += 1
        ticket = self._wanted
        async with self._lock:
            if self._written >= ticket:
                return
            wanted = self._wanted
            self._elided = False
            data = self._writer.checkpoint(*self._current())
            try:
                await asyncio.to_thread(self._save, data)
            except OSError as error:
                raise UserError(f"the state could not be saved: {error}") from error
            self._written = wanted

    def _current(self) -> tuple[Sequence[ResourceState], Sequence[PendingOperation]]:
        resources = [state for state in (*self._resources, *self._base.resources) if id(state) not in self._done]
        if self._filter:
            remove_dangling(resources)
        operations = [*self._operations.values(), *self._inherited]
        self._rename(resources)
        return resources, operations

    def _rename(self, resources: Sequence[ResourceState]) -> None:
        """Lets the file call a resource that has a new name by it everywhere."""
        names: Mapping[str, str] = {}
        if any(state.aliases for state in resources):
            names = renamed([(state.urn, state.parent, state.aliases) for state in resources])
        changed = {old for old, new in names.items() if self._names.get(old) != new}
        if changed:
            for state in resources:
                if state.urn in changed or any(link in changed for link in all_needed(state)):
                    state.serialized = None
        self._names = names
        for state in resources:
            if state.serialized is None:
                state.serialized = self._writer.serialized(called(state, names))


def called(state: ResourceState, names: Mapping[str, str]) -> ResourceState:
    """The resource with every URN in it by its new name; the same object where that changes nothing."""
    if not state.aliases and not any(link in names for link in (state.urn, *all_needed(state))):
        return state
    state = copy.copy(state)
    provider = urns.provider_urn(state.provider)
    state.urn = names.get(state.urn, state.urn)
    state.parent = names.get(state.parent, state.parent)
    if provider in names:
        state.provider = f"{names[provider]}::{urns.provider_id(state.provider)}"
    state.dependencies = [names.get(link, link) for link in state.dependencies]
    state.property_dependencies = {
        key: [names.get(link, link) for link in links] for key, links in state.property_dependencies.items()
    }
    state.aliases = ()
    return state


def differs(old: ResourceState | None, new: ResourceState | None) -> bool:
    """Whether an unchanged resource differs in something that the state should tell."""
    if old is None or new is None:
        return True
    simple = (
        "urn type custom custom_timeouts retain_on_delete provider parent protect "
        "ignore_changes replace_on_changes additional_secret_outputs"
    )
    return (
        any(not equal(getattr(old, name), getattr(new, name)) for name in simple.split())
        or not equal(old.inputs, new.inputs)
        or not equal(old.outputs, new.outputs)
        or sorted(old.dependencies) != sorted(new.dependencies)
    )


def remove_dangling(resources: Sequence[ResourceState]) -> None:
    """Drops dependencies on what is gone; a resource whose parent is gone moves to the parent's parent.

    A dependency counts only where it stands before: one URN can be several resources during a replacement.
    """
    known: set[str] = set()
    parents: dict[str, str] = {}
    everything = {state.urn for state in resources}
    for state in resources:
        if any(link not in known for link in state.dependencies):
            state.dependencies = [link for link in state.dependencies if link in known]
        if any(link not in known for links in state.property_dependencies.values() for link in links):
            state.property_dependencies = {
                key: [link for link in links if link in known] for key, links in state.property_dependencies.items()
            }
        if state.parent and state.parent not in everything:
            state.parent = parents.get(state.parent, "")
        parents[state.urn] = state.parent
        known.add(state.urn)
