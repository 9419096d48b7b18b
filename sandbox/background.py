"""The sandbox API in the background: it outlives the `make up` that starts it, as recordings outlive an update."""

import fcntl
import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

import click

from sandbox.api.server import PORT

START_SECONDS: Final = 20


class BackgroundApi:
    """The API's process, whose files are in a folder.

    `base-url` holds the first line that the API prints, `api.pid` its process: that one holds a lock on this file as
    long as it lives, so that no other process is ever taken for it.
    """

    def __init__(self, folder: Path) -> None:
        self._root = folder.parent
        self._base_url, self._pid = folder / "base-url", folder / "api.pid"
        self._log, self._state = folder / "api.log", folder / "api.sqlite"

    def ensure(self) -> str:
        """The base URL, of the API that runs or of a new one: on the port that it had before, else on a free one.

        Raises click.ClickException where it does not start.
        """
        with self._pid.open("a+") as lock:
            if not _locks(lock):
                return self._awaited(None)
            port = urlsplit(self._known_base_url()).port or PORT
            for chosen in (port, 0):
                process = self._started(chosen, lock)
                base_url = self._awaited(process)
                if base_url:
                    return base_url
        log = self._log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
        raise click.ClickException(f"the sandbox API did not start: {log[-1]} (see {self._log})")

    def stop(self) -> None:
        """Ends the process, where there is one, and waits until it has."""
        if not self._pid.exists():
            return
        with self._pid.open("a+") as lock:
            if not _locks(lock):
                lock.seek(0)
                os.kill(int(lock.read()), signal.SIGTERM)
                fcntl.flock(lock, fcntl.LOCK_EX)

    def _started(self, port: int, lock: IO[str]) -> "subprocess.Popen[bytes]":
        options = [f"--port={port}", f"--state={self._state}", "--start-seconds=1"]
        with self._base_url.open("wb") as out, self._log.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "sandbox", "api", *options],
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock.fileno(),),
            )
        lock.truncate(0)
        lock.write(str(process.pid))
        lock.flush()
        return process

    def _awaited(self, process: "subprocess.Popen[bytes] | None") -> str:
        """The base URL once the API answers there; empty where its process has ended.

        process: None where another command has started it.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            base_url = self._known_base_url()
            if base_url and _answers(base_url):
                return base_url
            if process and process.poll() is not None:
                return ""
            time.sleep(0.02)
        raise click.ClickException(f"the sandbox API does not answer: end it with `make clean`, or see {self._log}")

    def _known_base_url(self) -> str:
        return self._base_url.read_text().strip() if self._base_url.exists() else ""


def _locks(file: IO[str]) -> bool:
    """Whether this process has the lock now, and nobody else."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _answers(base_url: str) -> bool:
    """Asks without a proxy: the environment's is for other hosts."""
    url = urlsplit(base_url)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=5)
    try:
        connection.request("GET", "/_sandbox/clock")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
