"""One run of the Pulumi CLI on one stack."""

import logging
import os
import re
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from subprocess import DEVNULL, STDOUT
from typing import IO, NamedTuple

from recording_webhook.settings import Stack

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.1
_LAST_LINES = 60
_SECRET_NAME = re.compile("PASSPHRASE|PASSWORD|TOKEN|SECRET|KEY|CREDENTIAL", re.IGNORECASE)

# `--run-program` evaluates the stack's outputs again and reads the current config, credentials included.
_VERBS = {"up": ("up", "--refresh", "--skip-preview"), "refresh": ("refresh", "--run-program", "--skip-preview")}


class Result(NamedTuple):
    """How a run ended; `lines` are the last ones that it printed, without secrets."""

    code: int
    lines: list[str]

    @property
    def problem(self) -> str:
        """The exit code and the last line that speaks of an error."""
        telling = [line for line in self.lines if "error" in line.lower()] or self.lines or ["no output"]
        return f"exit code {self.code}: {telling[-1].strip()[:200]}"


def run(command: str, stack: Stack, action: str, interrupt_at: Callable[[], float]) -> Result:
    """Run it to its end. At `interrupt_at`, on the monotonic clock, it is interrupted, once.

    After one SIGINT the CLI finishes its calls and saves. After a second one it would forget what it has begun.
    """
    words = [*shlex.split(command), *_VERBS[action], "--yes", "--non-interactive", "--color", "never"]
    words += ["--cwd", str(stack.project), "--stack", stack.stack]
    interrupted = False
    with tempfile.TemporaryFile() as output:  # a pipe would break, and the CLI with it, if the service were killed
        try:  # in a session of its own: Ctrl-C on the terminal is only for the service
            process = subprocess.Popen(words, stdin=DEVNULL, stdout=output, stderr=STDOUT, start_new_session=True)
        except OSError as error:
            return Result(127, [f"error: {words[0]}: {error.strerror}"])
        while process.poll() is None:
            if not interrupted and time.monotonic() >= interrupt_at():
                logger.warning("interrupting stack=%s", stack)
                process.send_signal(signal.SIGINT)
                interrupted = True
            time.sleep(_POLL_SECONDS)
        return Result(process.returncode, _lines(output))


def _lines(output: IO[bytes]) -> list[str]:
    """The last lines, without the values of secret environment variables and without control characters."""
    output.seek(0)
    text = output.read().decode(errors="replace")
    secrets = [value for name, value in os.environ.items() if _SECRET_NAME.search(name)]
    for secret in sorted({line for value in secrets for line in value.splitlines()}, key=len, reverse=True):
        if len(secret) >= 4:
            text = text.replace(secret, "[secret]")
    lines = ["".join(c if c.isprintable() else " " for c in line).rstrip() for line in text.splitlines()]
    return [line for line in lines if line][-_LAST_LINES:]
