"""An example's folder that somebody copies, as `examples/README.md` says, can be installed wherever it lies."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.kit.cli import ROOT, clean_environment

PROVIDER = "-e ../../provider"
EXAMPLES = sorted(
    file.parent.name for file in (ROOT / "examples").glob("*/requirements.txt") if file.parent.name != "policies"
)
"""A policy pack runs beside a program, in an environment that has no provider."""

WITHOUT_PYTHON = {"typescript", "yaml"}


def lines(name: str) -> list[str]:
    written = (ROOT / "examples" / name / "requirements.txt").read_text().splitlines()
    return [line for line in written if line and not line.startswith("#")]


def test_every_example_has_requirements() -> None:
    readmes = {file.parent.name for file in (ROOT / "examples").glob("*/README.md")}
    assert readmes == {*EXAMPLES, "policies", *WITHOUT_PYTHON}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_provider_s_path_is_the_only_one_and_all_else_has_a_range(name: str) -> None:
    """The exact versions are the repository's, which applies them where it installs an example itself."""
    assert lines(name).count(PROVIDER) == 1
    for line in lines(name):
        if line != PROVIDER:
            requirement = Requirement(line)
            assert requirement.specifier, f"{line} takes any version"
            assert not requirement.url


def test_copies_are_installed_outside_the_repository(tmp_path: Path) -> None:
    """With what is installed here, and no index: what is tested is in the ranges, and nothing beside it is needed."""
    assert f"replace `{PROVIDER}`" in re.sub(r"\s+", " ", (ROOT / "examples" / "README.md").read_text())
    words = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index"]
    for name in EXAMPLES:
        copied = tmp_path / f"{name}.txt"
        source = (ROOT / "examples" / name / "requirements.txt").read_text()
        copied.write_text(source.replace(PROVIDER, "pulumi-realtimekit"))
        words += ["-r", str(copied)]
    installed = subprocess.run(
        words, cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert "Would install" not in installed.stdout
