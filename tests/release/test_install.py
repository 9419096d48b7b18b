"""Each `pip install` line of the documents installs the package, and the package is all that is there."""

import os
import re
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, name
from tests.kit.cli import ROOT
from tests.release.command_line import environment, offline, repository, run, shell
from tests.release.test_release import REPOSITORY

LINES = sorted(
    {
        line
        for file in DOCUMENTS
        for line in re.findall(
            r"^pip install .*realtimekit.*|^pip install .*provider.*", file.read_text(), re.MULTILINE
        )
    }
)


def test_installing(tmp_path: Path) -> None:
    """From the repository at its address, from a wheel in the folder, from a copy of the repository."""
    env = environment(tmp_path, **repository(tmp_path), **offline())
    folder = tmp_path / "repository"
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "./provider", cwd=folder, env=env)
    run(sys.executable, "-m", "venv", "venv", cwd=folder, env=env)
    env = {**env, "PATH": f"{folder / 'venv' / 'bin'}{os.pathsep}{env['PATH']}"}
    show = "import pulumi_realtimekit; print(pulumi_realtimekit.__file__)"
    for line in LINES:
        shell(line.replace("VERSION", version("pulumi-realtimekit")), folder, env)
        assert run("python", "-c", show, cwd=tmp_path, env=env).startswith(str(folder / "venv")), line
        shell("pip uninstall --yes pulumi-realtimekit", folder, env)


def test_each_way_of_installing_is_documented() -> None:
    assert len(LINES) == 3
    assert any(f"git+{REPOSITORY}#subdirectory=provider" in line for line in LINES)


@pytest.mark.parametrize("file", DOCUMENTS, ids=name)
def test_nothing_is_said_to_be_on_pypi(file: Path) -> None:
    """Until it is."""
    text = file.read_text()
    assert not re.search(r"(pip|uv) (install|add) (\"|')?pulumi-realtimekit(?! @)", text)
    assert "pypi.org/project/pulumi-realtimekit" not in text


@pytest.mark.parametrize(
    "file", sorted((ROOT / "templates").glob("*/requirements.txt")), ids=lambda file: file.parent.name
)
def test_a_template_requires_what_is_documented(file: Path) -> None:
    (required,) = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    assert f"pip install '{required}'" in LINES
