"""The resources that `--target` and `--replace` name: URNs, in which `*` and `**` stand for parts of them.

Source: `pkg/resource/deploy/plan.go` (UrnTargets) and `pkg/engine/deployment.go`
(checkTargets) of pulumi/pulumi.
"""

import re
from collections.abc import Iterable

from sandbox.engine.errors import UserError
from sandbox.engine.state import Snapshot


class Targets:
    """A set of URNs and patterns. `*` stands for anything but a colon, `**` for anything."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        names = tuple(names)
        self.literals = {name for name in names if "*" not in name}
        self._patterns = [_pattern(name) for name in names if "*" in name]
        self.constrained = bool(names)

    def __contains__(self, urn: str) -> bool:
        """Whether the URN is named. Without any names, everything is."""
        if not self.constrained or urn in self.literals:
            return True
        return any(pattern.fullmatch(urn) for pattern in self._patterns)

    def add(self, urn: str) -> None:
        if self.constrained:
            self.literals.add(urn)


def refuse_unknown(names: Iterable[str], snapshot: Snapshot) -> None:
    """Raises `UserError` where a URN names nothing in the state; patterns may."""
    known = {state.urn for state in snapshot.resources}
    for name in names:
        if "*" not in name and name not in known:
            raise UserError(f"no resource named '{name}' found")


def _pattern(name: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", name)
    return re.compile("".join({"**": ".*", "*": "[^:]*"}.get(part, re.escape(part)) for part in parts))
