"""The one clock of a sandbox."""

from __future__ import annotations

import time
from datetime import datetime, timezone

LATEST = datetime(9000, 1, 1, tzinfo=timezone.utc).timestamp()
"""How far the clock goes: what is computed from it (a URL's end, the years that a test takes) has to stay a date."""


class Clock:
    """Real time, and what has been advanced on top of it.

    It never steps back while the process lives, whatever happens to the machine's own clock.
    """

    def __init__(self, advanced: float = 0.0) -> None:
        self._origin = time.time() - time.monotonic()
        self.advanced = advanced

    def now(self) -> float:
        """Seconds since 1970."""
        return self._origin + time.monotonic() + self.advanced

    def advance(self, seconds: float) -> None:
        self.advanced += seconds


def timestamp(moment: float) -> str:
    """A moment as the API writes it: ISO 8601, UTC, milliseconds."""
    return datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
