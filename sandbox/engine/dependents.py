"""Which dependents have to be deleted before a resource that is deleted before it is replaced.

Source: `pkg/resource/deploy/step_generator.go` (calculateDependentReplacements) of pulumi/pulumi.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.engine import urn as urns
from sandbox.engine.decisions import Decisions
from sandbox.engine.diffing import compare, with_replacements
from sandbox.engine.state import ResourceState
from sandbox.engine.values import UNKNOWN


@dataclass(frozen=True)
class DependentReplacement:
    state: ResourceState
    keys: Sequence[str]
    """Properties because of which it has to be replaced."""


async def dependent_replacements(decisions: Decisions, root: ResourceState) -> list[DependentReplacement]:
    """The dependents of `root` that its replacement makes replace too, in order of dependency.

    Whether one would be is asked from its plugin, with unknowns where properties come from what is replaced. What was
    registered already in this deployment cannot depend on `root` any more.
    """
    found: list[DependentReplacement] = []
    replaced = {root.urn}
    impossible = (
        decisions.reads
        | decisions.creates
        | decisions.sames
        | decisions.updates
        | decisions.deletes
        | decisions.replaces
    )
    for dependent in decisions.base.graph.depending_on(root, impossible):
        keys = await _replacement_keys(decisions, dependent, replaced)
        if keys is not None:
            found.append(DependentReplacement(dependent, keys))
            replaced.add(dependent.urn)
    return found


async def _replacement_keys(decisions: Decisions, state: ResourceState, replaced: set[str]) -> Sequence[str] | None:
    """Why the dependent has to be replaced; None if it does not have to."""
    if not state.custom or state.external:
        return None
    if state.provider and urns.provider_urn(state.provider) in replaced:
        await decisions.providers.ensure(state.provider)
        return ()
    affected = [
        key for key in state.inputs if any(link in replaced for link in state.property_dependencies.get(key, ()))
    ]
    if not affected:
        return None
    if not urns.is_provider(state.type):
        await decisions.providers.ensure(state.provider)
    plugin = decisions.provider_of(state)
    if plugin is None:
        return None
    inputs = {**state.inputs, **dict.fromkeys(affected, UNKNOWN)}
    diff = await compare(plugin, state, inputs, preview=True, ignored=state.ignore_changes)
    diff = with_replacements(diff, state.replace_on_changes, init_errors=False)
    return diff.replaces if diff.replace else None
