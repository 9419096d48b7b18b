"""What belongs to one run of a program: the config that the engine hands to it, and what is done once in it.

A process may run several programs, as tests and the Automation API do.
"""

import functools
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from pulumi.runtime.config import CONFIG
from pulumi.runtime.settings import SETTINGS

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


def as_utf8(value: Any) -> Any:
    """A value with its text as UTF-8. The engine hands the config over in the environment, as UTF-8.

    Under a locale of another encoding (`en_US.ISO-8859-1`, `C` without coercion) Python decodes the environment by
    that: `Prüfung` arrives as `PrÃ¼fung`, another prefix, for which a recording would be stopped and started again.
    Text that was decoded correctly is not UTF-8 in another encoding's bytes, and stays as it is.
    """
    if isinstance(value, str):
        try:
            return os.fsencode(value).decode("utf-8")
        except UnicodeError:
            return value
    if isinstance(value, Mapping):
        return {as_utf8(name): as_utf8(item) for name, item in value.items()}
    return [as_utf8(item) for item in value] if isinstance(value, list | tuple) else value
