"""`make up` and its kin, with the tour and with the Pulumi CLI."""

import fcntl
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.table import table
from tests.kit.canaries import assert_hidden
from tests.kit.cli import ROOT
from tests.kit.project import ACCOUNT, APP
from tests.kit.waiting import eventually
from tests.sandbox.copies import Copy

STANDUP, WEEKLY = "97440c6a-140b-40a9-9499-b23fd7a3868a", "4c8a4e5e-9d8e-4f6c-8a0b-0c8d2a3f1b7d"
SECRETS = ("AKIASANDBOXACCESSKEY", "sandbox/storage/secret/key", "sandbox-token")

REFERENCE_EXAMPLE: dict[str, Any] = {
    "meeting_id": STANDUP,
    "layers": {
        "default": {"file_name_prefix": "string", "outputs": [{"type": "REALTIMEKIT_BUCKET"}]},
        "default-video": {"file_name_prefix": "string", "outputs": [{"type": "REALTIMEKIT_BUCKET"}]},
    },
    "max_seconds": 60,
}


def test_main_job(copy: Copy, tmp_path: Path) -> None:
    copy.environment["HOME"] = str(tmp_path / "home")
    (tmp_path / "home").mkdir()
    preview = copy.make("preview")
    assert copy.starts() == []

    up = copy.make("up")
    for shown in ("standup", "weekly", "RECORDING", "default-video", "the service's own bucket", "aws meeting-archive"):
        assert shown in up
    assert "make destroy" in up
    first, second = sorted(copy.starts(), key=lambda request: "max_seconds" not in request["body"])
    assert first["path"] == f"/client/v4/accounts/{ACCOUNT}/realtime/kit/{APP}/recordings/track"
    assert first["headers"]["content-type"] == "application/json"
    assert first["headers"]["authorization"] == "Bearer sandbox-token"
    assert first["body"] == REFERENCE_EXAMPLE
    storage = second["body"]["layers"]["default"]["outputs"][0]["storage_config"]
    assert (storage["access_key"], storage["secret"]) == SECRETS[:2]

    again = copy.make("up")
    assert "unchanged" in again
    assert len(copy.starts()) == 2

    (weekly,) = [one for one in copy.control("GET", "recordings") if one["meeting_id"] == WEEKLY]
    copy.control("PATCH", f"recordings/{weekly['id']}", {"status": "PAUSED"})
    refreshed = copy.make("refresh")
    outputs, _, shown = refreshed.partition("recording  meeting")
    assert "PAUSED" in shown
    assert "Outputs:" not in outputs or '"PAUSED"' in outputs

    destroyed = copy.make("destroy")
    assert copy.active() == []
    assert "make clean" in destroyed
    assert "stack rm" not in destroyed, "advice that would be aimed at your own backend"

    assert_hidden(SECRETS, (preview + up + again + refreshed + destroyed).encode(), "printed")
    for file in copy.sandbox.rglob("*"):
        if file.is_file() and not file.name.startswith("api.sqlite"):
            assert_hidden(SECRETS, file.read_bytes(), str(file))
    assert not list((tmp_path / "home").rglob("*pulumi*"))


# At once: a folder with spaces and umlauts, a proxy before the world outside, no home folder, somebody's own account.
STRANGE = {
    "http_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HOME": "/proc/nonexistent",
    "CLOUDFLARE_BASE_URL": "https://nowhere.invalid",
    "CLOUDFLARE_API_TOKEN": "somebodys-own",
}


@pytest.mark.parametrize("with_cli", [False, True], ids=["tour", "cli"])
def test_a_strange_machine(new_copy: Callable[..., Copy], with_cli: bool) -> None:
    copy = new_copy("ein Ordner für alles, 100 %", with_cli)
    copy.make("up", **STRANGE)
    assert copy.active() == [WEEKLY, STANDUP]
    copy.make("destroy", **STRANGE)
    assert copy.active() == []


def test_a_port_that_is_taken(tour: Copy) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        tour.sandbox.mkdir()
        (tour.sandbox / "base-url").write_text(f"http://127.0.0.1:{port}/client/v4")
        tour.make("preview")
    free = tour.base_url()
    assert f":{port}/" not in free
    os.kill(int((tour.sandbox / "api.pid").read_text()), signal.SIGKILL)
    tour.make("preview")
    assert tour.base_url() == free, "the port is kept"


