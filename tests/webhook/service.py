"""`python -m recording_webhook` as its users start it."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.kit.waiting import eventually
from tests.webhook.fake_pulumi import FakePulumi
from tests.webhook.sender import Sender

EXAMPLE = Path(__file__).parents[2] / "examples" / "webhook"
IDLE = {"status": "ok", "waiting": 0, "later": 0, "running": 0, "failed": 0}


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RECORDING_WEBHOOK_", "PULUMI_"))}
    return {**kept, "PYTHONPATH": str(EXAMPLE), **more}


class Service:
    """One process of it."""

    def __init__(self, settings: Path, log: Path, more_environment: Mapping[str, str], sender: Sender) -> None:
        self._sender = sender
        self._client = httpx.Client(timeout=30, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
        self._settings = settings
        self._log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "recording_webhook", "--settings", str(settings)],
                env=environment(**more_environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def url(self) -> str:
        """Once it listens."""
        return eventually(self._listening, "the service listens")

    def _listening(self) -> str:
        assert self.process.poll() is None, self.log()
        found = re.search(r"running on (http://\S+)", self.log())
        return found[1] if found else ""

    def log(self) -> str:
        return self._log.read_text()

    def wait_for_log(self, text: str) -> None:
        eventually(lambda: text in self.log(), f"the log says {text!r}")

    def send(self, content: bytes, uuid: str | None = None, **headers: str | None) -> httpx.Response:
        """A webhook, signed and whole, but for `headers`: another value, or None to leave one out.

        uuid: a new one each time, unless given.
        """
        usual = {
            "content-type": "application/json",
            "rtk-signature": self._sender.sign(content),
            "rtk-uuid": uuid or str(uuid4()),
            "rtk-webhook-id": "webhook-1",
        }
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in {**usual, **changed}.items() if value is not None}
        return self._client.post(f"{self.url}/webhook", content=content, headers=kept)

    def get(self, path: str) -> httpx.Response:
        return self._client.get(self.url + path)

    def health(self) -> dict[str, Any]:
        content: dict[str, Any] = self.get("/healthz").json()
        return content

    def wait_for_health(self, **numbers: Any) -> None:
        """Until it says so; what is not named is as in `IDLE`."""
        eventually(lambda: self.health() == {**IDLE, **numbers}, f"healthz says {numbers}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=30)

    def terminate(self) -> int:
        """The exit code."""
        self.process.terminate()
        return self.process.wait(timeout=30)

    def jobs(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        words = [sys.executable, "-m", "recording_webhook", "--settings", str(self._settings), "jobs", *arguments]
        return subprocess.run(words, env=environment(), capture_output=True, text=True, timeout=30, check=False)


class Services:
    """Starts services, all on the same store."""

    def __init__(self, folder: Path, pulumi: FakePulumi, sender: Sender) -> None:
        self._folder = folder
        self._sender = sender
        self._started: list[Service] = []
        self.store = folder / "store"
        self.projects = folder / "projects"
        for name in ("team", "board", "others"):
            (self.projects / name).mkdir(parents=True)
            (self.projects / name / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        (folder / "public.pem").write_bytes(sender.public_pem)
        self._settings = {
            "listen": "127.0.0.1:0",
            "public_key_file": "public.pem",
            "store": "store",
            "settle_seconds": 0,
            "look_again_seconds": 0,
            "retry_seconds": 0.1,
            "command": str(pulumi.program),
            "meetings": {
                "default": {"project": "projects/others", "stack": "prod"},
                "standup": {"project": "projects/team", "stack": "prod"},
                "retro": {"project": "projects/team", "stack": "prod"},
                "board": {"project": "projects/board", "stack": "acme/board/eu-1"},
            },
        }

    def start(self, more_environment: Mapping[str, str] | None = None, **settings: Any) -> Service:
        number = len(self._started)
        file = self._folder / f"settings-{number}.yaml"
        file.write_text(json.dumps({**self._settings, **settings}))
        service = Service(file, self._folder / f"service-{number}.log", more_environment or {}, self._sender)
        self._started.append(service)
        return service

    def let_time_pass(self, seconds: float) -> None:
        """What the store holds becomes so much older."""
        self.change_store(f"UPDATE seen SET at = at - {seconds}; UPDATE job SET due = due - {seconds}")

    def change_store(self, statements: str) -> None:
        with closing(sqlite3.connect(self.store / "inbox.sqlite3", timeout=30)) as store, store:
            store.executescript(statements)

    def kill(self) -> None:
        for service in self._started:
            service.kill()
