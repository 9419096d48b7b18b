"""Which display a command gets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console

from sandbox.display.diff import DiffDisplay
from sandbox.display.jsons import JsonEvents, PreviewDigest
from sandbox.display.live import LiveDisplay
from sandbox.display.plain import PlainDisplay
from sandbox.display.rows import Rows
from sandbox.engine import urn as urns
from sandbox.engine.events import Event


class Display(Protocol):
    """Shows events as they come.

    `tick` is called every `interval` seconds, on the same thread; `close` at the end, whatever ended it.
    """

    @property
    def interval(self) -> float: ...

    def show(self, event: Event) -> None: ...

    def tick(self) -> None: ...

    def close(self) -> None: ...

    def message(self, text: str, style: str = "") -> None:
        """Says something that is no event of a resource."""


@dataclass(frozen=True)
class DisplayOptions:
    json: bool = False
    diff: bool = False
    live: bool = False
    """Whether rows may change in place."""


_LABELS = {"update": "updating", "refresh": "refreshing", "destroy": "destroying"}


def choose(
    options: DisplayOptions,
    *,
    kind: str,
    preview: bool,
    project: str,
    stack: str,
    console: Console,
    errors: Console,
    write: Callable[[str], None],
) -> Display:
    """The display for one preview or deployment; `write` takes whole lines of JSON."""
    if options.json:
        return PreviewDigest(write) if preview else JsonEvents(write)
    rows = Rows(urns.new(stack, project, "", urns.STACK_TYPE, f"{project}-{stack}"))
    if options.diff:
        return DiffDisplay(console, errors, rows, planning=preview)
    if options.live:
        return LiveDisplay(console, rows, planning=preview)
    label = f"previewing {kind}" if preview else _LABELS[kind]
    return PlainDisplay(console, rows, planning=preview, label=label)
