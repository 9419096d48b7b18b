"""The main job as a newcomer runs it: `make up`, again, `make destroy`, in a copy of the repository."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.kit import cli
from tests.kit.canaries import assert_hidden
from tests.kit.cli import ROOT, clean_environment
from tests.kit.project import ACCOUNT, APP

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
    """The repository in a folder of its own, and a user whose home is empty."""

    def __init__(self, folder: Path, path: str) -> None:
        self.folder, self.home = folder / "a clön", folder / "home"
        self.home.mkdir()
        self._path = path
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/", "examples/")):
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.folder / name)
        (self.folder / ".venv").symlink_to(sys.prefix)

    def make(self, target: str, code: int = 0) -> str:
        """What the target prints; the environment is there already."""
        made = subprocess.run(
            [sys.executable, "-m", "sandbox.stack", target],
            cwd=self.folder,
            env={
                **clean_environment(),
                "HOME": str(self.home),
                "XDG_CACHE_HOME": str(self.home / "cache"),
                "PATH": self._path,
                "COLUMNS": "120",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=180,
            check=False,
        )
        assert made.returncode == code, made.stdout
        return made.stdout

    def control(self, path: str) -> Any:
        base_url = httpx.URL((self.folder / ".sandbox" / "base-url").read_text().strip())
        return httpx.get(base_url.copy_with(path=f"/_sandbox/{path}"), timeout=10, trust_env=False).json()

    def starts(self) -> list[dict[str, Any]]:
        return [request for request in self.control("requests") if request["method"] == "POST"]

    def written(self) -> Iterator[tuple[Path, bytes]]:
        """What the commands wrote, but for the service's own memory."""
        for file in (self.folder / ".sandbox").rglob("*"):
            if file.is_file() and not file.name.startswith("api.sqlite"):
                yield file, file.read_bytes()


@pytest.fixture(params=["the Pulumi CLI", "the tour"])
def copy(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Copy]:
    """On a machine with the Pulumi CLI, and on one without."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("git", "sh", "env", "python3"):
        (tools / name).symlink_to(shutil.which(name) or pytest.fail(f"no {name} on PATH"))
    folders = [tools]
    if request.param == "the Pulumi CLI":
        folders.insert(0, Path(cli.executable()).parent)
    made = Copy(tmp_path, os.pathsep.join(map(str, [*folders, "/bin"])))
    yield made
    made.make("clean")


def test_main_job(copy: Copy, request: pytest.FixtureRequest) -> None:
    up = copy.make("up")
    for shown in ("standup", "weekly", "RECORDING", "default-video", "the service's own bucket", "aws meeting-archive"):
        assert shown in up
    assert "make destroy" in up

    first, second = sorted(copy.starts(), key=lambda start: "max_seconds" not in start["body"])
    assert first["path"] == f"/client/v4/accounts/{ACCOUNT}/realtime/kit/{APP}/recordings/track"
    assert first["headers"]["content-type"] == "application/json"
    assert first["headers"]["authorization"] == "Bearer sandbox-token"
    assert first["body"] == REFERENCE_EXAMPLE
    storage = second["body"]["layers"]["default"]["outputs"][0]["storage_config"]
    assert (storage["access_key"], storage["secret"]) == SECRETS[:2]

    again = copy.make("up")
    assert "unchanged" in again
    preview = copy.make("preview")
    assert len(copy.starts()) == 2
    refreshed = copy.make("refresh")
    assert "RECORDING" in refreshed
    destroyed = copy.make("destroy")
    assert "pulumi stack rm" not in destroyed
    assert {recording["status"] for recording in copy.control("recordings")} <= {"UPLOADING", "UPLOADED", "ERRORED"}

    printed = "".join((up, again, preview, refreshed, destroyed)).encode()
    assert_hidden(SECRETS, printed, "printed")
    for file, content in copy.written():
        assert_hidden(SECRETS, content, str(file))
    assert not list(copy.home.rglob("*pulumi*")), "nobody's own stacks are touched"
