"""The steps of a deployment as data: decided by the step generator, done by the step executor.

Source: `pkg/resource/deploy/step.go` of pulumi/pulumi.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from sandbox.engine.state import ResourceState


class Op(str, Enum):
    """What a step does. The values are what the CLI's JSON calls them."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    READ = "read"
    READ_REPLACEMENT = "read-replacement"
    READ_DISCARD = "discard"
    DISCARD_REPLACED = "discard-replaced"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"
    REFRESH = "refresh"
    IMPORT = "import"


PHYSICAL = frozenset(
    {
        Op.CREATE_REPLACEMENT,
        Op.DELETE_REPLACED,
        Op.READ_REPLACEMENT,
        Op.DISCARD_REPLACED,
        Op.REMOVE_PENDING_REPLACE,
        Op.REFRESH,
    }
)
"""Steps that are halves of something the program asked for, and are not counted."""


@dataclass(frozen=True)
class Registered:
    """The answer to a registration."""

    state: ResourceState
    unknown: bool = False
    """The resource was not created, because it is no target: its outputs are not known."""


Registration = asyncio.Future[Registered]
"""The program's call that waits for a step."""


@dataclass(eq=False)
class Step:
    op: Op
    old: ResourceState | None = None
    new: ResourceState | None = None
    registration: Registration | None = None
    keys: Sequence[str] = ()
    diffs: Sequence[str] = ()
    pending_delete: bool = False
    """A create that leaves the old resource to be deleted later."""
    pending_replacement: bool = False
    """A delete after which the old resource stays in the state until it is created again."""
    skipped_create: bool = False
    """A `same` for a resource that is no target and does not exist: it does not enter the state."""
    untargeted: bool = False
    """A `same` only because the resource is no target."""
    ignore_changes: Sequence[str] = ()
    persisted: bool = False
    """A refresh whose result goes into the state like that of any other step; others correct the base as a whole."""
    refreshed: "asyncio.Future[ResourceState | None] | None" = field(default=None, repr=False)
    """Waits for what a refresh finds."""
    internal: bool = False
    """Not shown."""
    deleted: bool = False
    """A refresh that found nothing."""
    changed: bool = False
    """A refresh that found differences."""

    @property
    def state(self) -> ResourceState:
        """The latest state of the resource that the step is about."""
        state = self.old if self.op == Op.REFRESH else self.new or self.old
        if state is None:
            raise ValueError(f"a step '{self.op.value}' without a state")
        return state

    @property
    def urn(self) -> str:
        return self.state.urn

    @property
    def logical(self) -> bool:
        """Whether it is something that the program asked for, not a half of it."""
        return self.op not in PHYSICAL

    @property
    def result(self) -> ResourceState | None:
        """The resource after the step; None if it is gone."""
        return None if self.deleted else self.new

    @property
    def result_op(self) -> Op:
        """What a refresh came to; for all other steps what they are."""
        if self.op != Op.REFRESH:
            return self.op
        if self.deleted:
            return Op.DELETE
        return Op.UPDATE if self.changed else Op.SAME
