"""What a run says of tests that it could not run, on a machine without a Pulumi CLI."""

import os
import subprocess
import sys
from pathlib import Path

from tests.kit.cli import MISSING, ROOT, clean_environment

DEPLOYING = "tests/lifecycle/test_configuration.py::test_layers_whose_changes_are_ignored"


def run_without_a_cli(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in clean_environment().items() if name != "CI" and "PYTEST" not in name}
    path = [entry for entry in os.environ["PATH"].split(os.pathsep) if not Path(entry, "pulumi").exists()]
    without = {"PATH": os.pathsep.join(path), "XDG_CACHE_HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", DEPLOYING],
        cwd=ROOT,
        env={**inherited, **without, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_what_deploys_is_skipped_and_the_last_line_says_so_but_under_ci_that_is_a_failure(tmp_path: Path) -> None:
    ended = run_without_a_cli(tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1] == f"1 tests that deploy were skipped: {MISSING}"
    ended = run_without_a_cli(tmp_path, CI="true")
    assert (ended.returncode, "skipped" in ended.stdout) == (4, False)
    assert f"under CI every test is run: {MISSING}" in ended.stderr
