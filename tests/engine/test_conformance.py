"""The sandbox engine against recordings of the real one, scenario by scenario.

The recordings and the program that compares are in `tests/conformance`, unchanged. Where a Pulumi CLI is on PATH it is
held against them too: a version that behaves otherwise shows here.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.engines import ENGINES, ROOT, Engine, clean_environment

KIT = ROOT / "tests" / "conformance"
SCENARIOS = sorted(path.stem for path in (KIT / "scenarios").glob("*.py"))


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("engine", ENGINES)
def test_does_what_the_real_engine_did(engine: Engine, scenario: str) -> None:
    command = " ".join(engine.command)
    compared = subprocess.run(
        [
            sys.executable,
            "-B",
            KIT / "conformance.py",
            "compare",
            scenario,
            "--engine",
            command,
            "--python",
            sys.executable,
        ],
        cwd=ROOT,
        env=clean_environment(),
        text=True,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert compared.returncode == 0, compared.stdout + compared.stderr


def test_every_recording_is_compared() -> None:
    recorded = {path.stem for path in Path(KIT / "expected").glob("*.json")}
    assert recorded == set(SCENARIOS)
