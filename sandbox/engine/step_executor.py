"""Does the steps that were decided: several chains of them at once, each chain in its order.

Source: `pkg/resource/deploy/step_executor.go` and `pkg/engine/update.go` of pulumi/pulumi.
"""

import asyncio
import copy
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from sandbox.engine import urn as urns
from sandbox.engine.actions import FAILURES, Actions, ProtectedError
from sandbox.engine.events import (
    Diagnostic,
    Event,
    ResourceOperationFailed,
    ResourceOutputs,
    ResourcePre,
    StepMetadata,
)
from sandbox.engine.snapshots import Snapshots
from sandbox.engine.state import ResourceState
from sandbox.engine.steps import Op, Registered, Step
from sandbox.engine.values import PropertyMap, Secret, equal


class StepExecutor:
    """Runs chains of steps, `parallel` at once; after a failure or `cancel` no further step begins."""

    def __init__(
        self,
        actions: Actions,
        snapshots: Snapshots,
        emit: Callable[[Event], None],
        *,
        parallel: int,
    ) -> None:
        self._actions, self._snapshots, self._emit = actions, snapshots, emit
        self._slots = asyncio.Semaphore(max(parallel, 1))
        self._running: set[asyncio.Task[None]] = set()
        self.refreshing = False
        """The deployment is a refresh: what reading a resource comes to is what is counted."""
        self.stack_step: Step | None = None
        """The step of the stack itself, once it was done."""
        self.changes: Counter[str] = Counter()
        self.waiting_for_outputs: dict[str, Step] = {}
        """Steps whose resource may still get outputs from the program, by URN."""
        self.failed = asyncio.Event()
        """A step failed such that the deployment has to stop."""
        self.errored = False
        self.protected: list[ResourceState] = []
        """What should have been deleted, but is protected."""
        self.crash: Exception | None = None
        """What went wrong that is no failure of a resource, such as a state that could not be saved."""
        self._cancelled = False
        self.ignore_errors = False
        """Failures are shown, and the other steps go on: how a refresh of the state runs."""

    def cancel(self) -> None:
        """Lets what runs end, and begins nothing else."""
        self._cancelled = True

    def submit(self, chain: Sequence[Step]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._chain(chain))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def all_at_once(self, steps: Iterable[Step]) -> None:
        """Runs the steps side by side and waits for them."""
        await asyncio.gather(*[self.submit([step]) for step in steps])

    async def finish(self) -> None:
        """Waits until nothing runs any more."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _chain(self, chain: Sequence[Step]) -> None:
        async with self._slots:
            for step in chain:
                if self._cancelled or not await self._attempt(step):
                    return

    async def _attempt(self, step: Step) -> bool:
        try:
            return await self._step(step)
        except Exception as error:
            # Not the resource's failure but the engine's, or the disk's: nothing can be relied on any more.
            self.crash = self.crash or error
            self.errored = self._cancelled = True
            self.failed.set()
            return False

    async def _step(self, step: Step) -> bool:
        """Does one step from its first event to the answer to the program; False if it failed."""
        self._show(step, ResourcePre(self._metadata(step, step.op.value), self._actions.preview))
        await self._snapshots.begin(step)
        began = time.monotonic()
        try:
            await self._actions.apply(step)
        except FAILURES as error:
            await self._failed(step, error, time.monotonic() - began)
            return False
        if step.state.type == urns.STACK_TYPE:
            self.stack_step = step
        if step.logical and step.new is not None:
            self.waiting_for_outputs[step.urn] = step
        if step.result is not None and step.op is not Op.REPLACE:
            mark_secrets(step.result)
        await self._snapshots.end(step, successful=True)
        self._succeeded(step, time.monotonic() - began)
        return True

    async def _failed(self, step: Step, error: Exception, seconds: float) -> None:
        await self._snapshots.end(step, successful=False)
        urn = "" if self._internal(step) else step.urn
        message = f"Preview failed: {error}" if self._actions.preview else str(error)
        self._emit(Diagnostic(urn, "error", message))
        if not self._actions.preview:
            metadata, steps = self._metadata(step, step.op.value), self.changes.total()
            self._show(step, ResourceOperationFailed(metadata, message, seconds, steps))
        if step.refreshed is not None:
            step.refreshed.set_exception(error)
        self.errored = True
        if isinstance(error, ProtectedError):
            self.protected.append(step.state)
        elif not self.ignore_errors:
            self._cancelled = True
            self.failed.set()

    def _succeeded(self, step: Step, seconds: float) -> None:
        op = step.result_op if self.refreshing else step.op
        if self._counts(step) and not self._internal(step):
            self.changes[op.value] += 1
        if self._actions.preview or step.state.custom or op in (Op.DELETE, Op.REFRESH) or self.refreshing:
            self._show(step, ResourceOutputs(self._metadata(step, op.value), self._actions.preview, seconds))
        if step.refreshed is not None:
            step.refreshed.set_result(step.result)
        if step.registration is not None and step.new is not None and not step.registration.done():
            step.registration.set_result(Registered(step.new, unknown=step.skipped_create))

    def _counts(self, step: Step) -> bool:
        if step.op is Op.REFRESH:
            return self.refreshing
        if step.op is Op.READ:
            # A lookup is no change, unless it found something else than last time.
            return step.old is not None and not equal(step.old.outputs, step.state.outputs)
        return step.logical

    async def register_outputs(self, urn: str, outputs: PropertyMap) -> bool:
        """Puts a component's outputs into its state; False if the resource does not wait for any."""
        step = self.waiting_for_outputs.pop(urn, None)
        if step is None or step.new is None:
            return False
        if not step.skipped_create:
            step.new.outputs = outputs
            await self._snapshots.outputs_registered(step)
            self._show(step, ResourceOutputs(self._metadata(step, step.op.value), self._actions.preview))
        return True

    def _show(self, step: Step, event: Event) -> None:
        if not self._internal(step):
            self._emit(event)

    @staticmethod
    def _internal(step: Step) -> bool:
        return step.internal or urns.is_default_provider(step.urn)

    @staticmethod
    def _metadata(step: Step, op: str) -> StepMetadata:
        state = step.state
        return StepMetadata(
            op=op,
            urn=state.urn,
            type=state.type,
            old=_frozen(step.old),
            new=_frozen(step.result),
            keys=tuple(step.keys),
            diffs=tuple(step.diffs),
            logical=step.logical,
            provider=state.provider,
            result_op=step.result_op.value,
        )


def _frozen(state: ResourceState | None) -> ResourceState | None:
    return None if state is None else copy.copy(state)


def mark_secrets(state: ResourceState) -> None:
    """Makes outputs secret that the program wants to be, or whose input of the same name is."""
    wanted = set(state.additional_secret_outputs)
    wanted.update(key for key, value in state.inputs.items() if isinstance(value, Secret))
    plain = {key for key in wanted if key in state.outputs and not isinstance(state.outputs[key], Secret)}
    if plain:
        state.outputs = {key: Secret(value) if key in plain else value for key, value in state.outputs.items()}
