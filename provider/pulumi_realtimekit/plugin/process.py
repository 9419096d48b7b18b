"""A plugin process whose engine was killed ends by itself, once no call is running.

The CLI takes its plugins along only where it ends in order. One that was killed leaves them behind: idle, for good, 60
MB each. Other dynamic providers of the program are in the same process: their calls are waited for, too.
"""

import os
import sys
import threading
import time
import traceback
from typing import Any, Final

from pulumi_realtimekit.plugin.engine import Engine

SERVER: Final = "pulumi.dynamic.__main__"
"""The main module of a plugin process. Where another one is, the process is not the engine's."""

LOOK_SECONDS: Final = 5


def end_with(engine: Engine) -> None:
    """Lets the process end after its engine has; harmless in any other process."""
    main = sys.modules["__main__"]
    if main.__spec__ is not None and main.__spec__.name == SERVER:
        end_after(engine, vars(main))


def end_after(engine: Engine, server: dict[str, Any]) -> None:
    """Lets the process end after its engine has; server: the globals of the module whose functions answer its calls."""
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
