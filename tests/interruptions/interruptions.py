"""What interrupts a command: signals to the CLI, and the end of one of the processes that take part."""

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
    """A command that is running: the CLI, the processes that it started, and the API that they talk to."""

    def __init__(self, cli: subprocess.Popen[str], api: SandboxApi) -> None:
        self.cli, self.api = cli, api
        self._children: set[psutil.Process] = set()
        self._roles: dict[Role, psutil.Process] = {}

    def find(self) -> None:
        """Notes which processes there are: once the CLI is gone, nothing tells whose they were."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in psutil.Process(self.cli.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    role = role_of(process)
                    self._children.add(process)
                    if role:
                        self._roles[role] = process

    def signal(self, number: signal.Signals) -> None:
        self.cli.send_signal(number)

    def kill(self, role: Role) -> None:
        """Kills a child, where it is running."""
        process = self._roles.get(role)
        if process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def wait_for_children(self, seconds: float) -> list[str]:
        """Until they have ended. The roles of those that have not, after so many seconds; they are killed then."""
        _, left = psutil.wait_procs([*self._children], timeout=seconds)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs(left)
        return [role for role, process in self._roles.items() if process in left]


def once(running: Running) -> None:
    running.signal(signal.SIGINT)


def twice(running: Running) -> None:
    running.signal(signal.SIGINT)
    time.sleep(AGAIN_SECONDS)
    running.signal(signal.SIGINT)


def terminated(running: Running) -> None:
    running.signal(signal.SIGTERM)


def cli_killed(running: Running) -> None:
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
    "CLI killed": cli_killed,
    "program killed": program_killed,
    "plugin killed": plugin_killed,
    "service killed, back later": api_killed,
    "service killed, back at once": api_restarted,
}
LOCKED: Final = {"CLI killed"}
"""After which the stack stays locked until `cancel`."""
