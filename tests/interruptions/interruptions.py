"""What interrupts a command: signals to the engine, and the end of one of the processes that take part."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Final

import psutil

from bench.memory import Role, role_of
from sandbox.api.testing import SandboxApi

AGAIN_SECONDS: Final = 0.3
"""Between two interrupts: the first is seen before the second comes."""


class Running:
    """A command that is running: the engine, the processes that it started, and the API that they talk to."""

    def __init__(self, engine: subprocess.Popen[str], api: SandboxApi) -> None:
        self.engine, self.api = engine, api
        self._children: dict[Role, psutil.Process] = {}

    def find(self) -> None:
        """Notes which processes there are: once the engine is gone, nothing tells whose they were."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in psutil.Process(self.engine.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    role = role_of(process)
                    if role:
                        self._children[role] = process

    def signal(self, number: signal.Signals) -> None:
        self.engine.send_signal(number)

    def kill(self, role: Role) -> None:
        """Kills a child, where it is running."""
        process = self._children.get(role)
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def wait_for_children(self, seconds: float) -> None:
        """Until they have ended; what the engine leaves behind is killed after so many seconds."""
        _, left = psutil.wait_procs([*self._children.values()], timeout=seconds)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs(left)


def once(running: Running) -> None:
    running.signal(signal.SIGINT)


def twice(running: Running) -> None:
    running.signal(signal.SIGINT)
    time.sleep(AGAIN_SECONDS)
    running.signal(signal.SIGINT)


def terminated(running: Running) -> None:
    running.signal(signal.SIGTERM)


def engine_killed(running: Running) -> None:
    running.signal(signal.SIGKILL)


def program_killed(running: Running) -> None:
    running.kill("program")


def plugin_killed(running: Running) -> None:
    running.kill("plugin")


def api_killed(running: Running) -> None:
    running.api.kill()


def api_restarted(running: Running) -> None:
    running.api.kill()
    running.api.start()


INTERRUPTIONS: Final[dict[str, Callable[[Running], None]]] = {
    "one interrupt": once,
    "two interrupts": twice,
    "SIGTERM": terminated,
    "engine killed": engine_killed,
    "program killed": program_killed,
    "plugin killed": plugin_killed,
    "service killed, back later": api_killed,
    "service killed, back at once": api_restarted,
}
LOCKED: Final = {"engine killed"}
"""After which the stack stays locked until `cancel`."""
