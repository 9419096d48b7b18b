"""Whether a call that did not succeed is sent again, and after how many seconds.

Nothing is sent again after the deadline of the thread (`_deadline`), and no pause goes beyond it.
"""

import random
import time
from collections.abc import Callable, Iterator
from typing import Final

from pulumi_realtimekit.api.deadline import left
from pulumi_realtimekit.errors import AnswerLost, NotSent, TooManyRequests

ATTEMPTS: Final = 6
LONGEST_PAUSE: Final = 330
"""Seconds that a call waits at once because the service says so: the longest of its windows is 5 minutes.

A call that fails in other ways is sent again for as long in all.
"""
LONG_PAUSE: Final = 10
"""Seconds from which on a user is told of a pause that one call makes."""

LIMITED_ATTEMPTS: Final = 20
LIMITED_SECONDS: Final = 600
"""How long a call goes on while the service refuses it for its limit alone."""


class Patience:
    """For one call that failed: twice at most where all of its time was spent on it.

    repeatable: the failures after which the call may be sent again.
    rhythm: how long pauses are, as a part of the usual ones. on_pause: told of a long one, in seconds.
    """

    def __init__(
        self,
        repeatable: type[Exception] | tuple[type[Exception], ...],
        rhythm: float,
        on_pause: Callable[[float], None],
    ) -> None:
        self._repeatable, self._rhythm, self._on_pause = repeatable, rhythm, on_pause
        self._until = time.monotonic() + LONGEST_PAUSE
        self._timeouts = 0
        self._pauses = _growing(0.2 * rhythm, 5.0 * rhythm)

    def __call__(self, error: Exception) -> bool | float:
        if not isinstance(error, self._repeatable) or not isinstance(error, NotSent | AnswerLost):
            return False
        if isinstance(error, AnswerLost) and 300 <= (error.status or 0) < 400:
            return False
        self._timeouts += error.timed_out
        if self._timeouts > 1:
            return False
        pause = next(self._pauses) + random.uniform(0, 0.5 * self._rhythm)  # noqa: S311 - spreads the calls
        if isinstance(error, AnswerLost) and error.retry_after is not None:
            pause = max(pause, error.retry_after)
        if pause > min(left(), self._until - time.monotonic()):
            return False
        if pause >= LONG_PAUSE:
            self._on_pause(pause)
        return pause


class Limited:
    """For one call that the service refuses for its limit: it did nothing.

    hold: keeps all requests back for so many seconds; what one is told, the others need not find out.
    The pauses grow, whatever the service asks for: it may ask for none.
    """

    def __init__(self, rhythm: float, hold: Callable[[float], None]) -> None:
        self._usual, self._hold = 5 * rhythm, hold
        self._shortest = _growing(0.5 * rhythm, 5.0 * rhythm)

    def __call__(self, error: Exception) -> bool | float:
        if not isinstance(error, TooManyRequests):
            return False
        asked = self._usual if error.retry_after is None else error.retry_after
        if asked > LONGEST_PAUSE:
            return False
        pause = max(asked, next(self._shortest)) * random.uniform(1, 1.1)  # noqa: S311 - others wait for the same moment
        self._hold(pause)
        return 0.0 if pause < left() else False


def _growing(first: float, most: float) -> Iterator[float]:
    while True:
        yield min(first, most)
        first *= 2
