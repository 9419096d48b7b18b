"""The limits on requests: so many in any so many seconds, of an account and of a user."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Mapping


class Limit:
    """A sliding window for each of those whom it holds for.

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

    def seconds_to_wait(self, whose: str, now: float) -> float:
        """Until one more is let through; 0 where it is now."""
        if self._requests == 0:
            return 0.0
        passed = self._passed[whose]
        while passed and passed[0] <= now - self._seconds:
            passed.popleft()
        return 0.0 if len(passed) < self._requests else passed[0] + self._seconds - now

    def count(self, whose: str, now: float) -> None:
        if self._requests:
            self._passed[whose].append(now)


class Limits:
    """All limits together: a request has to be within each of them.

    Args:
        limits: by what they hold for, `account` and `user`.
    """

    def __init__(self, limits: Mapping[str, Limit]) -> None:
        self._limits = limits

    def clear(self) -> None:
        for limit in self._limits.values():
            limit.clear()

    def retry_after(self, now: float, **whose: str) -> int | None:
        """Counts a request, or says in how many seconds one would be let through; what is refused does not count."""
        limits = [(limit, whose[kind]) for kind, limit in self._limits.items()]
        seconds = max(limit.seconds_to_wait(who, now) for limit, who in limits)
        if seconds > 0:
            return math.ceil(seconds)
        for limit, who in limits:
            limit.count(who, now)
        return None
