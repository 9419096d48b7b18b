"""Whether a state is one that an engine can go on from.

Source: `pkg/resource/deploy/snapshot.go` (VerifyIntegrity) of pulumi/pulumi.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sandbox.engine import urn as urns
from sandbox.engine.errors import UserError
from sandbox.engine.state import ResourceState, Snapshot


class IntegrityError(UserError):
    """The state contradicts itself; the message says where."""


def verify(snapshot: Snapshot) -> None:
    """Raises `IntegrityError` for the first thing in the state that cannot be.

    What a resource needs stands before it, and of the resources of one URN all but one wait for their deletion.
    """
    if not snapshot.deployed:
        return
    before: dict[str, list[ResourceState]] = defaultdict(list)
    providers: set[str] = set()
    for index, state in enumerate(snapshot.resources):
        _verify_fields(state, index)
        if urns.is_provider(state.type):
            if not state.id:
                raise IntegrityError(f"provider {state.urn} is not referenceable: it has no ID")
            providers.add(f"{state.urn}::{state.id}")
        if state.provider and state.provider not in providers and not state.pending_replacement:
            raise IntegrityError(f"resource {state.urn} refers to unknown provider {state.provider}")
        for link, late, missing in _links(state):
            if link not in before:
                comes_later = any(other.urn == link for other in snapshot.resources[index + 1 :])
                raise IntegrityError(late if comes_later else missing)
        before[state.urn].append(state)
    for urn, states in before.items():
        if _kept(states) > 1:
            raise IntegrityError(f"duplicate resource {urn} (not marked for deletion)")


def _verify_fields(state: ResourceState, index: int) -> None:
    if not state.urn:
        raise IntegrityError(f"resource at index {index} missing required 'urn' field")
    if not state.type:
        raise IntegrityError(f"resource '{state.urn}' missing required 'type' field")
    if not state.custom and state.id:
        raise IntegrityError(f"resource '{state.urn}' has 'custom' false but non-empty ID")


def _links(state: ResourceState) -> Iterator[tuple[str, str, str]]:
    """Each URN that has to stand before the resource, and what is wrong where it comes later or is missing."""
    urn = state.urn
    if state.parent:
        yield (
            state.parent,
            f"child resource {urn}'s parent {state.parent} comes after it",
            f"child resource {urn} refers to missing parent {state.parent}",
        )
    for link in state.dependencies:
        dependency = f"resource {urn}'s dependency {link}"
        yield link, f"{dependency} comes after it", f"{dependency} refers to missing resource"
    for key, links in state.property_dependencies.items():
        for link in links:
            dependency = f"resource {urn}'s property dependency {link} (from property {key})"
            yield link, f"{dependency} comes after it", f"{dependency} refers to missing resource"


def _kept(states: Sequence[ResourceState]) -> int:
    return sum(not state.delete for state in states)
