"""Where the plugin process says what has no other place to go."""

import sys
import traceback
from contextlib import suppress


def write(text: str) -> None:
    """Writes it where it can: of an engine that was killed, nobody reads the pipe any more, and that is no failure."""
    with suppress(OSError, ValueError):  # ValueError: it is closed
        sys.stderr.write(text)


def trace(error: BaseException) -> str:
    """The error's traceback, whole however short the process keeps those that it shows."""
    return "".join(traceback.format_exception(error, limit=100))
