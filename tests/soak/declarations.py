"""What is declared: recordings of meetings, changed at random, as a user changes a stack's file."""

from __future__ import annotations

import random
from typing import Any, Final

NAMES: Final = ("standup", "weekly", "review", "retro")
CHANGES: Final[dict[str, tuple[Any, ...]]] = {
    "meeting": ("first", "second"),
    "max_seconds": (None, 600, 7200),
    "desired_status": ("RECORDING", "RECORDING", "PAUSED", "STOPPED"),
    "when_ended": ("keep", "restart"),
    "start_seconds": (0, 2),
    "prefix": ("audio", "talk"),
    "called": ("", "-renamed", "-renamed-again"),
}
"""What may be declared of a recording, and its values; the more often one is named, the more often it is taken."""


def meeting_id(name: str, which: str) -> str:
    """Each recording has two meetings of its own: a meeting has one recording."""
    return f"{name}-{which}"


MEETINGS: Final = tuple(meeting_id(name, which) for name in NAMES for which in CHANGES["meeting"])


class Declarations:
    """The recordings that the stack's file declares."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._declared: dict[str, dict[str, Any]] = {}
        for name in NAMES[:2]:
            self._declare(name)

    def change(self) -> str:
        """Changes something; what, in words."""
        name = self._dice.choice(NAMES)
        if name not in self._declared:
            self._declare(name)
            return f"declare {name}"
        if self._dice.random() < 0.25:
            del self._declared[name]
            return f"remove {name}"
        what = self._dice.choice([*CHANGES])
        self._declared[name][what] = self._dice.choice(CHANGES[what])
        return f"{name}: {what} {self._declared[name][what]}"

    def config(self) -> dict[str, dict[str, Any]]:
        """As `realtimekit:recordings` has it."""
        return {name + declared["called"]: _arguments(name, declared) for name, declared in self._declared.items()}

    def _declare(self, name: str) -> None:
        self._declared[name] = {what: values[0] for what, values in CHANGES.items()}


def _arguments(name: str, declared: dict[str, Any]) -> dict[str, Any]:
    arguments = {what: value for what, value in declared.items() if what not in {"meeting", "prefix", "called"}}
    return {what: value for what, value in arguments.items() if value is not None} | {
        "meeting_id": meeting_id(name, declared["meeting"]),
        "layers": {"default": {"file_name_prefix": declared["prefix"]}},
        "when_idle": "defer",
    }
