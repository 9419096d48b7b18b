"""The limits on requests: so many in any so many seconds, of an account and of a user."""

from __future__ import annotations

import math
from collections import defaultdict, deque


class Limits:
    """Sliding windows; a request has to be within each of them.

    limits: by what they hold for, `account` and `user`: how many requests (0: all) in how many seconds.
    """

    def __init__(self, **limits: tuple[int, float]) -> None:
        self._limits = {kind: limit for kind, limit in limits.items() if limit[0]}
        self._passed: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def clear(self) -> None:
        self._passed.clear()

    def retry_after(self, now: float, **whose: str) -> int | None:
        """Counts a request, or says in how many seconds one would be let through; what is refused does not count."""
        windows = [self._passed[kind, whose[kind]] for kind in self._limits]
        wait = 0.0
        for passed, (requests, seconds) in zip(windows, self._limits.values(), strict=True):
            while passed and passed[0] <= now - seconds:
                passed.popleft()
            if len(passed) >= requests:
                wait = max(wait, passed[0] + seconds - now)
        if wait:
            return math.ceil(wait)
        for passed in windows:
            passed.append(now)
        return None
