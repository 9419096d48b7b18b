"""The file backend: its layout, its locks, and files that are always whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.engine import backend as backends
from sandbox.engine.backend import Backend, StackStorage
from sandbox.engine.errors import UserError
from sandbox.engine.locks import StackLockedError
from tests.kit.cli import ROOT


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    return Backend.open(tmp_path.as_uri(), tmp_path)


@pytest.fixture
def storage(backend: Backend) -> StackStorage:
    return backend.stack("proj", "dev")


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


# The URL


def test_a_relative_path_begins_at_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    assert Backend.open("file://./state", tmp_path).folder == tmp_path / "state"
    assert Backend.open("file://state?no_tmp_dir=true", tmp_path).folder == tmp_path / "state"
    (tmp_path / "with space").mkdir()
    assert Backend.open((tmp_path / "with space").as_uri(), tmp_path).folder == tmp_path / "with space"


def test_home_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "state").mkdir()
    assert Backend.open("file://~", tmp_path / "elsewhere").folder == tmp_path
    assert Backend.open("file://~/state", tmp_path / "elsewhere").folder == tmp_path / "state"


def test_a_folder_is_made_where_the_url_asks_for_it(tmp_path: Path) -> None:
    Backend.open(f"file://{tmp_path}/new/state?create_dir=true", tmp_path)
    assert files(tmp_path) == {"new/state/.pulumi/meta.yaml"}


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "no backend: set PULUMI_BACKEND_URL to file://"),
        ("s3://bucket", "backend s3:// is not supported here: file:// alone is"),
        ("https://api.pulumi.com", "backend https:// is not supported here"),
        ("azblob://x", "backend azblob:// is not supported here"),
        ("/tmp/state", "backend /tmp/state is not supported here"),
        ("file:///nowhere/at/all", "/nowhere/at/all does not exist"),
        ("file:///etc/hostname", "/etc/hostname is no folder"),
    ],
)
def test_other_backends_are_refused_by_name(tmp_path: Path, url: str, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        Backend.open(url, tmp_path)
    assert problem in str(caught.value)


# The layout


def test_a_new_folder_gets_the_clis_layout(backend: Backend, storage: StackStorage) -> None:
    assert (backend.folder / ".pulumi" / "meta.yaml").read_text() == "version: 1\n"
    storage.write(b"1")
    storage.write(b"2")
    storage.add_to_history({"kind": "update"})
    names = {name.replace("-", ".").split(".")[-1 if "stacks" in name else -2] for name in files(backend.folder)}
    assert names >= {"json", "bak", "history", "checkpoint"}
    assert storage.path == backend.folder / ".pulumi" / "stacks" / "proj" / "dev.json"
    assert storage.path.read_bytes() == b"2"
    assert storage.path.with_name("dev.json.bak").read_bytes() == b"1"
    history = backend.folder / ".pulumi" / "history" / "proj" / "dev"
    backups = backend.folder / ".pulumi" / "backups" / "proj" / "dev"
    assert [path.read_bytes() for path in history.glob("dev-*.checkpoint.json")] == [b"2"]
    assert [json.loads(path.read_bytes()) for path in history.glob("dev-*.history.json")] == [{"kind": "update"}]
    assert [path.read_bytes() for path in backups.glob("dev.*.json")] == [b"2"]


@pytest.mark.parametrize("meta", ["version: 0", "version: 2", "other: 1", "- x"])
def test_another_layout_is_refused(tmp_path: Path, meta: str) -> None:
    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi" / "meta.yaml").write_text(meta)
    with pytest.raises(UserError, match=r"meta.yaml: version \w+ is not supported here"):
        Backend.open(tmp_path.as_uri(), tmp_path)


def test_stacks_without_projects_are_refused(tmp_path: Path) -> None:
    (tmp_path / ".pulumi" / "stacks").mkdir(parents=True)
    (tmp_path / ".pulumi" / "stacks" / "dev.json").write_text("{}")
    with pytest.raises(UserError, match="legacy layout"):
        Backend.open(tmp_path.as_uri(), tmp_path)
    assert not (tmp_path / ".pulumi" / "meta.yaml").exists()


def test_compressed_state_is_refused(storage: StackStorage) -> None:
    storage.path.parent.mkdir(parents=True)
    storage.path.with_name("dev.json.gz").touch()
    with pytest.raises(UserError, match=r"dev.json.gz: compressed state is not supported here"):
        storage.read()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dev", ("proj", "dev")),
        ("organization/dev", ("proj", "dev")),
        ("organization/other/dev.1-x_y", ("other", "dev.1-x_y")),
    ],
)
def test_stacks_are_named_shortly_and_fully(backend: Backend, text: str, expected: tuple[str, str]) -> None:
    assert backend.parse_reference(text, "proj") == expected


@pytest.mark.parametrize("text", ["acme/dev", "a/b/c/d", "organization/p/x/y", "", "a b", "../x", "x" * 101])
def test_other_names_are_refused(backend: Backend, text: str) -> None:
    with pytest.raises(UserError):
        backend.parse_reference(text, "proj")


# Whole files


def test_a_stack_that_is_not_there_reads_as_none(storage: StackStorage) -> None:
    assert storage.read() is None
    assert not storage.exists


def test_stale_checksums_of_the_cli_are_removed(storage: StackStorage) -> None:
    storage.write(b"1")
    for name in ("dev.json.attrs", "dev.json.bak.attrs"):
        storage.path.with_name(name).touch()
    storage.write(b"2")
    assert {path.name for path in storage.path.parent.iterdir()} == {"dev.json", "dev.json.bak"}


def test_a_failed_write_leaves_the_old_file(storage: StackStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.write(b"1")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backends, "_SYNC_SECONDS", 0.0)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        storage.write(b"2")
    monkeypatch.undo()
    assert storage.read() == b"1"
    assert not [name for name in files(storage.path.parent) if name.endswith(".tmp")]


KILLED = """
import itertools, sys
from pathlib import Path
from sandbox.engine.backend import Backend
storage = Backend.open(sys.argv[1], Path.cwd()).stack("proj", "dev")
with storage.lock():
    for number in itertools.count():
        storage.write(b"%d" % (number % 10) * 200_000)
        print(number, flush=True)
