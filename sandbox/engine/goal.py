"""What the program asks for: the goal state of a resource, or a resource to be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.engine.values import PropertyMap


@dataclass(frozen=True)
class Alias:
    """A name that a resource had before: a whole URN, or the parts that differ."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


@dataclass(frozen=True)
class Goal:
    """A resource as the program registers it. None: the option was not given."""

    type: str
    name: str
    custom: bool
    inputs: PropertyMap
    parent: str = ""
    protect: bool | None = None
    dependencies: Sequence[str] = ()
    provider: str = ""
    """`<provider urn>::<provider id>`; empty for components and providers."""
    property_dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    delete_before_replace: bool | None = None
    ignore_changes: Sequence[str] = ()
    additional_secret_outputs: Sequence[str] = ()
    aliases: Sequence[Alias] = ()
    import_id: str = ""
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)
    """Seconds, under `create`, `update`, `delete`, `read`."""
    replace_on_changes: Sequence[str] = ()
    retain_on_delete: bool | None = None
    source_position: str = ""


@dataclass(frozen=True)
class ReadRequest:
    """A resource that exists already and is only looked up (`.get`)."""

    type: str
    name: str
    id: str
    """`UNKNOWN_STRING` in a preview where the id is not known."""
    inputs: PropertyMap
    parent: str = ""
    provider: str = ""
    dependencies: Sequence[str] = ()
    additional_secret_outputs: Sequence[str] = ()
    source_position: str = ""
