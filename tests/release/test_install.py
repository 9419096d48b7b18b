"""Each `pip install` line of the documents installs the package, and the package is all that is there."""

import os
import re
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, name
from tests.kit.cli import ROOT
from tests.release.command_line import environment, offline, repository, shell
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


@pytest.mark.parametrize("line", LINES)
def test_installing(line: str, tmp_path: Path) -> None:
    """From the repository at its address, from a wheel in the folder, from a copy of the repository."""
    env = environment(tmp_path, **repository(tmp_path), **offline())
    folder = tmp_path / "repository"
    if ".whl" in line:
        build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "./provider"]
        subprocess.run(build, cwd=folder, env=env, check=True, timeout=120)
        line = line.replace("VERSION", version("pulumi-realtimekit"))
    subprocess.run([sys.executable, "-m", "venv", "venv"], cwd=folder, check=True, timeout=120)
    path = {"PATH": f"{folder / 'venv' / 'bin'}{os.pathsep}{env['PATH']}"}
    shell(line, folder, {**env, **path})
    show = "import pulumi_realtimekit; print(pulumi_realtimekit.__file__)"
    installed = {**env, **path, "PYTHONPATH": sysconfig.get_path("purelib")}
    assert shell(f"cd venv && python -c '{show}'", folder, installed).startswith(str(folder / "venv"))


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
