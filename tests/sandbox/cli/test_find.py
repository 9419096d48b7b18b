"""Which `pulumi` is used, and what is said about one that cannot be."""

import os
import sys
from pathlib import Path

import pytest

from sandbox import cli


def put_on_path(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> Path:
    """A `pulumi` that is this shell script, alone on PATH."""
    folder.mkdir()
    pulumi = folder / "pulumi"
    pulumi.write_text(script)
    pulumi.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return pulumi


@pytest.fixture(autouse=True)
def _nothing_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


def put_built() -> Path:
    pulumi = cli.install_folder() / "pulumi"
    pulumi.parent.mkdir(parents=True)
    pulumi.touch()
    return pulumi


def test_nothing_there() -> None:
    assert cli.find() is None
    assert cli.find_problem() is None


@pytest.mark.parametrize("version", ["v3.260.0", "v3.274.1", "3.300.0-dev.0", "v4.0.0"])
def test_installed_one_goes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str) -> None:
    put_built()
    installed = put_on_path(monkeypatch, tmp_path / "bin", f"#!/bin/sh\necho {version}\n")
    assert cli.find() == installed
    assert cli.find_problem() is None


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("#!/bin/sh\necho v3.259.9\n", "is version 3.259.9"),
        ("#!/bin/sh\necho v2.25.0\n", "is version 2.25.0"),
        ("#!/bin/sh\necho broken >&2; exit 127\n", "does not print its version (broken)"),
        ("#!/bin/sh\nexit 3\n", "does not print its version (exit code 3)"),
        ("#!/bin/sh\necho pacman\n", "does not print its version (pacman)"),
        ("#!/no/such/interpreter\n", "does not start (No such file or directory)"),
        ("\x7fELF", "does not start (Exec format error)"),
        ("#!/bin/sh\nexec sleep 60\n", "does not answer within 0.2 seconds"),
    ],
)
def test_unusable_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, said: str) -> None:
    monkeypatch.setattr(cli, "_START_SECONDS", 0.2 if "sleep" in script else 30)
    installed = put_on_path(monkeypatch, tmp_path / "bin", script)
    assert cli.find() is None
    problem = f"{installed} {said}; version 3.260 or newer is needed: https://www.pulumi.com/docs/install/"
    assert cli.find_problem() == problem
    built = put_built()
    assert cli.find() == built


def test_no_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", no_home)
    assert cli.find() is None


@pytest.mark.parametrize(("system", "folder"), [("linux", ".cache"), ("darwin", "Library/Caches")])
@pytest.mark.parametrize("ignored", ["", "relative/cache"])
def test_cache_of_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str, folder: str, ignored: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", ignored)
    assert cli.install_folder().parent == tmp_path / folder / "pulumi-realtimekit" / "cli"


def test_version_is_the_one_of_go_mod() -> None:
    version = cli.pinned_version(cli.CLI_MODULE, "github.com/pulumi/pulumi/pkg/v3")
    assert cli.install_folder().name.startswith(f"{version}-")
    assert version == cli.pinned_version(cli.CLI_MODULE, "github.com/pulumi/pulumi/sdk/v3"), (
        "they are released together"
    )


@pytest.mark.parametrize("changed", range(len(cli._PINNED)), ids=[file.name for file in cli._PINNED])
def test_another_pin_is_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changed: int) -> None:
    before = cli.install_folder()
    copies = [tmp_path / f"{index}" for index in range(len(cli._PINNED))]
    for copy, file in zip(copies, cli._PINNED, strict=True):
        copy.write_bytes(file.read_bytes())
    monkeypatch.setattr(cli, "_PINNED", tuple(copies))
    assert cli.install_folder() == before, "a clone elsewhere uses the same one"
    copies[changed].write_bytes(copies[changed].read_bytes() + b"\n")
    assert cli.install_folder() != before
