"""What holds for every test."""

import compileall
import os
import signal
import sysconfig
from pathlib import Path

import pytest
from hypothesis import settings

from tests.kit import cli

settings.register_profile("any machine", deadline=None)  # how long an example takes says what else the machine does
settings.load_profile("any machine")

# A program that is written anew within a second would run as it was compiled before. What does not change is compiled
# once: thousands of processes are started, and each would do it by itself.
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

# Tests that a shell runs in the background ignore interrupts, and so would every process that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("CI") and cli.find() is None:
        raise pytest.UsageError(f"under CI every test is run: {cli.MISSING}")
    if not hasattr(config, "workerinput"):
        for folder in (cli.ROOT / "provider", cli.ROOT / "sandbox", Path(sysconfig.get_path("purelib"))):
            compileall.compile_dir(folder, quiet=2)


def pytest_xdist_auto_num_workers() -> int:
    """Two for each core: most of a test's time it waits for processes and clocks."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """The last line, where it matters most."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = [] if reporter is None else reporter.stats.get("skipped", [])
    without = [report for report in skipped if cli.MISSING in str(report.longrepr)]
    if without:
        reporter.write_line(f"{len(without)} tests that deploy were skipped: {cli.MISSING}")
