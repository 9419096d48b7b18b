"""At most so many requests in any window of time, over all threads, in the order in which they ask."""

import threading
from collections.abc import Callable
from typing import Final, cast

from pyrate_limiter import Duration, InMemoryBucket, Rate, RateItem
from pyrate_limiter.clocks import MonotonicClock

WINDOW_SECONDS: Final = 50
"""The service's window; a second is added, since what leaves in one window can arrive in the next."""


class Pace:
    """Holds requests back so that the service's limit is never met.

    limit: requests in any 50 s; 0 holds nothing back.
    on_slowed: told once, when the limit holds something back for the first time.
    sleep: waits so many seconds.
    """

    def __init__(self, limit: int, on_slowed: Callable[[int], None], sleep: Callable[[float], None]) -> None:
        self._limit = limit
        self._bucket = InMemoryBucket([Rate(limit, (WINDOW_SECONDS + 1) * Duration.SECOND)]) if limit else None
        self._clock = MonotonicClock()
        self._turn = Turns()
        self._on_slowed = on_slowed
        self._sleep = sleep
        self._slowed = False

    def wait(self) -> None:
        """Returns when the next request may leave."""
        if self._bucket is None:
            return
        with self._turn:
            while True:
                now = self._clock.now()
                self._bucket.leak(now)
                item = RateItem("request", now)
                if self._bucket.put(item):
                    return
                if not self._slowed:
                    self._slowed = True
                    self._on_slowed(self._limit)
                milliseconds = cast("int", self._bucket.waiting(item))  # awaitable for buckets elsewhere alone
                self._sleep(max(milliseconds, 1) / 1000)


class Turns:
    """A lock that is handed on in the order of asking, so that no thread waits for ever under load."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._next = self._served = 0

    def __enter__(self) -> None:
        with self._free:
            mine, self._next = self._next, self._next + 1
            self._free.wait_for(lambda: self._served == mine)

    def __exit__(self, *_: object) -> None:
        with self._free:
            self._served += 1
            self._free.notify_all()
