"""Which resource of a state needs which others.

Source: `pkg/resource/graph/dependency_graph.go` of pulumi/pulumi.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from sandbox.engine import urn as urns
from sandbox.engine.state import ResourceState


def needed(state: ResourceState) -> Iterator[str]:
    """URNs of the resources that it depends on, its parent and provider apart; some more than once."""
    yield from state.dependencies
    for property_dependencies in state.property_dependencies.values():
        yield from property_dependencies


def all_needed(state: ResourceState) -> Iterator[str]:
    """URNs of everything that has to exist before the resource: provider, parent and dependencies."""
    if state.provider:
        yield urns.provider_urn(state.provider)
    if state.parent:
        yield state.parent
    yield from needed(state)


class DependencyGraph:
    """The resources of a state in their order, in which what is needed stands before what needs it."""

    def __init__(self, resources: Sequence[ResourceState]) -> None:
        self._resources = resources
        self._index = {id(state): index for index, state in enumerate(resources)}
        self._by_urn: Mapping[str, list[int]] = defaultdict(list)
        self._children: Mapping[str, list[int]] = defaultdict(list)
        last: dict[str, ResourceState] = {}
        for index, state in enumerate(resources):
            self._by_urn[state.urn].append(index)
            last[state.urn] = state
            parent = state.parent
            while parent:
                self._children[parent].append(index)
                parent = last[parent].parent if parent in last else ""

    def alias(self, state: ResourceState, existing: ResourceState) -> None:
        """Lets `state` stand where `existing` does."""
        self._index[id(state)] = self._index[id(existing)]

    def __contains__(self, state: ResourceState) -> bool:
        return id(state) in self._index

    def depending_on(
        self, state: ResourceState, ignored: Collection[str], *, children: bool = False
    ) -> list[ResourceState]:
        """What depends on the resource, directly or not, in order; with `children`, what is parented to it too."""
        found, dependents = {state.urn}, []
        for candidate in self._resources[self._index[id(state)] + 1 :]:
            if candidate.urn in ignored:
                continue
            links = all_needed(candidate) if children else self._without_parent(candidate)
            if any(link in found for link in links):
                dependents.append(candidate)
                found.add(candidate.urn)
        return dependents

    def dependencies_of(self, state: ResourceState) -> set[int]:
        """What the resource needs directly: indexes into the resources.

        Of a component that it depends on, it needs the children too that were registered before it.
        """
        own = self._index[id(state)]
        direct = {index for link in self._without_parent(state) for index in self._by_urn.get(link, ()) if index < own}
        children = {
            child
            for index in direct
            if not self._resources[index].custom
            for child in self._children.get(self._resources[index].urn, ())
            if child < own
        }
        parents = {index for index in self._by_urn.get(state.parent, ()) if index < own}
        return direct | children | parents

    def index(self, state: ResourceState) -> int:
        return self._index[id(state)]

    def all_dependencies_of(self, state: ResourceState) -> set[int]:
        """Identities of everything that the resource needs, directly or not.

        Of two resources of one URN, what is waiting for its deletion needs its like, and all others need the other.
        """
        found: set[int] = set()
        rest = [state]
        while rest:
            needing = rest.pop()
            for link in all_needed(needing):
                needed = self._meant(link, needing)
                if needed is not None and id(needed) not in found:
                    found.add(id(needed))
                    rest.append(needed)
        return found

    def _meant(self, urn: str, needing: ResourceState) -> ResourceState | None:
        candidates = [self._resources[index] for index in self._by_urn.get(urn, ())]
        alike = [candidate for candidate in candidates if candidate.delete == needing.delete]
        return next(iter([*alike[::-1], *candidates[::-1]]), None)

    @staticmethod
    def _without_parent(state: ResourceState) -> Iterator[str]:
        if state.provider:
            yield urns.provider_urn(state.provider)
        yield from needed(state)
