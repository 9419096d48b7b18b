"""Runs `python -m pulumi.dynamic <engine address>` as the Pulumi CLI does, and ends with the engine.

A call that is running when the engine goes is finished first: `pulumi.dynamic` stops its server at an interrupt, and
the interpreter waits for the threads that serve calls.
"""

# ruff: noqa: PTH109 - starts with the fewest imports

import contextlib
import os
import runpy
import signal
import sys
import threading
import time

import lifeline

LONGEST_CALL_SECONDS = 600.0
"""After this long, a call that does not end is given up."""

arrived = threading.Event()


def interrupted(*_: object) -> None:
    # Once is enough: another one would tear the interpreter away from the calls that it waits for.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    arrived.set()
    raise KeyboardInterrupt


def finish() -> None:
    main = threading.main_thread().ident
    while main is not None and not arrived.is_set():
        # To the main thread, which may have been about to wait: only a signal that comes while it does wakes it.
        signal.pthread_kill(main, signal.SIGINT)
        arrived.wait(0.1)
    time.sleep(LONGEST_CALL_SECONDS)
    os._exit(1)


signal.signal(signal.SIGINT, interrupted)
lifeline.watch(finish)
lifeline.forget_this_folder()
sys.path.insert(0, os.getcwd())
with contextlib.suppress(KeyboardInterrupt):
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
