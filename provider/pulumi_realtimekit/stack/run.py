"""What holds for one run of a program: a process may run several, as tests and the Automation API do."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from pulumi.runtime.settings import SETTINGS

T = TypeVar("T")


def once_a_run(function: Callable[[], T]) -> Callable[[], T]:
    """Calls a function once for each connection to the engine, which every run has of its own."""
    results: WeakKeyDictionary[Any, T] = WeakKeyDictionary()

    @functools.wraps(function)
    def call() -> T:
        monitor = SETTINGS.monitor
        if monitor is None:  # no engine: a script that only reads the config
            return function()
        if monitor not in results:
            results[monitor] = function()
        return results[monitor]

    return call
