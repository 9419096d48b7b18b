"""Displays with what they print."""

import io
from collections.abc import Sequence

from rich.console import Console

from sandbox.display.choice import Display, DisplayOptions, choose
from sandbox.engine.events import Event

MODES = {
    "plain": DisplayOptions(),
    "live": DisplayOptions(live=True),
    "diff": DisplayOptions(diff=True),
    "json": DisplayOptions(json=True),
}


class Shown:
    """A display with what it printed."""

    def __init__(self, mode: str, *, preview: bool = False, width: int = 200, height: int = 60) -> None:
        self._out = io.StringIO()

        def console() -> Console:
            return Console(
                file=self._out,
                force_terminal=mode == "live",
                no_color=True,
                width=width,
                height=height,
                highlight=False,
                markup=False,
            )

        self.display: Display = choose(
            MODES[mode],
            kind="update",
            preview=preview,
            project="proj",
            stack="test",
            console=console(),
            errors=console(),
            write=lambda line: print(line, file=self._out),
        )

    def show(self, events: Sequence[Event]) -> str:
        for event in events:
            self.display.show(event)
            self.display.tick()
        self.display.close()
        return self._out.getvalue()
