"""The sandbox engine against recordings of the real one, scenario by scenario.

`tests/conformance` has the recordings that everything began with, and the program that compares; `recordings`, beside
this file, has more, made with the same program. Where a Pulumi CLI is on PATH it is held against them too: a version
that behaves otherwise shows here.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.engines import ENGINES, ROOT, Engine, clean_environment

FIRST = ROOT / "tests" / "conformance"
KITS = (FIRST, Path(__file__).parent / "recordings")
SCENARIOS = [
    pytest.param(kit, path.stem, id=path.stem) for kit in KITS for path in sorted((kit / "scenarios").glob("*.py"))
]


@pytest.mark.parametrize(("kit", "scenario"), SCENARIOS)
@pytest.mark.parametrize("engine", ENGINES)
def test_does_what_the_real_engine_did(engine: Engine, kit: Path, scenario: str) -> None:
    words = [
        "compare",
        scenario,
        "--engine",
        " ".join(engine.command),
        "--python",
        sys.executable,
        "--kit",
        str(kit),
    ]
    compared = subprocess.run(
        [sys.executable, "-B", str(FIRST / "conformance.py"), *words],
        cwd=ROOT,
        env=clean_environment(),
        text=True,
        capture_output=True,
        timeout=600,
        check=False,
    )
    assert compared.returncode == 0, compared.stdout + compared.stderr


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.name)
def test_every_recording_is_compared(kit: Path) -> None:
    recorded = {path.stem for path in (kit / "expected").glob("*.json")}
    assert recorded == {path.stem for path in (kit / "scenarios").glob("*.py")}
