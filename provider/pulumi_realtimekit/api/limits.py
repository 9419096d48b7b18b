"""When a request may leave, and how long it may take; the service limits how many it takes from all threads."""

import math
import operator
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

LONGEST_TIMEOUT_SECONDS: Final = 86_400

WINDOW_SECONDS: Final = 50
"""The service's window. A second is added to it: what leaves in one window can arrive in the next."""


class RequestLimit:
    """So many requests in any 50 seconds, in the order of asking, and none while the service asks for a pause.

    requests: 0 for no limit of our own. on_slowed: called with the reason, once for each.
    Raises: TypeError or ValueError where requests are no whole number of at least 0.
    """

    def __init__(
        self,
        requests: int,
        on_slowed: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if isinstance(requests, bool) or requests < 0:
            raise ValueError("requests: at least 0")
        self._requests, self._on_slowed, self._sleep, self._clock = requests, on_slowed, sleep, clock
        self._departures: deque[float] = deque(maxlen=min(operator.index(requests), sys.maxsize))
        self._held_until = -math.inf
        self._reasons: set[str] = set()
        self._lock = threading.Lock()

    def wait(self, until: float = math.inf) -> None:
        """Returns when the next request may leave, and counts it. Raises TimeoutError where that is after `until`."""
        while True:
            with self._lock:
                now = self._clock()
                is_full = 0 < self._requests == len(self._departures)
                is_free_from = self._departures[0] + WINDOW_SECONDS + 1 if is_full else now
                leaves = max(now, is_free_from, self._held_until)
                if leaves > until:
                    raise TimeoutError
                self._departures.append(leaves)
            if is_free_from > now:
                reason = f"the request limit ({self._requests} in any {WINDOW_SECONDS} s) slows this run down"
                self.say_once("limit", reason)
            if leaves > now:
                self._sleep(leaves - now)
            if self._clock() >= self._held_until:
                return

    def hold(self, seconds: float) -> None:
        """Lets nothing leave for so long: what the service tells one request, the others need not find out."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + seconds)
        self.say_once("pause", f"the service asks for a pause: its limit of requests is reached ({seconds:.0f} s)")

    def say_once(self, kind: str, reason: str) -> None:
        """Calls on_slowed with the first reason of its kind."""
        with self._lock:
            is_known = kind in self._reasons
            self._reasons.add(kind)
        if not is_known:
            self._on_slowed(reason)
