"""What a plugin can be asked, whether it is a process or stands for providers themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from sandbox.engine.property_paths import PropertyPath
from sandbox.engine.values import PropertyMap


class PluginError(Exception):
    """The plugin failed; the message is what it said."""


class DiffUnavailableError(Exception):
    """The plugin cannot compare: its configuration is not known in this preview."""


class Changes(Enum):
    UNKNOWN = 0
    """The plugin leaves it to the engine to compare inputs."""
    NONE = 1
    SOME = 2


@dataclass(frozen=True)
class CheckFailure:
    property: str
    """Empty: the resource as a whole."""
    reason: str


@dataclass(frozen=True)
class Checked:
    inputs: PropertyMap
    failures: Sequence[CheckFailure] = ()


@dataclass(frozen=True)
class Diff:
    changes: Changes
    replaces: tuple[str, ...] = ()
    """Properties whose change needs a replacement."""
    changed: tuple[str, ...] = ()
    paths: tuple[PropertyPath, ...] = ()
    """Where exactly the differences are, if the engine found them itself."""
    delete_before_replace: bool = False

    @property
    def replace(self) -> bool:
        return bool(self.replaces)


@dataclass(frozen=True)
class Read:
    """What exists. An empty `id`: nothing does."""

    id: str
    outputs: PropertyMap | None
    inputs: PropertyMap | None


class Plugin(Protocol):
    """Calls raise `PluginError`. `preview` allows values that are not known."""

    async def check(self, urn: str, olds: PropertyMap, news: PropertyMap, *, preview: bool) -> Checked: ...

    async def diff(
        self,
        urn: str,
        id_: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        *,
        preview: bool,
        ignore_changes: Sequence[str],
    ) -> Diff: ...

    async def create(self, urn: str, inputs: PropertyMap, *, timeout: float, preview: bool) -> tuple[str, PropertyMap]:
        """The new id, empty in a preview, and the outputs."""

    async def read(self, urn: str, id_: str, inputs: PropertyMap, outputs: PropertyMap) -> Read: ...

    async def update(
        self,
        urn: str,
        id_: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        *,
        timeout: float,
        preview: bool,
        ignore_changes: Sequence[str],
    ) -> PropertyMap: ...

    async def delete(
        self, urn: str, id_: str, inputs: PropertyMap, outputs: PropertyMap, *, timeout: float
    ) -> None: ...
