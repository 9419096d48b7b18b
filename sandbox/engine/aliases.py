"""Names that resources had before: which old state belongs to which registration.

Source: `pkg/resource/deploy/step_generator.go` (generateAliases, getOldResource) of pulumi/pulumi.
"""

from collections.abc import Iterator, Mapping, Sequence

from sandbox.engine import urn as urns
from sandbox.engine.goal import Alias


class Aliases:
    """The aliases that were matched in this deployment, both ways."""

    def __init__(self, stack: str, project: str) -> None:
        self._stack, self._project = stack, project
        self.new_of: dict[str, str] = {}
        """Old URN to the new one that claimed it."""
        self.old_of: dict[str, str] = {}
        """New URN to the old one."""

    def matched(self, urn: str, alias: str) -> None:
        self.new_of[alias] = urn
        self.old_of[urn] = alias

    def candidates(self, type_: str, name: str, parent: str, aliases: Sequence[Alias]) -> list[str]:
        """Every URN that the resource may have had before, its parent's former names included."""
        return list(dict.fromkeys(self._candidates(type_, name, parent, aliases)))

    def _candidates(self, type_: str, name: str, parent: str, aliases: Sequence[Alias]) -> Iterator[str]:
        own = [self._collapsed(alias, type_, name, parent) for alias in aliases]
        yield from own
        old_parent = self.old_of.get(parent) if parent else None
        if old_parent:
            yield self._inherited(type_, name, parent, old_parent)
            for alias in own:
                yield self._inherited(urns.type_of(alias), urns.name_of(alias), parent, old_parent)

    def _collapsed(self, alias: Alias, type_: str, name: str, parent: str) -> str:
        if alias.urn:
            return alias.urn
        if alias.parent:
            parent = self.old_of.get(alias.parent, alias.parent)
        if alias.no_parent:
            parent = ""
        return urns.new(
            alias.stack or self._stack,
            alias.project or self._project,
            parent,
            alias.type or type_,
            alias.name or name,
        )

    def _inherited(self, type_: str, name: str, parent: str, old_parent: str) -> str:
        """A child's name often begins with its parent's, and then changes with it."""
        parent_name = urns.name_of(parent)
        if name.startswith(parent_name):
            name = urns.name_of(old_parent) + name.removeprefix(parent_name)
        return urns.new(self._stack, self._project, old_parent, type_, name)


def renamed(resources: Sequence[tuple[str, str, Sequence[str]]]) -> Mapping[str, str]:
    """Old URNs to new ones, from (urn, parent, aliases) in order; a renamed parent renames its children."""
    names: dict[str, str] = {}
    for urn, parent, aliases in resources:
        names.update(dict.fromkeys(aliases, urn))
        new_parent = names.get(parent)
        if new_parent and urns.qualified_type(new_parent) != urns.STACK_TYPE:
            names[urn] = urns.new(
                urns.stack_of(urn), urns.project_of(urn), new_parent, urns.type_of(urn), urns.name_of(urn)
            )
    return names
