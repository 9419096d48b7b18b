"""Which URN a registration gets, and which old state belongs to it.

Source: `pkg/resource/deploy/step_generator.go` (generateURN, getOldResource) of pulumi/pulumi.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.engine import urn as urns
from sandbox.engine.decisions import Decisions, RegistrationError
from sandbox.engine.goal import Alias
from sandbox.engine.state import ResourceState


@dataclass(frozen=True)
class Found:
    """The old state of a resource."""

    state: ResourceState | None = None
    alias: str = ""
    """The former URN under which it was found; empty if it has its name still."""
    conflict: bool = False
    """Another resource claims the same name: that was reported."""


def new_urn(decisions: Decisions, type_: str, name: str, parent: str) -> str:
    """A URN that no resource of this deployment has. Raises `RegistrationError` or `ReportedError`."""
    if parent and parent not in decisions.urns:
        raise RegistrationError(f"could not find parent resource {parent}")
    urn = urns.new(decisions.settings.stack, decisions.settings.project, parent, type_, name)
    if urn in decisions.urns:
        raise decisions.fail(urn, f"Duplicate resource URN '{urn}'; try giving it a unique name")
    decisions.urns.add(urn)
    return urn


def old_state(
    decisions: Decisions, urn: str, type_: str, name: str, parent: str, aliases: Sequence[Alias] = ()
) -> Found:
    """Looks for the resource under its URN, then under its former ones."""
    known, olds = decisions.aliases, decisions.base.olds
    conflict = urn in known.new_of
    if conflict:
        decisions.settings.error(
            urn, f"Duplicate resource URN '{urn}' conflicting with alias on resource with URN '{known.new_of[urn]}'"
        )
    if urn in olds:
        return Found(olds[urn], conflict=conflict)
    alias = next((former for former in known.candidates(type_, name, parent, aliases) if former in olds), "")
    if not alias:
        return Found(conflict=conflict)
    taken = urn if alias in decisions.urns else known.new_of.get(alias)
    if taken:
        conflict = True
        decisions.settings.error(
            urn,
            f"Duplicate resource alias '{alias}' applied to resource with URN '{urn}' "
            f"conflicting with resource with URN '{taken}'",
        )
    known.matched(urn, alias)
    decisions.providers.register_alias(urn, alias)
    return Found(olds[alias], alias, conflict)
