"""An update, preview, refresh or destroy of one stack, from its first event to its last.

Source: `pkg/engine/{update,refresh,destroy}.go` of pulumi/pulumi.
"""

import asyncio
import copy
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sandbox.engine.checkpoint import Writer
from sandbox.engine.decisions import Base, Decisions, Mode, Settings
from sandbox.engine.deployment_executor import DeploymentExecutor
from sandbox.engine.events import Cancelled, Event, Prelude, Summary
from sandbox.engine.filtering import filtered
from sandbox.engine.interrupts import Interrupts
from sandbox.engine.outcome import Outcome
from sandbox.engine.project import Project
from sandbox.engine.snapshots import NoSnapshots, SavedSnapshots
from sandbox.engine.source import ProgramSource
from sandbox.engine.stack_config import Configuration
from sandbox.engine.state import Snapshot
from sandbox.engine.steps import Op
from sandbox.engine.supported import refuse_unsupported
from sandbox.engine.targets import Targets, refuse_unknown
from sandbox.engine.values import PropertyMap
from sandbox.passphrase import Crypter

Kind: TypeAlias = Literal["update", "refresh", "destroy"]

MODES: Mapping[str, Mode] = {"update": Mode.UPDATE, "refresh": Mode.REFRESH, "destroy": Mode.DESTROY}
"""What a run of the program is for."""
_RESULTS: Mapping[Outcome, Literal["succeeded", "failed", "canceled"]] = {
    Outcome.SUCCEEDED: "succeeded",
    # One interrupt is a failure, for the CLI too.
    Outcome.TERMINATED: "canceled",
}
NO_CHANGES = frozenset({Op.SAME, Op.READ, Op.READ_DISCARD, Op.READ_REPLACEMENT})


def default_parallel() -> int:
    """How many steps run at once unless the user says so: four for each core."""
    return 4 * (os.cpu_count() or 1)


@dataclass(frozen=True)
class DeploymentOptions:
    parallel: int = field(default_factory=default_parallel)
    """Steps at once; less than one is one."""
    targets: tuple[str, ...] = ()
    """URNs, `*` and `**` in them being parts and anything; the others are left as they are."""
    refresh: bool = False
    """Reads the resources before an update or a destroy."""
    replace: tuple[str, ...] = ()
    """URNs to be replaced even if nothing changed."""
    run_program: bool = False
    """Runs the program for a refresh or a destroy too, so that providers get their present configuration."""


@dataclass(frozen=True)
class DeploymentResult:
    changes: Mapping[str, int]
    """Steps by what they did, as in the summary; a refresh that finds nothing counts as `same`."""
    failed: bool
    interrupted: bool
    terminated: bool
    """A second interrupt left it where it was."""
    outputs: PropertyMap
    """Of the stack, after the deployment."""
    seconds: float

    @property
    def has_changes(self) -> bool:
        """Whether anything changed; to look something up, or to do so no more, is no change."""
        return any(op not in NO_CHANGES for op in self.changes)


async def deploy(
    kind: Kind,
    *,
    preview: bool,
    project: Project,
    stack_name: str,
    configuration: Configuration,
    snapshot: Snapshot,
    save: Callable[[bytes], None],
    crypter: Crypter,
    options: DeploymentOptions,
    emit: Callable[[Event], None],
    interrupts: Interrupts,
) -> DeploymentResult:
    """Runs the deployment. What fails in it is told by events and in the result.

    `save` gets the whole checkpoint, on a thread of its own, whenever it changed; never in a preview. The snapshot is
    not changed. Raises `UserError` where the stack holds what this engine does not implement or lacks what is to be
    refreshed or deleted, before anything begins, and where the state cannot be saved or a process cannot be started.
    """
    refuse_unsupported(snapshot)
    if kind != "update":
        # An update's targets may be the program's alone.
        refuse_unknown(options.targets, snapshot)
    emit = filtered(emit, configuration.secrets)
    began = time.monotonic()
    base = Base([copy.copy(state) for state in snapshot.resources])
    refresh = options.refresh or kind == "refresh"
    settings = Settings(
        stack=stack_name,
        project=project.name,
        preview=preview,
        mode=MODES[kind] if options.run_program else Mode.UPDATE,
        # Before a destroy it is the state that is read: the program is not asked what is deleted.
        refresh=refresh and options.run_program and kind != "destroy",
        targets=Targets(options.targets),
        replace=Targets(options.replace),
        report=emit,
    )
    saved = SavedSnapshots(base, Writer(crypter, snapshot), save, snapshot.pending_operations)
    source = ProgramSource(project, settings, configuration, options.parallel, base)
    executor = DeploymentExecutor(
        Decisions(settings, base, source.providers),
        source,
        NoSnapshots() if preview else saved,
        snapshot.pending_operations,
        emit,
        interrupts,
        options.parallel,
    )
    emit(Prelude(configuration.blinded))
    refresh_state = refresh and not settings.refresh
    outcome = await _to_its_end(executor, source, interrupts, kind, refresh_state=refresh_state)
    terminated = outcome is Outcome.TERMINATED
    changes = {op: count for op, count in executor.changes.items() if count}
    seconds = time.monotonic() - began
    emit(Summary(preview, seconds, changes, _RESULTS.get(outcome, "failed")))
    if terminated:
        settings.error("", f"{'preview' if preview else 'update'} failed")
    emit(Cancelled())
    interrupted = interrupts.cancelled.is_set()
    failed = outcome is not Outcome.SUCCEEDED
    return DeploymentResult(changes, failed, interrupted, terminated, executor.stack_outputs, seconds)


async def _to_its_end(
    executor: DeploymentExecutor, source: ProgramSource, interrupts: Interrupts, kind: Kind, *, refresh_state: bool
) -> Outcome:
    """Runs the deployment; a second interrupt leaves it where it is. No process stays, however it ends."""

    async def whole() -> Outcome:
        try:
            return await executor.run(kind, refresh_state=refresh_state)
        finally:
            if not interrupts.terminated.is_set():
                await source.close()

    work = asyncio.create_task(whole())
    terminated = asyncio.create_task(interrupts.terminated.wait())
    await asyncio.wait({work, terminated}, return_when=asyncio.FIRST_COMPLETED)
    terminated.cancel()
    if work.done():
        return await work
    work.cancel()
    await asyncio.wait({work})
    await source.abandon()
    return Outcome.TERMINATED
