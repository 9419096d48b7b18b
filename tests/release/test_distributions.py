"""What is published: a wheel and an sdist, installed from both and deployed with, without the network."""

import email
import os
import re
import shutil
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from sandbox.api.testing import SandboxApi
from tests.kit.cli import ROOT, clean_environment
from tests.kit.plugin import api, new_api
from tests.kit.project import Project, active, base_config
from tests.release.command_line import run

__all__ = ["api", "new_api"]

PROVIDER = ROOT / "provider"
PACKAGE = "pulumi_realtimekit"
DEPENDENCIES = sysconfig.get_path("purelib")
"""Where the dependencies are; the distribution under test comes before what is installed here for development."""

UV_PROJECT = """[project]
name = "recordings"
version = "0"
requires-python = ">=3.10"
"""
"""What uv needs to write the lock file that the CLI reads; without an index it can lock no dependencies."""

TOOLS = Path(sys.executable).parent
"""Where uv is, with the other requirements of the tests."""


def build(source: Path, target: str, folder: Path) -> Path:
    """The distribution of a source tree; its build backend is the one that is installed here."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, cwd=source, env=clean_environment())
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source") / "provider"
    shutil.copytree(PROVIDER, source, ignore=shutil.ignore_patterns("__pycache__"))
    return build(source, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist, as installers and distributions build it."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder)
    (source,) = folder.iterdir()
    return build(source, "wheel", tmp_path_factory.mktemp("wheel"))


def environment(folder: Path, distribution: Path, toolchain: str) -> None:
    """A fresh virtual environment, the distribution installed in it."""
    python = folder / "bin" / "python"
    if toolchain == "uv":
        make: Sequence[str | Path] = (TOOLS / "uv", "venv", "--offline", "--python", sys.executable, folder)
        install: Sequence[str | Path] = (TOOLS / "uv", "pip", "install", "--python", python, "--offline")
    else:
        make = (sys.executable, "-m", "venv", "--without-pip", folder)
        install = (sys.executable, "-m", "pip", "--python", python, "install", "--no-index")
    env = {**clean_environment(), "PYTHONPATH": DEPENDENCIES}
    run(*make, cwd=folder.parent, env=env)
    run(*install, "--no-deps", "--no-build-isolation", distribution, cwd=folder.parent, env=env)


def test_the_version_stands_in_one_place() -> None:
    (declared,) = re.findall(r'^version = "(.+)"$', (PROVIDER / "pyproject.toml").read_text(), re.MULTILINE)
    assert version("pulumi-realtimekit") == declared
    sources = [file.read_text() for file in PROVIDER.rglob("*.py")]
    sources += [file.read_text() for file in (ROOT / "docs").rglob("*.md")]
    assert not [source for source in sources if re.search(rf"(?<![\d.]){re.escape(declared)}(?![\d.])", source)]


def test_the_wheel_has_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = set(archive.namelist())
        (metadata,) = [archive.read(name) for name in files if name.endswith("/METADATA")]
    sources = {str(file.relative_to(PROVIDER)) for file in (PROVIDER / PACKAGE).rglob("*") if file.is_file()}
    assert {name for name in files if not name.split("/")[0].endswith(".dist-info")} == {
        name for name in sources if "__pycache__" not in name
    }
    assert f"{PACKAGE}/py.typed" in files
    assert f"{PACKAGE}/pulumi-plugin.json" in files
    assert any(name.endswith("/licenses/LICENSE") for name in files)

    told = email.message_from_bytes(metadata)
    assert told["Name"] == "pulumi-realtimekit"
    assert told["Version"] == version("pulumi-realtimekit")
    assert told.get_payload() == (PROVIDER / "README.md").read_text()
    assert told["License-Expression"] == "Apache-2.0"


def test_the_licence_is_the_repository_s() -> None:
    assert (PROVIDER / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize("toolchain", ["pip", "uv"])
def test_deploying(toolchain: str, tmp_path: Path, wheel: Path, api: SandboxApi) -> None:
    """A project whose environment was made by a toolchain of Pulumi's, with the wheel in it."""
    path = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
    project = Project(tmp_path / "project", env={"PYTHONPATH": DEPENDENCIES, "PATH": path})
    environment(project.folder / "venv", wheel, toolchain)
    if toolchain == "uv":
        (project.folder / "pyproject.toml").write_text(UV_PROJECT)
        run(TOOLS / "uv", "lock", "--offline", cwd=project.folder, env=clean_environment())
    described = yaml.safe_load((project.folder / "Pulumi.yaml").read_text())
    described["runtime"]["options"] = {"toolchain": toolchain, "virtualenv": "venv"}
    (project.folder / "Pulumi.yaml").write_text(yaml.safe_dump(described))
    program = (project.folder / "__main__.py").read_text()
    where = f"pulumi.export('package', realtimekit.__file__.startswith({str(project.folder)!r}))\n"
    project.program(program + where)
    project.configure(base_config(api) | {"recordings": {"standup": {"meeting_id": "standup"}}})

    up = project.deploy("up")
    assert up.code == 0, up.text
    assert project.run("stack", "output", "--stack", "test", "package").out.strip() == "true"
    assert [recording["status"] for recording in api.recordings()] == ["RECORDING"]
    destroyed = project.deploy("destroy")
    assert destroyed.code == 0, destroyed.text
    assert not active(api)


def test_the_cli_looks_for_no_plugin_of_the_package_s_name(tmp_path: Path) -> None:
    """It would download one from where Pulumi's are, five times where there is none, and run what it finds."""
    project = Project(tmp_path / "project")
    plugins = project.run("about").out.partition("\nPlugins")[2].partition("\n\n")[0]
    assert "python" in plugins
    assert "realtimekit" not in plugins
