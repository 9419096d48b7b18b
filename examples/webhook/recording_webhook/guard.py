"""Stands between the service and the command it runs, and holds the stack's lock until that command has ended.

A program of its own, run by its file name: the service can be killed while a command goes on, and the next one must not
run the same stack beside it. The lock's file descriptor is inherited from the service; the command does not get it,
since what a command leaves running would then hold the lock for good.
"""

import signal
import subprocess
import sys


class Guard:
    """Passes one interrupt on, never a second: on two, the engine ends without saving what it has begun."""

    def __init__(self) -> None:
        self._command: subprocess.Popen[bytes] | None = None
        self._interrupted = False

    def interrupt(self, number: int, _frame: object) -> None:
        """SIGINT comes from the service. SIGTERM goes to every process here at once: the command has got it already."""
        if number == signal.SIGINT and self._command is not None and not self._interrupted:
            self._command.send_signal(signal.SIGINT)
        self._interrupted = True

    def run(self, arguments: list[str]) -> int:
        """The command's exit code, as a shell gives it."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.interrupt)
        try:
            self._command = subprocess.Popen(arguments)
        except OSError as error:
            sys.stderr.write(f"error: {arguments[0]}: {error.strerror}\n")
            return 127
        if self._interrupted:  # while it was being started
            self._command.send_signal(signal.SIGINT)
        code = self._command.wait()
        return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(Guard().run(sys.argv[1:]))
