"""Which failed calls are sent again, and after how long."""

import logging
import random
import time
from typing import Final

from pulumi_realtimekit.api.limits import RequestLimit
from pulumi_realtimekit.errors import AnswerLost, NotSent, Redirected, TooManyRequests

FAILURES: Final = 6
"""How often a call may fail."""
ATTEMPTS: Final = 20
SECONDS: Final = 600
"""How often, and for how long, a call is sent while the service refuses it only because of its limit."""

LONGEST_PAUSE: Final = 330
"""How many seconds a call waits because the service says so: its longest window is 5 minutes."""
LONG_PAUSE: Final = 10
"""A pause of so many seconds is worth a message."""


def _is_of_others(record: logging.LogRecord) -> bool:
    """Whether a retry is none of this package's calls."""
    return not getattr(record, "stamina.callable", "").startswith(f"{__package__}.")


# stamina logs each retry as a warning, which Python prints where nobody has configured logging. Its hooks are the whole
# process's, and other providers live there, too: their retries are logged as before.
logging.getLogger("stamina").addFilter(_is_of_others)


class Retries:
    """The backoff hook of one call, for stamina: seconds, True for stamina's own growing pauses, or False.

    repeatable: the failures after which the call may be sent again. What the service refuses for its limit may always
    be: it did nothing.
    until: when the call has to be over (monotonic). scale: how long pauses are, as a part of the usual ones.
    """

    def __init__(
        self, repeatable: tuple[type[Exception], ...], until: float, scale: float, limit: RequestLimit
    ) -> None:
        self._repeatable, self._until, self._scale, self._limit = repeatable, until, scale, limit
        self._ends = time.monotonic() + LONGEST_PAUSE
        self._failures = self._timeouts = 0
        self._shortest = 0.5 * scale

    def __call__(self, error: Exception) -> bool | float:
        if isinstance(error, TooManyRequests):
            return self._after_limit(error)
        if isinstance(error, self._repeatable) and isinstance(error, NotSent | AnswerLost):
            return self._after_failure(error)
        return False

    def _after_failure(self, error: NotSent | AnswerLost) -> bool | float:
        """Twice at most where the call ran into its timeout."""
        self._failures += 1
        self._timeouts += error.timed_out
        if self._failures == FAILURES or self._timeouts > 1 or isinstance(error, Redirected):
            return False
        asked = error.retry_after if isinstance(error, AnswerLost) else None
        if not asked:
            return True
        if time.monotonic() + asked > self._ends:
            return False
        if asked >= LONG_PAUSE:
            reason = f"the service is not available, and asks for a pause ({asked:.0f} s)"
            self._limit.say_once("unavailable", reason)
        return asked

    def _after_limit(self, error: TooManyRequests) -> bool | float:
        """Holds all requests back, this one among them, longer each time: the service may ask for no pause."""
        asked = 5 * self._scale if error.retry_after is None else error.retry_after
        if asked > LONGEST_PAUSE:
            return False
        seconds = max(asked, self._shortest) * random.uniform(1, 1.1)  # noqa: S311 - others wait for the same moment
        self._shortest = min(2 * self._shortest, 5 * self._scale)
        self._limit.hold(seconds)
        return 0.0 if time.monotonic() + seconds < self._until else False
