"""Which failed calls are sent again, and after how long: backoff hooks for stamina, one for each call.

A hook returns seconds, True for stamina's own growing pauses, or False.
"""

import logging
import random
import time
from collections.abc import Callable
from typing import Final

from pulumi_realtimekit.errors import AnswerLost, NotSent, Redirected, TooManyRequests

Hook = Callable[[Exception], bool | float]

ATTEMPTS: Final = 6
LONGEST_PAUSE: Final = 330
"""How many seconds a call waits because the service says so: its longest window is 5 minutes."""
LONG_PAUSE: Final = 10
"""A pause of so many seconds is worth a message."""

LIMITED_ATTEMPTS: Final = 20
LIMITED_SECONDS: Final = 600
"""How long a call goes on while the service refuses it for its limit alone."""

# stamina logs each retry as a warning, which Python prints where nobody has configured logging.
logging.getLogger("stamina").addHandler(logging.NullHandler())


def after_failure(repeatable: tuple[type[Exception], ...], on_pause: Callable[[float], None]) -> Hook:
    """For a call whose failures of these types may be repeated; twice at most where it ran into its timeout.

    on_pause: called with the seconds of a long pause that the service asks for.
    """
    ends = time.monotonic() + LONGEST_PAUSE
    timeouts = 0

    def pause(error: Exception) -> bool | float:
        nonlocal timeouts
        if not isinstance(error, repeatable) or not isinstance(error, NotSent | AnswerLost):
            return False
        timeouts += error.timed_out
        if timeouts > 1 or isinstance(error, Redirected):
            return False
        asked = error.retry_after if isinstance(error, AnswerLost) else None
        if not asked:
            return True
        if time.monotonic() + asked > ends:
            return False
        if asked >= LONG_PAUSE:
            on_pause(asked)
        return asked

    return pause


def after_limit(rhythm: float, until: float, hold: Callable[[float], None]) -> Hook:
    """For a call that the service refuses for its limit of requests: it did nothing.

    rhythm: how long pauses are, as a part of the usual ones. until: when the call has to be over (monotonic).
    hold: keeps all requests back for so many seconds, this one among them.
    The pauses grow, whatever the service asks for: it may ask for none.
    """
    shortest = 0.5 * rhythm

    def pause(error: Exception) -> bool | float:
        nonlocal shortest
        if not isinstance(error, TooManyRequests):
            return False
        asked = 5 * rhythm if error.retry_after is None else error.retry_after
        if asked > LONGEST_PAUSE:
            return False
        seconds = max(asked, shortest) * random.uniform(1, 1.1)  # noqa: S311 - others wait for the same moment
        shortest = min(2 * shortest, 5 * rhythm)
        hold(seconds)
        return 0.0 if time.monotonic() + seconds < until else False

    return pause
