"""The types that users write with: right programs pass a strict type checker, and each mistake is found in its line."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
FOUND = re.compile(r"(\w+\.py):(\d+): error: (.*)")


@cache
def errors() -> tuple[tuple[str, int, str], ...]:
    """What mypy finds in both programs: file, line and message."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(ROOT / ".mypy_cache")]
    checked = subprocess.run(
        [*command, "valid.py", "wrong.py"], cwd=FOLDER, check=False, capture_output=True, text=True
    )
    assert checked.returncode == 1, checked.stdout + checked.stderr
    return tuple((file, int(line), message) for file, line, message in FOUND.findall(checked.stdout))


def mistakes() -> list[tuple[int, str]]:
    """The lines of the wrong program that say what is wrong with them."""
    lines = (FOLDER / "wrong.py").read_text("utf-8").splitlines()
    return [(number, line.rpartition("  # ")[2]) for number, line in enumerate(lines, 1) if "  # " in line]


def test_right_programs_pass() -> None:
    assert [error for error in errors() if error[0] == "valid.py"] == []


@pytest.mark.parametrize(("line", "message"), mistakes(), ids=[message for _, message in mistakes()])
def test_a_mistake_is_found_in_its_line(line: int, message: str) -> None:
    assert any(message in told for file, number, told in errors() if (file, number) == ("wrong.py", line))


def test_nothing_else_is_found() -> None:
    assert {number for file, number, _ in errors() if file == "wrong.py"} == {number for number, _ in mistakes()}
