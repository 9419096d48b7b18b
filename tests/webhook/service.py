"""`python -m recording_webhook` as its users start it."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.kit.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.webhook.engine import RecordingEngine

EXAMPLE = Path(__file__).parents[2] / "examples" / "webhook"


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RECORDING_WEBHOOK_", "PULUMI_"))}
    return {**kept, "PYTHONPATH": str(EXAMPLE), **more}


def limited(words: Sequence[str], switch: str, files: int | None) -> Sequence[str]:
    """The command under the shell's limit of open files: `-n` for good, `-Sn` until it raises it."""
    return words if files is None else ["sh", "-c", f'ulimit {switch} {files} && exec "$@"', "sh", *words]


class Service:
    """One process of it."""

    def __init__(
        self,
        settings: Path,
        log: Path,
        more_environment: Mapping[str, str],
        looks: Path | None = None,
        files: int | None = None,
    ) -> None:
        self._settings = settings
        self._log = log
        self._looks = looks
        words = [sys.executable, *self._program(), "--settings", str(settings)]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                limited(words, "-Sn", files),
                cwd=settings.parent,
                env=environment(**more_environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.url = ""

    def _program(self) -> Sequence[str]:
        if self._looks is None:
            return ["-m", "recording_webhook"]
        self._looks.mkdir()
        return [str(Path(__file__).with_name("counted.py")), str(self._looks)]

    def wait_for_looks(self, number: int, at: str = "inbox") -> None:
        """Until it has looked so many times more: into the `inbox`, or at what it has to `run`."""
        assert self._looks is not None, "the service was not started with `counted`"
        file = self._looks / at

        def looks() -> int:
            return file.stat().st_size if file.exists() else 0

        enough = looks() + number + 1  # what is counted has begun: the one after it tells that it has ended
        eventually(lambda: looks() >= enough, f"{number} looks")

    def wait_until_it_listens(self) -> None:
        self.url = eventually(self._listening, "the service listens")

    def _listening(self) -> str:
        assert self.process.poll() is None, self.log()
        found = re.search(r"listening url=(\S+)", self.log())
        return found[1] if found else ""

    def log(self) -> str:
        return self._log.read_text()

    def health(self) -> dict[str, Any]:
        content: dict[str, Any] = httpx.get(f"{self.url}/healthz", trust_env=False, verify=False).json()
        return content

    def wait_until_idle(self) -> None:
        def idle() -> bool:
            health = self.health()
            return bool(health["waiting"] == health["running"] == 0)

        eventually(idle, "nothing waits or runs")

    def kill(self) -> None:
        """SIGKILL: nothing that it could do about it."""
        self.process.kill()
        self.process.wait()

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def command(self, *arguments: str, files: int | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        """files: so many it may open, whether it asks for more or not."""
        words = [sys.executable, "-m", "recording_webhook", "--settings", str(self._settings), *arguments]
        return subprocess.run(
            limited(words, "-n", files),
            cwd=self._settings.parent,
            env=environment(**more),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


class Services:
    """Starts them: all on the same store, unless told otherwise."""

    def __init__(self, folder: Path, engine: RecordingEngine, public_pem: bytes) -> None:
        self._folder = folder
        self._running: list[Service] = []
        (folder / "public.pem").write_bytes(public_pem)
        team = self._project("team")
        self._settings = {
            "listen": "127.0.0.1:0",
            "public_key_file": "public.pem",
            "store": "store",
            "settle_seconds": 0,
            "look_again_seconds": 0,
            "retry": {"first_seconds": 0.1, "attempts": 3},
            "command": str(engine.program),
            "meetings": {
                "default": {"project": self._project("others"), "stack": "prod"},
                "standup": {"project": team, "stack": "prod"},
                "retro": {"project": team, "stack": "prod"},
                "board": {"project": self._project("board"), "stack": "acme/board/eu-1"},
            },
        }

    def _project(self, name: str) -> str:
        folder = self._folder / "projects" / name
        folder.mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        return str(folder)

    @property
    def store(self) -> Path:
        return self._folder / "store"

    def start(
        self,
        more_environment: Mapping[str, str] | None = None,
        *,
        counted: bool = False,
        files: int | None = None,
        **settings: Any,
    ) -> Service:
        """Returns when it listens.

        counted: its looks are, for `wait_for_looks`.
        files: so many it may open, unless it asks for more.
        """
        service = self.start_soon(more_environment, counted=counted, files=files, **settings)
        service.wait_until_it_listens()
        return service

    def start_soon(
        self,
        more_environment: Mapping[str, str] | None = None,
        *,
        counted: bool = False,
        files: int | None = None,
        **settings: Any,
    ) -> Service:
        number = len(self._running)
        file = self._folder / f"settings-{number}.yaml"
        file.write_text(json.dumps({**self._settings, **settings}))
        looks = self._folder / f"looks-{number}" if counted else None
        service = Service(file, self._folder / f"service-{number}.log", more_environment or {}, looks, files)
        self._running.append(service)
        return service

    def let_time_pass(self, seconds: float) -> None:
        """What the store holds becomes so much older."""
        with closing(sqlite3.connect(self.store / "inbox.sqlite3", timeout=30)) as store, store:
            store.execute("UPDATE seen SET at = at - ?", (seconds,))
            store.execute("UPDATE job SET time = time - ?", (seconds,))

    def end(self) -> None:
        """At once: how it ends in order is a test of its own."""
        for service in self._running:
            service.kill()
