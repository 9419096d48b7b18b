"""When the next request may leave: at most so many in any window of time, over all threads, in the order of asking."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, cast

WINDOW_SECONDS: Final = 50
"""The service's window; a second is added, since what leaves in one window can arrive in the next."""


class Pace:
    """Holds requests back so that the service's limit is kept.

    limit: requests in any 50 s; 0 holds nothing back.
    on_slowed: told why, once when the limit holds requests back, and once when the service asks for a pause.
    sleep, clock: seconds.
    """

    def __init__(
        self,
        limit: int,
        on_slowed: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._window = _window(limit) if limit else None
        self._turn = Turns()
        self._on_slowed, self._sleep, self._clock = on_slowed, sleep, clock
        self._held_until = 0.0
        self._told: set[str] = set()
        self._telling = threading.Lock()

    def wait(self, seconds: float = math.inf) -> None:
        """Returns when the next request may leave. Raises TimeoutError where that is not within so many seconds."""
        until = self._clock() + seconds
        with self._turn.within(seconds):
            while (pause := self._seconds_to_wait()) > 0:
                if pause > until - self._clock():
                    raise TimeoutError
                self._sleep(pause)

    def hold(self, seconds: float) -> None:
        """Lets nothing leave for so long: what one request is told by the service, the others need not find out."""
        self._held_until = max(self._held_until, self._clock() + seconds)
        self.tell("held", f"the service asks for a pause: its limit of requests is reached ({seconds:.0f} s)")

    def tell(self, kind: str, why: str) -> None:
        """Tells once of each kind."""
        with self._telling:
            if kind in self._told:
                return
            self._told.add(kind)
        self._on_slowed(why)

    def _seconds_to_wait(self) -> float:
        now = self._clock()
        if now < self._held_until:
            return self._held_until - now
        seconds = self._window(now) if self._window else 0.0
        if seconds:
            self.tell(
                "limited",
                f"the limit of {self._limit} requests in any {WINDOW_SECONDS} s (realtimekit:requestLimit) slows this "
                "run down",
            )
        return seconds


def _window(limit: int) -> Callable[[float], float]:
    """Answers at a time, in seconds: how long to wait; 0 where a request may leave, which is thereby counted."""
    from pyrate_limiter import Duration, InMemoryBucket, Rate, RateItem

    bucket = InMemoryBucket([Rate(limit, (WINDOW_SECONDS + 1) * Duration.SECOND)])

    def seconds_to_wait(now: float) -> float:
        milliseconds = int(now * 1000)
        bucket.leak(milliseconds)
        item = RateItem("request", milliseconds)
        if bucket.put(item):
            return 0.0
        return max(cast("int", bucket.waiting(item)), 1) / 1000  # awaitable for buckets elsewhere alone

    return seconds_to_wait


class Turns:
    """A lock that is handed on in the order of asking, so that no thread waits for ever under load."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Raises TimeoutError where the turn does not come within so many seconds."""
        self._take(seconds)
        try:
            yield
        finally:
            self._hand_on()

    def _take(self, seconds: float) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(min(seconds, threading.TIMEOUT_MAX)):
            return
        with self._lock:
            if not mine.is_set():
                self._waiting.remove(mine)
                raise TimeoutError

    def _hand_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False
