"""What is deleted once the program has registered everything, and in which order.

Source: `pkg/resource/deploy/step_generator.go` (GenerateDeletes, ScheduleDeletes) of pulumi/pulumi.
"""

import copy
from collections.abc import Sequence

from sandbox.engine.decisions import Decisions, ReportedError
from sandbox.engine.dependencies import DependencyGraph
from sandbox.engine.dependents import dependent_replacements
from sandbox.engine.replacing import delete_step
from sandbox.engine.state import ResourceState
from sandbox.engine.step_executor import StepExecutor
from sandbox.engine.steps import Op, Step


async def delete_the_rest(decisions: Decisions, executor: StepExecutor) -> None:
    """Deletes what the program no longer has, except what something protected needs."""
    sames, deletes = await deletions(decisions)
    await executor.submit(sames)
    graph = deletion_graph(decisions)
    for group in in_order(graph, deletes):
        needed = {needed for state in executor.protected for needed in graph.all_dependencies_of(state)}
        await executor.all_at_once([step for step in group if id(step.state) not in needed])


async def deletions(decisions: Decisions) -> tuple[list[Step], list[Step]]:
    """Steps that carry over what is no target, and steps that delete what the program no longer has."""
    allowed = await _allowed(decisions)
    sames: list[Step] = []
    deletes: list[Step] = []
    for resource in decisions.base.resources:
        if allowed is not None and resource.urn not in allowed:
            if not decisions.operated_on(resource.urn):
                sames.append(Step(Op.SAME, resource, copy.copy(resource), untargeted=True))
            continue
        state = decisions.refreshed.get(id(resource), resource)
        step = _deletion(decisions, state)
        if step is not None:
            deletes.append(step)
            decisions.deletes.add(state.urn)
            await decisions.providers.ensure(state.provider)
    for state in decisions.to_delete:
        if allowed is None or state.urn in allowed:
            decisions.deletes.add(state.urn)
            deletes.append(delete_step(state, replacing=False))
    _refuse_untargeted(decisions, deletes)
    return sames, deletes


def _deletion(decisions: Decisions, state: ResourceState) -> Step | None:
    if state.delete:
        return None if id(state) in decisions.pending_deletes else delete_step(state, replacing=True)
    if decisions.operated_on(state.urn):
        return None
    if state.pending_replacement:
        return Step(Op.REMOVE_PENDING_REPLACE, state, internal=True)
    return delete_step(state, replacing=False)


async def _allowed(decisions: Decisions) -> set[str] | None:
    """The targets with everything that depends on them; None if there are no targets."""
    if not decisions.settings.targets.constrained:
        return None
    graph = deletion_graph(decisions)
    allowed: set[str] = set()
    for target in [state for state in decisions.base.resources if decisions.included(state.urn)]:
        allowed.add(target.urn)
        allowed.update(state.urn for state in graph.depending_on(target, (), children=True))
    for state in [state for urn in list(allowed) for state in decisions.base.all.get(urn, ())]:
        allowed.update(dependent.state.urn for dependent in await dependent_replacements(decisions, state))
    return allowed


def _refuse_untargeted(decisions: Decisions, deletes: Sequence[Step]) -> None:
    refused = False
    for step in deletes:
        if not decisions.included(step.urn):
            decisions.fail(
                step.urn,
                f"Resource '{step.urn}' will be destroyed but was not specified in --target list.\n"
                "Either include resource in --target list or pass --target-dependents to proceed.",
            )
            refused = True
    if refused and not decisions.settings.preview:
        raise ReportedError("delete untargeted resource")


def deletion_graph(decisions: Decisions) -> DependencyGraph:
    """The resources before the deployment, with what refreshes and the program made of those to be deleted."""
    graph = DependencyGraph([*decisions.to_delete, *decisions.base.resources])
    for resource in decisions.base.resources:
        refreshed = decisions.refreshed.get(id(resource))
        if refreshed is not None:
            graph.alias(refreshed, resource)
    return graph


def in_order(graph: DependencyGraph, deletes: Sequence[Step]) -> list[list[Step]]:
    """The deletions in groups: all of a group at once, a group after the one before it.

    What nothing else in the last group needs is in it, and so on: a resource goes before what it depends on.
    """
    condemned = {graph.index(step.state): step for step in deletes}
    needs = {index: graph.dependencies_of(step.state) for index, step in condemned.items()}
    groups: list[list[Step]] = []
    while condemned:
        free = [index for index in condemned if not needs[index] & condemned.keys()]
        groups.append([condemned[index] for index in free])
        for index in free:
            del condemned[index]
    return groups[::-1]
