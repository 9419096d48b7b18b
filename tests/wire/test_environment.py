"""What the surroundings of the process change, and what they do not: proxies, locales, loggers."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pulumi_realtimekit.api.client import App, RecordingsApi
from pulumi_realtimekit.errors import NotSent

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, Plugin, Resource
from tests.kit.scripted import Answer, Request, Scripted, scripted
from tests.wire.exports import export, exported, run

PLACE = App("account", "app")


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """A proxy that refuses what it is asked for, named by the environment."""
    with scripted(lambda _: Answer(status=502)) as proxy:
        for name in ("HTTPS_PROXY", "HTTP_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield proxy


def unreachable(base_url: str) -> str:
    api = RecordingsApi(base_url=base_url, token="a-token")
    with pytest.raises(NotSent) as raised:
        api.recording(PLACE, "r1", timeout=5)
    api.close()
    return str(raised.value)


@pytest.mark.usefixtures("proxy")
def test_https_goes_through_the_proxy_of_the_environment() -> None:
    assert unreachable("https://127.0.0.1:1/client/v4").startswith("cannot reach 127.0.0.1:1: 501 ")


@pytest.mark.usefixtures("proxy")
@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_less_what_no_proxy_lists(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "example.com,127.0.0.1")
    assert "Connection refused" in unreachable("https://127.0.0.1:1/client/v4")


def test_what_stays_on_this_machine_goes_through_no_proxy(live: SandboxApi, proxy: Scripted) -> None:
    assert Resource(Plugin(live), meeting_id="standup").up() == "create"
    assert proxy.requests == []


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("command", ["audit", "status"])
def test_an_export_is_read_and_answered_under_any_locale(live: SandboxApi, command: str, encoding: str) -> None:
    Resource(Plugin(live), meeting_id="Prüfung ☕").up()  # unknown to the state
    whole = export(live)
    outputs = {"account_id": ACCOUNT, "app_id": "app", "meeting_id": "Prüfung ☕", "status": "PENDING"}
    kind = "pulumi-python:dynamic/realtimekit:TrackRecording"
    whole["deployment"]["resources"].append(
        {"urn": f"u::{kind}::x", "type": kind, "id": "pending-1", "outputs": outputs}
    )
    found = subprocess.run(
        [sys.executable, "-m", "pulumi_realtimekit", command],
        input=json.dumps(whole, ensure_ascii=False).encode(),
        env={**os.environ, "CLOUDFLARE_API_TOKEN": live.token, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (found.returncode, found.stderr) == (1 if command == "audit" else 0, b"")
    shown = "Prüfung ☕".encode(encoding, "backslashreplace")
    assert shown in found.stdout


LOGGER = """
class Logger:
    def __getattr__(self, name):
        return lambda *words, **fields: print(*words)


def get_logger(*_):
    return Logger()
"""


def test_a_retry_is_not_logged_among_what_a_command_prints(tmp_path: Path) -> None:
    """Where structlog is installed, stamina logs by it, and that prints on standard output."""
    (tmp_path / "structlog.py").write_text(LOGGER)
    answers = iter([Answer(status=503)])

    def script(_: Request) -> Answer:
        return next(answers, Answer({"success": True, "data": {"id": "r1", "status": "RECORDING"}}))

    with scripted(script) as service:
        resource = Resource(Plugin(service), meeting_id="standup")  # type: ignore[arg-type]
        resource.id, resource.outputs = "r1", {"account_id": "a" * 64, "app_id": "b" * 36, "status": "RECORDING"}
        whole = exported(service, standup=resource)  # type: ignore[arg-type]
        found = run("status", whole, "--json", CLOUDFLARE_API_TOKEN="a-token", PYTHONPATH=str(tmp_path))
    assert len(service.requests) == 2
    assert json.loads(found.stdout)[0]["service"] == "RECORDING"
