"""A user's mistake is one message: without a trace, and every other error of the process keeps its own.

`pulumi.dynamic` answers a failed call with `traceback.format_exc()`, which it looks up in its own module, the main one
of the plugin process. Other dynamic providers of the program are in the same process, so `sys.tracebacklimit` is not
ours to set. That module's reference to `traceback` is replaced with one that only differs for our own errors.
"""

import sys
import traceback
from types import ModuleType
from typing import Any

from pulumi_realtimekit.errors import RealtimeKitError


class Traceback:
    """The module `traceback`, except that a user's mistake is formatted as its text."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    @staticmethod
    def format_exc(*arguments: Any, **options: Any) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, RealtimeKitError) else traceback.format_exc(*arguments, **options)


def shorten(module: ModuleType) -> None:
    """Replaces a module's reference to `traceback`, where it has one."""
    if getattr(module, "traceback", None) is traceback:
        module.traceback = Traceback()  # type: ignore[attr-defined]
