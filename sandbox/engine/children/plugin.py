"""Runs `python -m pulumi.dynamic <engine address>` as the Pulumi CLI does, and ends with the engine.

A call that is running when the engine goes is finished first: `pulumi.dynamic` stops its server at an interrupt, and
the interpreter waits for the threads that serve calls.
"""

# ruff: noqa: PTH109 - starts with the fewest imports, and prints for the engine

import os
import runpy
import signal
import sys
import time

import lifeline

LONGEST_CALL_SECONDS = 600.0


def finish() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(LONGEST_CALL_SECONDS)
    os._exit(1)


signal.signal(signal.SIGINT, signal.default_int_handler)
lifeline.watch(finish)
lifeline.forget_this_folder()
sys.path.insert(0, os.getcwd())
runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
