"""Waiting for what another process or thread does."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], what: str, seconds: float = 60, every: float = 0.02) -> T:
    """The first true value of `look`, asked every so many seconds; raises AssertionError where none comes in time."""
    until = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(every)
    return found


@contextmanager
def when(reached: Callable[[], Any], do: Callable[[], Any]) -> Iterator[None]:
    """Does something once something is so, beside what the block does."""

    def wait() -> None:
        eventually(reached, "the moment comes", every=0.005)
        do()

    thread = threading.Thread(target=wait)
    thread.start()
    yield
    thread.join()


def at_once(calls: Iterable[Callable[[], Any]], seconds: float = 60) -> None:
    """Makes all calls at the same time, each in a thread of its own. Raises AssertionError where one does not end."""
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
        assert not thread.is_alive(), f"not within {seconds:g} s"
