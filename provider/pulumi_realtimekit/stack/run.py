"""What belongs to one run of a program: the config that the engine hands to it, and what is done once in it.

A process may run several programs, as tests and the Automation API do.
"""

import functools
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.config import CONFIG
from pulumi.runtime.settings import SETTINGS

from pulumi_realtimekit.declarations.encoding import as_utf8

T = TypeVar("T")

EXECUTOR: Final = "pulumi-language-python-exec"
"""The CLI's script that runs a program."""

MESSAGE_SHOWN: Final = 32
"""The exit code by which a program says that its error has been shown. After any other one, such as the 1 of a
`pulumi.RunError`, the CLI adds that an unhandled error occurred. Source: `EXECUTOR`."""


def refuse(message: str) -> NoReturn:
    """Ends a program whose config is wrong.

    Raises: SystemExit where the CLI runs the program, once the message is shown; elsewhere, in unit tests, inline
    programs of the Automation API and scripts, pulumi.RunError.
    """
    runs_here = threading.current_thread() is threading.main_thread()  # an inline program of it has another
    if runs_here and EXECUTOR in {Path(argument).name for argument in sys.orig_argv}:
        pulumi.log.error(message)
        sys.exit(MESSAGE_SHOWN)
    raise pulumi.RunError(message)


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
