"""Never two, never lost, whatever interrupts a command, and in whichever call: a trial is in all of them at once.

`make guarantees` tries each interruption with each dialect and each next command; here each comes once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.api.dialects import DialectName
from tests.interruptions.moments import Verb
from tests.interruptions.trial import Next, Trial, run
from tests.kit.engines import ENGINES, SANDBOX, Engine

UP: list[tuple[str, DialectName, Next]] = [
    ("one interrupt", "live", "up"),
    ("two interrupts", "documented", "destroy"),
    ("SIGTERM", "reference", "up"),
    ("engine killed", "reference", "destroy"),
    ("engine killed", "documented", "up"),
    ("program killed", "live", "up"),
    ("plugin killed", "documented", "up"),
    ("service killed, back later", "reference", "up"),
    ("service killed, back at once", "live", "destroy"),
]
DESTROY: list[tuple[str, DialectName, Next]] = [
    ("two interrupts", "live", "up"),
    ("engine killed", "live", "destroy"),
    ("plugin killed", "reference", "destroy"),
    ("service killed, back later", "documented", "destroy"),
]
REAL: list[tuple[str, Next]] = [("two interrupts", "up"), ("engine killed", "up"), ("engine killed", "destroy")]


def held(trial: Trial) -> None:
    broken = [outcome for outcome in trial.outcomes if not outcome.kept]
    assert not broken, f"{broken}\n{trial.output}\n--- next\n{trial.next_output}"
    if trial.following == "up":
        assert all(outcome.agree for outcome in trial.outcomes), trial.next_output
    assert trial.beside, "what was not to be touched"
    assert trial.next_code == 0, trial.next_output


@pytest.mark.parametrize(("interruption", "dialect", "following"), UP)
def test_up(tmp_path: Path, interruption: str, dialect: DialectName, following: Next) -> None:
    trial = run(tmp_path, SANDBOX, dialect, "up", interruption, following)
    held(trial)
    if interruption != "engine killed":
        assert trial.code == (0 if interruption == "service killed, back at once" else 1), trial.output


@pytest.mark.parametrize(("interruption", "dialect", "following"), DESTROY)
def test_destroy(tmp_path: Path, interruption: str, dialect: DialectName, following: Next) -> None:
    held(run(tmp_path, SANDBOX, dialect, "destroy", interruption, following))


@pytest.mark.parametrize("engine", ENGINES[1:])
@pytest.mark.parametrize(("interruption", "following"), REAL)
def test_the_cli(tmp_path: Path, engine: Engine, interruption: str, following: Next) -> None:
    verb: Verb = "up"
    held(run(tmp_path, engine, "live", verb, interruption, following))
