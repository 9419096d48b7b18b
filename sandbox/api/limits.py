"""The limit on requests: so many in any so many seconds, account by account."""

from __future__ import annotations

import math
from collections import defaultdict, deque


class Limit:
    """A sliding window.

    Args:
        requests: how many are let through; 0: all.
        seconds: in how long.
    """

    def __init__(self, requests: int, seconds: float) -> None:
        self._requests = requests
        self._seconds = seconds
        self._passed: defaultdict[str, deque[float]] = defaultdict(deque)

    def clear(self) -> None:
        self._passed.clear()

    def retry_after(self, account_id: str, now: float) -> int | None:
        """Counts a request, or says in how many seconds one would be let through; what is refused does not count."""
        if self._requests == 0:
            return None
        passed = self._passed[account_id]
        while passed and passed[0] <= now - self._seconds:
            passed.popleft()
        if len(passed) >= self._requests:
            return math.ceil(passed[0] + self._seconds - now)
        passed.append(now)
        return None
