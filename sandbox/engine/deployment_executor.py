"""Drives a deployment: hands what the program asks to the step generator, and what that decides to the step executor.

Source: `pkg/resource/deploy/deployment_executor.go` of pulumi/pulumi.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.engine import notices
from sandbox.engine import urn as urns
from sandbox.engine.actions import Actions
from sandbox.engine.checking import Work
from sandbox.engine.decisions import Decisions, Mode, ReportedError
from sandbox.engine.deletions import delete_the_rest
from sandbox.engine.errors import UserError
from sandbox.engine.events import Event
from sandbox.engine.interrupts import Interrupts
from sandbox.engine.monitor import Finished, ReadResource, Refused, Register, RegisterOutputs
from sandbox.engine.outcome import Outcome
from sandbox.engine.plugin_protocol import PluginError
from sandbox.engine.program import ERROR_WAS_SHOWN
from sandbox.engine.property_paths import PropertyPathError
from sandbox.engine.snapshots import Snapshots, remove_dangling
from sandbox.engine.source import ProgramEnded, ProgramSource
from sandbox.engine.state import PendingOperation, ResourceState
from sandbox.engine.step_executor import StepExecutor
from sandbox.engine.step_generator import StepGenerator
from sandbox.engine.steps import Op, Step
from sandbox.engine.values import PropertyMap

EXPECTED = (UserError, PluginError, PropertyPathError)
"""Errors whose message is for the user."""


@dataclass(frozen=True)
class Refreshed:
    """A resource was read, and can be compared now."""

    work: Work
    state: ResourceState | None
    error: BaseException | None


@dataclass(frozen=True)
class Stopped:
    """A step failed, or the user interrupted."""


class DeploymentExecutor:
    """One deployment."""

    def __init__(
        self,
        decisions: Decisions,
        source: ProgramSource,
        snapshots: Snapshots,
        pending: Sequence[PendingOperation],
        emit: Callable[[Event], None],
        interrupts: Interrupts,
        parallel: int,
    ) -> None:
        self._decisions, self._source, self._snapshots = decisions, source, snapshots
        self._settings, self._base = decisions.settings, decisions.base
        self._pending, self._emit, self._interrupts = pending, emit, interrupts
        self._generator = StepGenerator(decisions)
        actions = Actions(decisions, source.providers.same)
        self._executor = StepExecutor(actions, snapshots, emit, parallel=parallel)
        self._stack_outputs: RegisterOutputs | None = None
        self._finished = False
        self._being_read: set[asyncio.Task[None]] = set()
        self.changes = self._executor.changes

    @property
    def stack_outputs(self) -> PropertyMap:
        """The stack's outputs as the deployment leaves them; empty once the stack is deleted."""
        step = self._executor.stack_step
        if step is not None:
            return step.result.outputs if step.result is not None else {}
        return next((state.outputs for state in self._base.resources if state.type == urns.STACK_TYPE), {})

    async def run(self, kind: str, *, refresh_state: bool) -> Outcome:
        """Runs it until it is done, failed or interrupted."""
        self._executor.refreshing = kind == "refresh"
        watch = asyncio.create_task(self._watch())
        try:
            await self._source.open()
            outcome = await self._attempt(kind, refresh_state=refresh_state)
        finally:
            watch.cancel()
        if outcome is Outcome.SUCCEEDED and self._interrupts.cancelled.is_set():
            outcome = Outcome.CANCELED
        if outcome in (Outcome.FAILED, Outcome.CANCELED):
            self._settings.error("", f"{'preview' if self._settings.preview else 'update'} {outcome.value}")
        return outcome

    async def _watch(self) -> None:
        """Stops the deployment at the first interrupt, and at the first failure."""
        waits = [asyncio.create_task(event.wait()) for event in (self._interrupts.cancelled, self._executor.failed)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._stop()
        self._source.requests.put_nowait(Stopped())

    def _stop(self) -> None:
        self._executor.cancel()
        self._source.stop_program()

    @property
    def _stopping(self) -> bool:
        return self._interrupts.cancelled.is_set() or self._executor.failed.is_set()

    async def _attempt(self, kind: str, *, refresh_state: bool) -> Outcome:
        """All phases of it, and how they went. What was done until then is saved in any case."""
        refused = True
        try:
            await self._phases(kind, refresh_state=refresh_state)
            refused = False
        except ReportedError:
            self._stop()
        except EXPECTED as error:
            self._settings.error("", str(error))
            self._stop()
        except Exception:
            # The engine's own failure, or nobody reads the events: what runs still ends, and is saved.
            self._stop()
            await self._executor.finish()
            raise
        await self._executor.finish()
        if self._executor.crash is not None:
            raise self._executor.crash
        failed = self._executor.errored or self._decisions.errored
        await self._finalize_stack_outputs(errored=refused or failed)
        await self._snapshots.flush()
        if refused and not self._executor.errored:
            return Outcome.REFUSED
        return Outcome.FAILED if failed else Outcome.SUCCEEDED

    async def _phases(self, kind: str, *, refresh_state: bool) -> None:
        if refresh_state:
            await self._refresh_state()
            if kind == "refresh":
                return
        elif self._pending and not self._settings.preview:
            self._emit(notices.pending_operations(self._pending))
        notices.refuse_targets(self._decisions, notices.unknown_targets(self._decisions, self._settings.replace))
        if not self._stopping and (kind != "destroy" or self._settings.mode is Mode.DESTROY):
            await self._source.start_program()
            await self._serve()
        if not self._stopping:
            await self._afterwards()
        if not self._stopping:
            self._refuse_failed_program(await self._source.program_ended())

    # --- what the program asks ----------------------------------------------------------------------------------

    async def _serve(self) -> None:
        """Deals with requests until the program has no more of them, or the deployment stops."""
        while not (self._finished and not self._being_read):
            request = await self._source.requests.get()
            if self._stopping:
                return
            await self._deal_with(request)

    async def _deal_with(self, request: object) -> None:
        if isinstance(request, Register | ReadResource | Refreshed):
            try:
                steps = await self._steps(request)
            except EXPECTED as error:
                raise self._decisions.fail(self._urn(request), str(error)) from error
            if steps:
                self._executor.submit(steps)
        elif isinstance(request, RegisterOutputs):
            await self._register_outputs(request)
        elif isinstance(request, Refused):
            raise self._decisions.fail("", request.message)
        elif isinstance(request, ProgramEnded):
            self._refuse_failed_program(request)
            self._finished = True
        elif isinstance(request, Finished):
            self._finished = True
            self._source.release_program()

    def _urn(self, request: Register | ReadResource | Refreshed) -> str:
        if isinstance(request, Refreshed):
            return request.work.urn
        wanted = request.goal if isinstance(request, Register) else request.request
        return urns.new(self._settings.stack, self._settings.project, wanted.parent, wanted.type, wanted.name)

    async def _steps(self, request: Register | ReadResource | Refreshed) -> list[Step]:
        if isinstance(request, ReadResource):
            return self._generator.read(request.request, request.registration)
        if isinstance(request, Refreshed):
            return await self._steps_after_refresh(request)
        work = self._generator.begin(request.goal, request.registration)
        refresh = self._generator.refresh_first(work)
        if refresh is None:
            return await self._generator.steps(work)
        refresh.refreshed = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._await_refresh(work, refresh.refreshed))
        self._being_read.add(task)
        return [refresh]

    async def _await_refresh(self, work: Work, refreshed: "asyncio.Future[ResourceState | None]") -> None:
        await asyncio.wait({refreshed})
        error = refreshed.exception()
        self._source.requests.put_nowait(Refreshed(work, None if error else refreshed.result(), error))

    async def _steps_after_refresh(self, request: Refreshed) -> list[Step]:
        self._being_read = {task for task in self._being_read if not task.done()}
        work, old = request.work, request.work.old
        if request.error is not None or old is None:
            raise ReportedError(str(request.error))
        if request.state is not None:
            self._base.graph.alias(request.state, old)
            self._decisions.refreshed[id(old)] = request.state
        work.old = request.state
        return await self._generator.steps(work)

    async def _register_outputs(self, request: RegisterOutputs) -> None:
        if urns.qualified_type(request.urn) == urns.STACK_TYPE:
            # What becomes of the deployment decides what becomes of the stack's outputs.
            self._stack_outputs = request
        elif not await self._executor.register_outputs(request.urn, request.outputs):
            raise self._decisions.fail(
                request.urn, f"cannot complete a resource '{request.urn}' whose registration isn't pending"
            )
        if not request.done.done():
            request.done.set_result(None)

    def _refuse_failed_program(self, ended: ProgramEnded | None) -> None:
        if ended is None or not ended.code:
            return
        if ended.code == ERROR_WAS_SHOWN:
            raise ReportedError("the program failed")
        # Also behind an error that the program logged itself, such as that of a RunError. A signal counts as -1.
        code = max(ended.code, -1)
        message = f"an unhandled error occurred: program exited with non-zero exit code: {code}"
        raise self._decisions.fail("", message)

    # --- before and after the program ---------------------------------------------------------------------------

    async def _refresh_state(self) -> None:
        """Reads every resource of the state, all at once; failures do not keep the others from being read."""
        notices.refuse_targets(self._decisions, notices.unknown_targets(self._decisions, self._settings.targets))
        steps: dict[int, Step] = {}
        for state in self._base.resources:
            if self._decisions.included(state.urn):
                await self._source.providers.ensure(state.provider)
                steps[id(state)] = Step(Op.REFRESH, state, state)
        self._executor.ignore_errors = True
        await self._executor.all_at_once(steps.values())
        self._executor.ignore_errors = False
        resources = []
        for state in self._base.resources:
            step = steps.get(id(state))
            if step is None or not step.deleted:
                resources.append(step.new if step is not None and step.new is not None else state)
        remove_dangling(resources)
        self._base.rebuild(resources)
        if self._executor.errored:
            raise ReportedError("a resource could not be read")

    async def _afterwards(self) -> None:
        """Reads or deletes what the program did not register."""
        await self._executor.finish()
        if self._stopping:
            return
        unknown = notices.unknown_targets(self._decisions, self._settings.targets)
        if self._settings.mode is Mode.REFRESH:
            await self._refresh_the_rest()
        elif self._base.resources:
            # What may not be deleted was told, and counts as failed: it does not end the deployment by itself.
            with contextlib.suppress(ReportedError):
                await delete_the_rest(self._decisions, self._executor)
        notices.refuse_targets(self._decisions, unknown)

    async def _refresh_the_rest(self) -> None:
        steps = []
        for state in self._base.resources:
            if not self._decisions.operated_on(state.urn) and self._decisions.included(state.urn):
                await self._source.providers.ensure(state.provider)
                steps.append(Step(Op.REFRESH, state, state, persisted=True))
        await self._executor.all_at_once(steps)

    async def _finalize_stack_outputs(self, *, errored: bool) -> None:
        """Outputs of a deployment that failed add to the old ones: what is absent may only not have been reached."""
        request = self._stack_outputs
        if request is None:
            return
        outputs = dict(request.outputs)
        if errored and request.urn in self._base.olds:
            outputs = {**self._base.olds[request.urn].outputs, **outputs}
        await self._executor.register_outputs(request.urn, outputs)