"""


def test_a_killed_writer_leaves_a_whole_file_and_its_lock(backend: Backend, storage: StackStorage) -> None:
    for writes in (3, 10, 20):
        writer = subprocess.Popen(
            [sys.executable, "-c", KILLED, backend.url], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout
        for _ in range(writes):
            writer.stdout.readline()
        writer.kill()
        writer.wait()
        writer.stdout.close()
        data = storage.read()
        assert data is not None
        assert (len(data), len(set(data))) == (200_000, 1)
        with pytest.raises(StackLockedError):
            storage.lock().__enter__()
        assert storage.cancel() == 1
    with storage.lock():
        assert files(storage.path.parent) == {"dev.json", "dev.json.bak"}


# Locks


def test_a_lock_is_a_file_that_says_who_holds_it(backend: Backend, storage: StackStorage) -> None:
    with storage.lock():
        [lock] = (backend.folder / ".pulumi" / "locks" / "organization" / "proj" / "dev").iterdir()
        held = json.loads(lock.read_bytes())
        assert held["pid"] == os.getpid()
        assert held.keys() == {"pid", "username", "hostname", "timestamp"}
        with pytest.raises(StackLockedError) as caught, storage.lock():
            pytest.fail("two at once")
        assert f"{held['username']}@{held['hostname']} (pid {os.getpid()}) at {held['timestamp']}" in str(caught.value)
        assert f"file://{lock}" in str(caught.value)
        assert "`python -m sandbox cancel`" in str(caught.value)
        assert lock.exists()
    assert not lock.exists()


def test_other_stacks_are_not_locked(backend: Backend, storage: StackStorage) -> None:
    with storage.lock(), backend.stack("proj", "prod").lock(), backend.stack("other", "dev").lock():
        pass


def test_a_lock_is_let_go_when_something_fails(storage: StackStorage) -> None:
    with pytest.raises(ZeroDivisionError), storage.lock():
        _ = 1 / 0
    with storage.lock():
        pass


def test_a_lock_of_the_cli_counts_and_its_checksum_does_not(backend: Backend, storage: StackStorage) -> None:
    folder = backend.folder / ".pulumi" / "locks" / "organization" / "proj" / "dev"
    folder.mkdir(parents=True)
    (folder / "8e0ac8ba.json.attrs").write_text("{}")
    with storage.lock():
        pass
    (folder / "8e0ac8ba.json").write_text("not json")
    with pytest.raises(StackLockedError, match="an unknown process"), storage.lock():
        pytest.fail("two at once")
    assert storage.cancel() == 1
    assert list(folder.iterdir()) == []


RACER = """
import sys, time
from pathlib import Path
from sandbox.engine.backend import Backend
from sandbox.engine.locks import StackLockedError
storage = Backend.open(sys.argv[1], Path.cwd()).stack("proj", "dev")
print("ready", flush=True)
sys.stdin.readline()
try:
    with storage.lock():
        print("in", flush=True)
        sys.stdin.readline()
except StackLockedError:
    print("out", flush=True)
"""


def test_never_are_two_admitted(backend: Backend) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, backend.url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdout and racer.stdout.readline() == "ready\n"  # noqa: PT018 - the first is for the type checker
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    answers = [racer.stdout.readline().strip() for racer in racers if racer.stdout]
    for racer in racers:
        racer.communicate()
    assert answers.count("in") <= 1
    assert len(answers) == 4


# Removal


def test_removing_keeps_the_last_state_aside(backend: Backend, storage: StackStorage) -> None:
    storage.write(b"1")
    storage.add_to_history({})
    storage.remove()
    assert storage.read() is None
    left = {name for name in files(backend.folder) if "backups" not in name}
    assert left == {".pulumi/meta.yaml", ".pulumi/stacks/proj/dev.json.bak"}
    assert storage.path.with_name("dev.json.bak").read_bytes() == b"1"
