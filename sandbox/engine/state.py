"""The state of a stack: what the checkpoint holds, with the names that it has there.

Source: `sdk/go/common/apitype/core.go` (ResourceV3, OperationV2, DeploymentV3) of pulumi/pulumi.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.engine.values import PropertyMap


@dataclass(eq=False)
class ResourceState:
    """One resource of a stack. Its identity is the object: a replacement in progress is two of one URN.

    Fields may be set (the engine marks a resource for deletion); what they hold is never changed in place, because
    `serialized`, the resource's bytes in the checkpoint, is dropped only when a field is set.
    """

    urn: str
    type: str
    custom: bool
    id: str = ""
    """Empty while nothing was created, and for components."""
    inputs: PropertyMap = field(default_factory=dict)
    outputs: PropertyMap = field(default_factory=dict)
    parent: str = ""
    protect: bool = False
    external: bool = False
    """Read (`.get`), not managed."""
    dependencies: Sequence[str] = ()
    init_errors: Sequence[str] = ()
    provider: str = ""
    """`<provider urn>::<provider id>`."""
    property_dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    pending_replacement: bool = False
    """Deleted, and not created again yet."""
    additional_secret_outputs: Sequence[str] = ()
    aliases: Sequence[str] = ()
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)
    """Seconds, under `create`, `update`, `delete`."""
    delete: bool = False
    """The old half of a replacement, still to be deleted."""
    taint: bool = False
    retain_on_delete: bool = False
    ignore_changes: Sequence[str] = ()
    replace_on_changes: Sequence[str] = ()
    import_id: str = ""
    created: str = ""
    """RFC 3339, UTC."""
    modified: str = ""
    source_position: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the file that the engine does not use, as JSON."""
    serialized: bytes | None = field(default=None, repr=False)

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)
        if name != "serialized":
            object.__setattr__(self, "serialized", None)


@dataclass(eq=False)
class PendingOperation:
    """A step that had begun when the file was written."""

    resource: ResourceState
    type: str
    """`creating`, `updating`, `deleting`, `reading` or `importing`."""


@dataclass
class Snapshot:
    """A whole checkpoint."""

    stack: str = ""
    """`organization/<project>/<stack>`."""
    resources: list[ResourceState] = field(default_factory=list)
    """In order of registration: dependencies and parents stand before what needs them."""
    pending_operations: list[PendingOperation] = field(default_factory=list)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    secrets_providers: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Other fields of `checkpoint.latest`, as JSON."""
    checkpoint_extra: Mapping[str, Any] = field(default_factory=dict)
    """Other fields of `checkpoint`."""
    file_extra: Mapping[str, Any] = field(default_factory=dict)
    """Other fields of the file."""
    deployed: bool = False
    """Whether the file holds a deployment (`checkpoint.latest`) at all."""
