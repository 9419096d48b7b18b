"""What holds for every test."""

import compileall
import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("any machine", deadline=None)  # how long an example takes says what else the machine does
settings.load_profile("any machine")

# A program that is written anew within a second would run as it was compiled before. What does not change is compiled
# once: thousands of processes are started, and each would do it by itself.
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        for folder in ("provider", "sandbox"):
            compileall.compile_dir(ROOT / folder, quiet=1)


def pytest_xdist_auto_num_workers() -> int:
    """Two for each core: most of a test's time it waits for processes and clocks."""
    return 2 * (os.cpu_count() or 1)
