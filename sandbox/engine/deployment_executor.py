"""Drives a deployment: hands what the program asks to the step generator, and what that decides to the step executor.

Source: `pkg/resource/deploy/deployment_executor.go` of pulumi/pulumi.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.engine import urn as urns
from sandbox.engine.actions import Actions
from sandbox.engine.decisions import Base, Decisions, Mode, ReportedError, Settings
from sandbox.engine.deletions import deletions, in_order
from sandbox.engine.errors import UserError
from sandbox.engine.events import Diagnostic, Event
from sandbox.engine.interrupts import Interrupts
from sandbox.engine.monitor import Finished, ReadResource, Refused, Register, RegisterOutputs
from sandbox.engine.plugin_protocol import PluginError
from sandbox.engine.property_paths import PropertyPathError
from sandbox.engine.snapshots import Snapshots, remove_dangling
from sandbox.engine.source import ProgramEnded, ProgramSource
from sandbox.engine.state import PendingOperation, ResourceState
from sandbox.engine.step_executor import StepExecutor
from sandbox.engine.step_generator import StepGenerator, Work
from sandbox.engine.steps import Op, Step
from sandbox.engine.targets import Targets
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
        settings: Settings,
        base: Base,
        source: ProgramSource,
        snapshots: Snapshots,
        pending: Sequence[PendingOperation],
        emit: Callable[[Event], None],
        interrupts: Interrupts,
        parallel: int,
    ) -> None:
        self._settings, self._base, self._source = settings, base, source
        self._snapshots, self._pending, self._emit, self._interrupts = snapshots, pending, emit, interrupts
        self._decisions = Decisions(settings, base, source.providers)
        self._generator = StepGenerator(self._decisions)
        self._executor = StepExecutor(
            Actions(self._decisions, source.providers.same),
            snapshots,
            emit,
            parallel=parallel,
        )
        self._stack_outputs: RegisterOutputs | None = None
        self._finished = False
        self._continuing: set[asyncio.Task[None]] = set()
        self.changes = self._executor.changes

    @property
    def stack_outputs(self) -> PropertyMap:
        """The stack's outputs as the deployment leaves them."""
        step = self._executor.stack_step
        if step is not None and step.new is not None:
            return step.new.outputs
        stack = next((state for state in self._base.resources if state.type == urns.STACK_TYPE), None)
        return stack.outputs if stack is not None and self._executor.stack_step is None else {}

    async def run(self, kind: str, *, refresh_state: bool) -> bool:
        """Runs it to its end, whatever that is; whether it failed."""
        self._executor.refreshing = kind == "refresh"
        work = asyncio.create_task(self._run(kind, refresh_state=refresh_state))
        terminated = asyncio.create_task(self._interrupts.terminated.wait())
        await asyncio.wait({work, terminated}, return_when=asyncio.FIRST_COMPLETED)
        terminated.cancel()
        if work.done():
            return await work
        self._executor.cancel()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await self._source.abandon()
        return True

    async def _run(self, kind: str, *, refresh_state: bool) -> bool:
        watch = asyncio.create_task(self._watch())
        await self._source.open()
        try:
            failed = not await self._attempt(kind, refresh_state=refresh_state)
        finally:
            watch.cancel()
        await self._source.close()
        if failed:
            self._settings.error("", f"{'preview' if self._settings.preview else 'update'} failed")
        elif self._interrupts.cancelled.is_set():
            self._settings.error("", f"{'preview' if self._settings.preview else 'update'} canceled")
        return failed or self._interrupts.cancelled.is_set()

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

    async def _attempt(self, kind: str, *, refresh_state: bool) -> bool:
        """The deployment itself; whether it succeeded."""
        completed = False
        try:
            completed = await self._phases(kind, refresh_state=refresh_state)
        except ReportedError:
            self._stop()
        except EXPECTED as error:
            self._settings.error("", str(error))
            self._stop()
        await self._executor.finish()
        if self._executor.crash is not None:
            raise self._executor.crash
        succeeded = completed and not self._executor.errored and not self._decisions.errored
        await self._finalize_stack_outputs(errored=not succeeded)
        await self._snapshots.flush()
        return succeeded

    async def _phases(self, kind: str, *, refresh_state: bool) -> bool:
        if refresh_state:
            await self._refresh_state()
            if kind == "refresh" or self._stopping:
                return not self._executor.failed.is_set()
        elif self._pending and not self._settings.preview:
            self._warn_of_pending_operations()
        self._check_targets(self._settings.replace)
        if kind != "destroy" or self._settings.mode is Mode.DESTROY:
            await self._source.start_program()
            await self._serve()
        if self._stopping:
            return not self._executor.failed.is_set()
        await self._afterwards()
        return True

    # --- what the program asks ----------------------------------------------------------------------------------

    async def _serve(self) -> None:
        """Deals with requests until the program has no more of them, or the deployment stops."""
        while not (self._finished and not self._continuing):
            request = await self._source.requests.get()
            if self._stopping:
                return
            await self._deal_with(request)

    async def _deal_with(self, request: object) -> None:
        if isinstance(request, Register):
            await self._register(request)
        elif isinstance(request, Refreshed):
            await self._continue(request)
        elif isinstance(request, ReadResource):
            self._submit(self._generator.read(request.request, request.registration))
        elif isinstance(request, RegisterOutputs):
            await self._register_outputs(request)
        elif isinstance(request, Refused):
            raise self._decisions.fail("", request.message)
        elif isinstance(request, Finished):
            self._finished = True
            self._source.release_program()
        elif isinstance(request, ProgramEnded):
            self._program_ended(request)

    async def _register(self, request: Register) -> None:
        goal = request.goal
        urn = urns.new(self._settings.stack, self._settings.project, goal.parent, goal.type, goal.name)
        try:
            work = self._generator.begin(goal, request.registration)
            refresh = self._generator.refresh_first(work)
            if refresh is None:
                self._submit(await self._generator.steps(work))
            else:
                refresh.refreshed = asyncio.get_running_loop().create_future()
                task = asyncio.create_task(self._refreshed(work, refresh.refreshed))
                self._continuing.add(task)
                self._submit([refresh])
        except EXPECTED as error:
            raise self._decisions.fail(urn, str(error)) from error

    async def _refreshed(self, work: Work, refreshed: "asyncio.Future[ResourceState | None]") -> None:
        await asyncio.wait({refreshed})
        error = refreshed.exception()
        self._source.requests.put_nowait(Refreshed(work, None if error else refreshed.result(), error))

    async def _continue(self, request: Refreshed) -> None:
        self._continuing.pop()
        work, old = request.work, request.work.old
        if request.error is not None or old is None:
            raise ReportedError(str(request.error))
        if request.state is not None:
            self._base.graph.alias(request.state, old)
            self._decisions.refreshed[id(old)] = request.state
        work.old = request.state
        try:
            self._submit(await self._generator.steps(work))
        except EXPECTED as error:
            raise self._decisions.fail(work.urn, str(error)) from error

    def _submit(self, steps: list[Step]) -> None:
        if steps:
            self._executor.submit(steps)

    async def _register_outputs(self, request: RegisterOutputs) -> None:
        if urns.qualified_type(request.urn) == urns.STACK_TYPE:
            # What became of the deployment decides what becomes of the stack's outputs.
            self._stack_outputs = request
        elif not await self._executor.register_outputs(request.urn, request.outputs):
            raise self._decisions.fail(
                request.urn, f"cannot complete a resource '{request.urn}' whose registration isn't pending"
            )
        if not request.done.done():
            request.done.set_result(None)

    def _program_ended(self, request: ProgramEnded) -> None:
        if request.code:
            if request.error_was_shown:
                raise ReportedError("the program failed")
            raise self._decisions.fail("", f"program exited with non-zero exit code: {request.code}")
        self._finished = True

    # --- before and after the program ---------------------------------------------------------------------------

    async def _refresh_state(self) -> None:
        """Reads every resource of the state, all at once; failures do not keep the others from being read."""
        self._check_targets(self._settings.targets)
        steps = {}
        for state in self._base.resources:
            if self._decisions.included(state.urn):
                await self._source.providers.ensure(state.provider)
                steps[id(state)] = Step(Op.REFRESH, state)
        self._executor.ignore_errors = True
        await self._executor.all_at_once(steps.values())
        self._executor.ignore_errors = False
        resources = []
        for state in self._base.resources:
            step = steps.get(id(state))
            if step is None or not step.deleted:
                resources.append(step.new or state if step else state)
        remove_dangling(resources)
        self._base.rebuild(resources)
        if self._executor.errored:
            raise ReportedError("a resource could not be read")

    async def _afterwards(self) -> None:
        """Reads or deletes what the program did not register."""
        missing = self._unknown(self._settings.targets)
        if self._base.resources and self._settings.mode is Mode.REFRESH:
            await self._refresh_the_rest()
        elif self._base.resources:
            sames, deletes = await deletions(self._decisions)
            if sames:
                await self._executor.submit(sames)
            for group in in_order(self._decisions, deletes):
                await self._executor.all_at_once(group)
        if missing:
            self._check_targets(self._settings.targets)

    async def _refresh_the_rest(self) -> None:
        for state in self._base.resources:
            if not self._decisions.operated_on(state.urn) and self._decisions.included(state.urn):
                await self._source.providers.ensure(state.provider)
                step = Step(Op.REFRESH, state)
                step.refreshed = asyncio.get_running_loop().create_future()
                self._submit([step])
        await self._executor.finish()

    async def _finalize_stack_outputs(self, *, errored: bool) -> None:
        """Outputs of a deployment that failed add to the old ones: what is absent may only not have been reached."""
        request = self._stack_outputs
        if request is None:
            return
        outputs = dict(request.outputs)
        if errored and request.urn in self._base.olds:
            outputs = {**self._base.olds[request.urn].outputs, **outputs}
        await self._executor.register_outputs(request.urn, outputs)

    def _unknown(self, targets: Targets) -> list[str]:
        known = self._base.all.keys() | self._decisions.urns
        return sorted(urn for urn in targets.literals if urn not in known)

    def _check_targets(self, targets: Targets) -> None:
        unknown = self._unknown(targets)
        for urn in unknown:
            hint = "" if "$" in urn else " Did you forget to escape $ in your shell?"
            self._settings.error("", f"Target '{urn}' could not be found in the stack.{hint}")
        if unknown:
            raise ReportedError("one or more targets could not be found in the stack")

    def _warn_of_pending_operations(self) -> None:
        operations = "".join(
            f"  * {operation.resource.urn}, interrupted while {operation.type}\n" for operation in self._pending
        )
        message = (
            f"Attempting to deploy or update resources with {len(self._pending)} pending operations from previous "
            f"deployment.\n{operations}"
            "These resources are in an unknown state because the engine was interrupted while waiting for changes to "
            "these resources to complete. You should confirm whether or not the operations listed completed "
            "successfully by checking the state of the appropriate provider.\n\n"
            "Once you have confirmed the status of the interrupted operations, you can repair your stack using "
            "`pulumi refresh` which will refresh the state from the provider you are using and clear the pending "
            "operations if there are any.\n\n"
            "Note that `pulumi refresh` will need to be run interactively to clear pending CREATE operations."
        )
        self._emit(Diagnostic("", "warning", message))
