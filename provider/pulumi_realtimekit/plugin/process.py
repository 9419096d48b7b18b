"""What we change in the process that `pulumi.dynamic` runs our provider in.

Other dynamic providers of the program may be in that process, and the SDK promises none of what is used here. So each
change is harmless elsewhere, and where the SDK is built otherwise, things stay as the SDK has them.
"""

import os
import sys
import threading
import time
import traceback
import weakref
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any, Final

from pulumi_realtimekit.errors import RealtimeKitError
from pulumi_realtimekit.plugin.engine import Engine

# Calls at once: the SDK serves four. Whatever waits for a session or for `RECORDING` would hold one of four places.
# What bounds the calls instead is the engine's `--parallel`; what bounds the requests is the HTTP client.

MOST_CALLS: Final = 256
"""More than engines run at once by default: four for each core."""

_OF_A_POOL: Final = ("_max_workers", "_shutdown", "_shutdown_lock", "_work_queue", "_adjust_thread_count")


def serve_more_calls() -> None:
    """Lets the thread pool that runs the calling thread grow to `MOST_CALLS`."""
    arguments = getattr(threading.current_thread(), "_args", None) or (None,)
    pool = arguments[0]() if isinstance(arguments[0], weakref.ref) else None
    if not isinstance(pool, ThreadPoolExecutor) or not all(hasattr(pool, name) for name in _OF_A_POOL):
        return
    with pool._shutdown_lock:  # noqa: SLF001
        if pool._shutdown:  # noqa: SLF001 - whoever ends it waits for the threads that it has
            return
        pool._max_workers = max(pool._max_workers, MOST_CALLS)  # noqa: SLF001
        # A call that already waits for a thread would leave the pool one thread short of its calls for good.
        for _ in range(pool._work_queue.qsize()):  # noqa: SLF001
            pool._adjust_thread_count()  # noqa: SLF001


# A user's mistake is one message, without a traceback: the SDK answers a failed call with `traceback.format_exc()`,
# which it looks up in its main module. `sys.tracebacklimit` would take the tracebacks of other providers, too.


class _Traceback:
    """The module `traceback`, except that our own errors are formatted as their text."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    @staticmethod
    def format_exc(*arguments: Any, **options: Any) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, RealtimeKitError) else traceback.format_exc(*arguments, **options)


def hide_tracebacks(main: ModuleType) -> None:
    """Lets a module format our own errors without a traceback, where it imports `traceback`."""
    if getattr(main, "traceback", None) is traceback:
        main.traceback = _Traceback()  # type: ignore[attr-defined]


# The end: the CLI stops its plugins when it ends in order. One that was killed leaves them behind, 60 MB each.

SERVER: Final = "pulumi.dynamic.__main__"
"""The main module of a plugin process. Where another one is, the process is not the engine's."""

LOOK_SECONDS: Final = 5


def end_with(engine: Engine) -> None:
    """Ends a plugin process after its engine has ended, once no call is running, of whatever provider."""
    main = sys.modules["__main__"]
    if main.__spec__ is not None and main.__spec__.name == SERVER:
        end_after(engine, vars(main))


def end_after(engine: Engine, server: dict[str, Any]) -> None:
    """Ends this process after its engine; server: the globals of the module whose functions answer its calls."""
    threading.Thread(target=_watch, args=(engine, server), daemon=True).start()


def _watch(engine: Engine, server: dict[str, Any]) -> None:
    idle_looks = 0
    while idle_looks < 2:  # between a call that ends and one that waits for its thread, none is running
        time.sleep(LOOK_SECONDS)
        idle_looks = 0 if engine.is_present() or _is_serving(server) else idle_looks + 1
    os._exit(0)


def _is_serving(server: dict[str, Any]) -> bool:
    """Whether a thread is in a call of any provider: each call passes through a function of the server's module."""
    stacks = [top for thread, top in sys._current_frames().items() if thread != threading.main_thread().ident]  # noqa: SLF001
    return any(frame.f_globals is server for top in stacks for frame, _ in traceback.walk_stack(top))
