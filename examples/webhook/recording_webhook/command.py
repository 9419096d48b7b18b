"""One run of the engine on one stack: its arguments, its process, what it said."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import anyio

from recording_webhook.settings import Action, Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_GUARD = Path(__file__).with_name("guard.py")
_POLL_SECONDS = 0.1
_LAST_LINES = 60
_LAST_BYTES = 2**18
_SECRET_NAME = re.compile("PASSPHRASE|PASSWORD|TOKEN|SECRET|KEY|CREDENTIAL", re.IGNORECASE)
_LEAST_SECRET = 4
_COLOR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LOCKED = ("the stack is currently locked by", "[409] Conflict: Another update is currently in progress")
"""What the CLI says with a backend of files and with Pulumi Cloud; `pulumi.automation` knows it by the same words."""
_SWITCHES = {Action.UP: ["up", "--refresh"], Action.REFRESH: ["refresh"]}


class Ended(NamedTuple):
    """How a run ended."""

    code: int
    seconds: float
    interrupted: bool
    lines: list[str]
    """The last lines of its output, without secrets."""

    @property
    def locked(self) -> bool:
        """Whether it began nothing, because somebody else is at work on the stack."""
        return self.code != 0 and any(words in line for line in self.lines for words in _LOCKED)

    @property
    def problem(self) -> str:
        """The code and the line that says most about a failure."""
        telling = [line for line in self.lines if "error" in line.lower()] or self.lines
        how = "interrupted, exit code" if self.interrupted else "exit code"
        return f"{how} {self.code}" + (f": {telling[-1].strip()[:200]}" if telling else "")


def arguments(command: Sequence[str], stack: Stack, action: Action) -> list[str]:
    """The command line; `--cwd`, since the command itself starts in the service's own folder."""
    where = ["--cwd", str(stack.project), "--stack", stack.stack]
    return [*command, *_SWITCHES[action], "--yes", "--skip-preview", "--non-interactive", *where]


async def run(words: Sequence[str], *, lock: int, must_stop: Callable[[float], bool]) -> Ended:
    """Runs to the end, whatever happens. `must_stop`, asked with the seconds since the start, interrupts it, once.

    The output goes to a file without a name: a pipe would break when the service is killed, and the engine with it.
    """
    began = time.monotonic()
    interrupted = False
    with tempfile.TemporaryFile() as output:
        process = _start(words, lock, output)
        while process.poll() is None:
            if not interrupted and must_stop(time.monotonic() - began):
                process.send_signal(signal.SIGINT)
                interrupted = True
            await anyio.sleep(_POLL_SECONDS)
        lines = _without_secrets(_end_of(output), os.environ)
    return Ended(process.returncode, time.monotonic() - began, interrupted, lines)


def _start(words: Sequence[str], lock: int, output: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # not asyncio's, which is killed together with the event loop
        [sys.executable, "-I", "-S", str(_GUARD), *words],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=(lock,),
        start_new_session=True,  # Ctrl-C is for the service, which waits for its commands
    )


def _end_of(output: IO[bytes]) -> str:
    """Whole lines: half of one may hold half of a secret."""
    start = max(0, output.seek(0, os.SEEK_END) - _LAST_BYTES)
    output.seek(start)
    content = output.read()
    return (content.partition(b"\n")[2] if start else content).decode(errors="replace")


def _without_secrets(text: str, environment: Mapping[str, str]) -> list[str]:
    """The last lines, without what the environment holds as a secret, and without what would disturb a terminal."""
    for secret in sorted(_secrets(environment), key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    lines = [_COLOR.sub("", line).rstrip() for line in text.splitlines()]
    return ["".join(c if c.isprintable() else " " for c in line) for line in lines if line][-_LAST_LINES:]


def _secrets(environment: Mapping[str, str]) -> set[str]:
    values = [value for name, value in environment.items() if _SECRET_NAME.search(name) and not name.endswith("_FILE")]
    return {line for value in values for line in value.splitlines() if len(line) >= _LEAST_SECRET}
