"""What belongs to one run of a program: the config that the engine hands to it, and what is done once in it.

A process may run several programs, as tests and the Automation API do.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from pulumi.runtime.config import CONFIG
from pulumi.runtime.settings import SETTINGS

from pulumi_realtimekit.declarations.encoding import as_utf8

T = TypeVar("T")


def once_a_run(function: Callable[[], T]) -> Callable[[], T]:
    """Calls a function once for each connection to the engine: every run has one of its own."""
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


def config_values() -> dict[str, Any]:
    """The config by namespaced key, as the engine wrote it."""
    return {key: as_utf8(value) for key, value in CONFIG.get().items()}