def test_one_deployment_at_a_time_until_it_is_killed(new_copy: Callable[..., Copy]) -> None:
    copy = new_copy(with_cli=True)
    copy.make("preview")
    copy.control("POST", "faults", [{"fault": "delay_before", "method": "POST", "times": 2, "seconds": 10}])
    process = copy.start("up")
    eventually(lambda: len(copy.starts()) == 2 or None, "both starts are under way")
    assert "wait until it is done" in copy.make("up", code=1)
    for child in psutil.Process(process.pid).children():
        child.kill()
    process.communicate(timeout=60)
    assert process.returncode != 0

    assert "unlocking the stack" in copy.make("up")
    assert copy.active() == [WEEKLY, STANDUP]


def test_one_tour_at_a_time(tour: Copy) -> None:
    tour.make("preview")
    with (tour.sandbox / "tour.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "wait until it is done" in tour.make("up", code=1)
    assert tour.starts() == []


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo v3.100.0", "version 3.100.0"),
        ("echo broken >&2; exit 3", "broken"),
    ],
)
def test_a_cli_that_cannot_be_used(tour: Copy, tmp_path: Path, script: str, said: str) -> None:
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(f"#!/bin/sh\n{script}\n")
    pulumi.chmod(0o755)
    printed = tour.make("preview", PATH=f"{pulumi.parent}{os.pathsep}{tour.environment['PATH']}")
    assert said in printed
    assert "3.260 or newer is needed" in printed
    assert "the tour" in printed


def test_a_cli_does_not_take_over_from_the_tour(new_copy: Callable[..., Copy]) -> None:
    copy = new_copy(with_cli=True)
    without_cli = os.pathsep.join(copy.environment["PATH"].split(os.pathsep)[1:])
    copy.make("up", PATH=without_cli)
    assert "after `make destroy`, the Pulumi CLI is next" in copy.make("destroy")
    assert copy.active() == []
    copy.make("up")
    assert "`make cli` builds one" in copy.make("destroy", code=1, PATH=without_cli)
    copy.make("destroy")
    assert len(copy.starts()) == 4


RECORDINGS = {
    "standup": {
        "meeting_id": STANDUP,
        "status": "RECORDING",
        "layers": {
            "default-video": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]},
            "default": {
                "outputs": [
                    {"type": "REALTIMEKIT_BUCKET"},
                    {"type": "STORAGE_CONFIG", "storage_config": {"type": "sftp", "host": "files.eu"}},
                ]
            },
        },
    },
    "board": {"meeting_id": WEEKLY, "status": "PENDING", "layers": {"default": {"outputs": [{"type": "AWS"}]}}},
}

WIDE = f"""\
recording  meeting                               status     layer          files go to
---------  ------------------------------------  ---------  -------------  ---------------------------------------
board      {WEEKLY}  PENDING    default        AWS
standup    {STANDUP}  RECORDING  default        the service's own bucket, sftp files.eu
                                                            default-video  the service's own bucket"""
NARROW = """\
recording  status     layer          files go to
---------  ---------  -------------  ---------------------------------------
board      PENDING    default        AWS
standup    RECORDING  default        the service's own bucket, sftp files.eu
                      default-video  the service's own bucket"""


@pytest.mark.parametrize(("columns", "shown"), [(120, WIDE), (112, NARROW), (80, NARROW)])
def test_the_table_folds_nothing(monkeypatch: pytest.MonkeyPatch, columns: int, shown: str) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert table(RECORDINGS).splitlines() == shown.splitlines()


@pytest.mark.parametrize(
    "layers",
    [
        "[secret]",
        {"default": "[secret]"},
        {"default": {"outputs": "[secret]"}},
        {"default": {"outputs": ["[secret]"]}},
        {"default": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": "[secret]"}]}},
    ],
)
def test_the_table_shows_what_is_secret_as_such(layers: Any) -> None:
    shown = table({"standup": {"meeting_id": "[secret]", "status": "RECORDING", "layers": layers}})
    assert "RECORDING" in shown
    assert shown.splitlines()[-1].endswith("[secret]")


def test_no_recordings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert table({}) == "No recordings."


def test_the_makefile_quotes_what_may_hold_a_space(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    python = folder / "python 3"
    python.write_text('#!/bin/sh\necho "$0" > ran\nexit 1\n')
    python.chmod(0o755)
    words = ["make", "-f", str(ROOT / "Makefile"), f"PYTHON={python}", ".venv/python"]
    subprocess.run(words, cwd=folder, check=False, capture_output=True, timeout=60)
    assert (folder / "ran").read_text().strip() == str(python)


def test_stack_files_of_the_sandbox_name_no_port() -> None:
    files = [ROOT / "Pulumi.sandbox.yaml", *ROOT.glob("examples/*/Pulumi.sandbox.yaml")]
    assert [file for file in files if "baseUrl" in file.read_text()] == []
