"""The main job as a newcomer runs it: `make up`, again, `make destroy`, in a copy of the repository."""

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.kit.canaries import assert_hidden
from tests.kit.engines import ROOT, clean_environment

ACCOUNT, APP = "023e105f4ecef8ad9ca31a8372d0c353", "2a95132c15732412d22c1476fa83f27a"
SECRETS = ("AKIASANDBOXACCESSKEY", "sandbox/storage/secret/key", "sandbox-token")

REFERENCE_EXAMPLE: dict[str, Any] = {
    "meeting_id": "97440c6a-140b-40a9-9499-b23fd7a3868a",
    "layers": {
        "default": {"file_name_prefix": "string", "outputs": [{"type": "REALTIMEKIT_BUCKET"}]},
        "default-video": {"file_name_prefix": "string", "outputs": [{"type": "REALTIMEKIT_BUCKET"}]},
    },
    "max_seconds": 60,
}


class Copy:
    """The repository in a folder of its own, with a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tracked = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        for name in filter(None, tracked.stdout.split("\0")):
            if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/", "examples/")):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
        (folder / ".venv").symlink_to(sys.prefix)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        stack = folder / "Pulumi.sandbox.yaml"
        stack.write_text(re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{self.port}", stack.read_text()))

    def make(self, target: str) -> "subprocess.CompletedProcess[str]":
        """What the target runs, the environment being there already."""
        return subprocess.run(
            [sys.executable, "-m", "sandbox.own_stack", target],
            cwd=self.folder,
            env={**clean_environment(), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def control(self, path: str) -> Any:
        return httpx.get(f"http://127.0.0.1:{self.port}/_sandbox/{path}", timeout=10).json()

    def starts(self) -> list[dict[str, Any]]:
        return [request for request in self.control("requests") if request["method"] == "POST"]

    def written(self) -> Iterator[tuple[Path, bytes]]:
        """What the commands wrote, but for the service's own memory."""
        for file in (self.folder / ".sandbox").rglob("*"):
            if file.is_file() and not file.name.startswith("api.sqlite"):
                yield file, file.read_bytes()


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    made = Copy(tmp_path / "copy")
    yield made
    made.make("clean")


def test_main_job(copy: Copy) -> None:
    up = copy.make("up")
    assert up.returncode == 0, up.stdout + up.stderr
    for shown in ("standup", "weekly", "RECORDING", "default-video", "the service's own bucket", "aws meeting-archive"):
        assert shown in up.stdout
    assert "make destroy" in up.stdout

    first, second = sorted(copy.starts(), key=lambda request: "max_seconds" not in request["body"])
    assert first["path"] == f"/client/v4/accounts/{ACCOUNT}/realtime/kit/{APP}/recordings/track"
    assert first["headers"]["content-type"] == "application/json"
    assert first["headers"]["authorization"] == "Bearer sandbox-token"
    assert first["body"] == REFERENCE_EXAMPLE
    storage = second["body"]["layers"]["default"]["outputs"][0]["storage_config"]
    assert (storage["access_key"], storage["secret"]) == SECRETS[:2]

    again = copy.make("up")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "3 unchanged" in again.stdout
    assert len(copy.starts()) == 2

    destroyed = copy.make("destroy")
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    assert {recording["status"] for recording in copy.control("recordings")} <= {"UPLOADING", "UPLOADED", "ERRORED"}

    printed = "".join(run.stdout + run.stderr for run in (up, again, destroyed)).encode()
    assert_hidden(SECRETS, printed, "printed")
    for file, content in copy.written():
        assert_hidden(SECRETS, content, str(file))


def test_port_taken(copy: Copy) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", copy.port))
        taken.listen()
        up = copy.make("up")
    assert up.returncode == 1
    assert f"port {copy.port} is taken" in up.stderr
    assert "Traceback" not in up.stderr


def test_nobody_elses_stacks_are_touched(copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    assert copy.make("preview").returncode == 0
    assert not list(home.rglob("*pulumi*"))
