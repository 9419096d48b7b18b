"""What a deployment says while it runs: the display and the JSON output are made of these alone.

Named as the engine's events of the CLI's `--json` (`sdk/go/common/apitype/events.go` of pulumi/pulumi).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sandbox.engine.state import ResourceState

Severity: TypeAlias = Literal["debug", "info", "info#err", "warning", "error"]


@dataclass(frozen=True)
class StepMetadata:
    """A step: what is done to which resource, and why.

    `old` and `new` are the states at the time of the event, copies that do not change any more.
    """

    op: str
    """`same`, `create`, `update`, `delete`, `replace`, `create-replacement`, `delete-replaced`, `read`,
    `read-replacement`, `discard`, `discard-replaced`, `remove-pending-replace`, `refresh`."""
    urn: str
    type: str
    old: ResourceState | None = None
    new: ResourceState | None = None
    keys: tuple[str, ...] = ()
    """Properties that cause a replacement."""
    diffs: tuple[str, ...] = ()
    """Properties that changed, as the provider named them."""
    logical: bool = False
    """False for the halves of a replacement."""
    provider: str = ""
    """`<provider urn>::<provider id>`; empty for components."""
    result_op: str = ""
    """What a `refresh` came to: `same`, `update`, `delete`; otherwise `op`."""


@dataclass(frozen=True)
class Prelude:
    config: Mapping[str, str] = field(default_factory=dict)
    """Secret values are `[secret]`."""


@dataclass(frozen=True)
class ResourcePre:
    """A step begins (or, in a preview, would be done)."""

    metadata: StepMetadata
    planning: bool = False


@dataclass(frozen=True)
class ResourceOutputs:
    """A step is done, or the program registered a component's outputs."""

    metadata: StepMetadata
    planning: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class ResourceOperationFailed:
    metadata: StepMetadata
    message: str = ""
    """The cause; also comes as a `Diagnostic` of the resource."""
    seconds: float = 0.0
    steps: int = 0
    """How many of the deployment's steps were done by then."""


@dataclass(frozen=True)
class Diagnostic:
    urn: str
    """Empty: the stack itself."""
    severity: Severity
    message: str
    ephemeral: bool = False


@dataclass(frozen=True)
class Summary:
    is_preview: bool
    seconds: float
    changes: Mapping[str, int]
    """Steps by `op`; a replacement counts as one `replace`."""
    result: Literal["succeeded", "failed", "canceled"]


@dataclass(frozen=True)
class Cancelled:
    """The last event of every deployment, `cancelEvent` in the CLI's JSON."""


Event: TypeAlias = Prelude | ResourcePre | ResourceOutputs | ResourceOperationFailed | Diagnostic | Summary | Cancelled
