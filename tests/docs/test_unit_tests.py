"""The guide's tests of a program pass, and fail where the program declares something else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.cli import ROOT

EXAMPLE = ROOT / "examples" / "one-recording"


@pytest.mark.parametrize(
    ("declared", "instead", "failed"),
    [
        ("", "", ""),
        ("max_seconds=3600", "max_seconds=7200", "test_every_recording_ends_by_itself"),
        ('"meetingId"', '"meeting"', "Missing required configuration variable"),
    ],
)
def test_the_tests_of_a_program(declared: str, instead: str, failed: str, tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "test_recordings.py", tmp_path)
    (tmp_path / "__main__.py").write_text((EXAMPLE / "__main__.py").read_text().replace(declared, instead))
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    env = {**os.environ, "PYTEST_ADDOPTS": ""}
    ran = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode == 0) == (not failed), ran.stdout
    assert failed in ran.stdout
