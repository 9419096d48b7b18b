"""How each kind of step is called and coloured.

Source: `pkg/resource/deploy/step.go` and `pkg/backend/display/progress.go` of pulumi/pulumi.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sandbox.engine.events import StepMetadata


@dataclass(frozen=True)
class Operation:
    sign: str
    """Two characters."""
    style: str
    doing: str
    done: str
    failed: str
    plan: str
    """What a preview calls it."""
    past: str
    """What the counts call it."""


def _operation(
    sign: str, style: str, doing: str, done: str, plan: str, *, failed: str = "", past: str = ""
) -> Operation:
    return Operation(sign, style, doing, done, f"{failed or doing} failed".strip(), plan, past or done)


OPERATIONS: Mapping[str, Operation] = {
    "same": _operation("  ", "default", "", "", "", past="unchanged"),
    "create": _operation("+ ", "green", "creating", "created", "create"),
    "update": _operation("~ ", "yellow", "updating", "updated", "update"),
    "delete": _operation("- ", "red", "deleting", "deleted", "delete"),
    "replace": _operation("+-", "bright_magenta", "replacing", "replaced", "replace"),
    "create-replacement": _operation(
        "++", "bright_green", "creating replacement", "created replacement", "create replacement", failed="creating"
    ),
    "delete-replaced": _operation(
        "--", "bright_red", "deleting original", "deleted original", "delete original", failed="deleting"
    ),
    "read": _operation("> ", "bright_cyan", "reading", "read", "read"),
    "read-replacement": _operation(
        ">>", "bright_magenta", "reading for replacement", "read for replacement", "read for replacement"
    ),
    "refresh": _operation("~ ", "yellow", "refreshing", "refresh", "refreshing", past="refreshed"),
    "discard": _operation("< ", "red", "discarding", "discarded", "discard"),
    "discard-replaced": _operation("<<", "red", "discarding original", "discarded original", "discard original"),
    "remove-pending-replace": _operation("~ ", "default", "", "", ""),
}
"""In the order in which the counts are printed."""

READS = frozenset({"read", "discard", "read-replacement"})
HALVES = frozenset(
    {"create-replacement", "delete-replaced", "read-replacement", "discard-replaced", "remove-pending-replace"}
)
"""Steps that a replacement consists of, beside the `replace` that stands for the whole."""


def operation(metadata: StepMetadata) -> Operation:
    """The row of the table; a kind of step that it does not have looks like an update."""
    return OPERATIONS.get(metadata.op) or replace(OPERATIONS["update"], done=metadata.op, plan=metadata.op)


def settled(metadata: StepMetadata) -> StepMetadata:
    """A finished refresh as what it came to."""
    return replace(metadata, op=metadata.result_op) if metadata.op == "refresh" and metadata.result_op else metadata


def is_shown(metadata: StepMetadata, *, halves: bool) -> bool:
    """Whether the step is worth a row; `halves`: those of a replacement are."""
    if metadata.op == "same":
        old, new = metadata.old, metadata.new
        return old is not None and new is not None and old.protect != new.protect
    return halves or metadata.logical or metadata.op not in HALVES
