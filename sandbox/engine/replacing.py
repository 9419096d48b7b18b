"""How a resource is replaced: what is created and deleted, and in which order.

Source: `pkg/resource/deploy/step_generator.go` (continueStepsFromDiff) of pulumi/pulumi.
"""

from collections.abc import Sequence

from sandbox.engine.checking import Work, check
from sandbox.engine.decisions import Decisions, RegistrationError, ReportedError
from sandbox.engine.dependents import dependent_replacements
from sandbox.engine.events import Diagnostic
from sandbox.engine.plugin_protocol import Diff, Plugin
from sandbox.engine.state import ResourceState
from sandbox.engine.steps import Op, Step

UNPROTECT = "To unprotect the resource, remove the `protect` flag from the resource in your Pulumi program and run "


async def replaced(
    decisions: Decisions, work: Work, old: ResourceState, plugin: Plugin | None, diff: Diff
) -> list[Step]:
    """Replaces the resource, the old one deleted first or last, as program and plugin want it."""
    _refuse_protected(decisions, work, old)
    _refuse_imported(decisions, work)
    decisions.replaces.add(work.urn)
    if plugin is not None and not decisions.replacement_wanted(work.urn, old):
        # What was taken over from the old resource is not wanted for a new one.
        await check(decisions, work, plugin, fresh=True)
        if work.invalid:
            raise ReportedError(f"resource {work.urn} has check errors")
    first = work.goal.delete_before_replace
    keys, diffs = diff.replaces, diff.changed
    if diff.delete_before_replace if first is None else first:
        return [
            *await _deletions(decisions, work, old),
            Step(Op.REPLACE, old, work.new, keys=keys, diffs=diffs),
            Step(Op.CREATE_REPLACEMENT, old, work.new, work.registration, keys=keys, diffs=diffs),
        ]
    # The old one is deleted after everything else, when nothing depends on it any more.
    return created_first(work, old, keys=keys, diffs=diffs)


def created_first(work: Work, old: ResourceState, *, keys: Sequence[str] = (), diffs: Sequence[str] = ()) -> list[Step]:
    """Creates the new resource and marks the old one for deletion."""
    return [
        Step(Op.CREATE_REPLACEMENT, old, work.new, work.registration, keys=keys, diffs=diffs, pending_delete=True),
        Step(Op.REPLACE, old, work.new, keys=keys, diffs=diffs, pending_delete=True),
    ]


def recreated(decisions: Decisions, work: Work, old: ResourceState) -> list[Step]:
    """Creates what was deleted in this deployment, because of a resource that it depended on."""
    decisions.deletes.discard(work.urn)
    decisions.replaces.add(work.urn)
    keys = decisions.dependent_replace_keys.get(work.urn, ())
    return [
        Step(Op.REPLACE, old, work.new),
        Step(Op.CREATE_REPLACEMENT, old, work.new, work.registration, keys=keys),
    ]


async def _deletions(decisions: Decisions, work: Work, old: ResourceState) -> list[Step]:
    """Deletes what cannot stay without the old resource, the last dependent first, and then the resource itself."""
    steps = []
    for dependent in reversed(await dependent_replacements(decisions, old)):
        state = dependent.state
        if id(state) in decisions.pending_deletes:
            continue
        decisions.dependent_replace_keys[state.urn] = dependent.keys
        if state.protect and not state.delete:
            raise decisions.fail(
                work.urn,
                f'unable to replace resource "{state.urn}" as part of replacing "{work.urn}" as it is currently marked '
                f"for protection. {UNPROTECT}`pulumi up`",
            )
        steps.append(delete_step(state, replacing=not state.delete, pending_replacement=not state.delete))
        decisions.deletes.add(state.urn)
        decisions.pending_deletes.add(id(state))
    await decisions.providers.ensure(old.provider)
    if not old.pending_replacement:
        decisions.deletes.add(old.urn)
        steps.append(delete_step(old, replacing=True, pending_replacement=True))
    return steps


def delete_step(state: ResourceState, *, replacing: bool, pending_replacement: bool = False) -> Step:
    """The step that deletes the old resource, or forgets one that was only read."""
    if state.external:
        op = Op.DISCARD_REPLACED if replacing else Op.READ_DISCARD
    else:
        op = Op.DELETE_REPLACED if replacing else Op.DELETE
    return Step(op, state, pending_replacement=pending_replacement)


def _refuse_protected(decisions: Decisions, work: Work, old: ResourceState) -> None:
    """To replace is to delete. A preview goes on, so that the reason for the replacement is seen."""
    if not (work.new.protect and old.protect):
        return
    error = decisions.fail(
        work.urn,
        f'unable to replace resource "{work.urn}"\nas it is currently marked for protection. {UNPROTECT}`pulumi up`',
    )
    if not decisions.settings.preview:
        raise error


def _refuse_imported(decisions: Decisions, work: Work) -> None:
    if not work.goal.import_id:
        return
    message = (
        "previously-imported resources that still specify an ID may not be replaced; "
        "please remove the `import` declaration from your program"
    )
    if not decisions.settings.preview:
        raise RegistrationError(message)
    decisions.settings.report(Diagnostic(work.urn, "warning", message))
