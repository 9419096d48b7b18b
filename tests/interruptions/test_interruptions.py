"""Never two, never lost, whatever interrupts a command, and in whichever call: a trial is in all of them at once.

`make guarantees` tries each interruption with each dialect, command and next command; here each comes once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.api.dialects import DialectName
from tests.interruptions.moments import Verb
from tests.interruptions.trial import Next, run

TRIALS: list[tuple[str, DialectName, Verb, Next, int | None]] = [
    ("one interrupt", "live", "up", "up", 1),
    ("two interrupts", "documented", "up", "destroy", 1),
    ("two interrupts", "live", "destroy", "up", 1),
    ("CLI killed", "reference", "up", "up", None),
    ("CLI killed", "live", "destroy", "destroy", None),
    ("program killed", "live", "up", "up", 255),
    ("plugin killed", "documented", "up", "up", 1),
    ("service killed, back later", "reference", "up", "destroy", 1),
    ("service killed, back at once", "live", "up", "up", 0),
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("interruption", "dialect", "verb", "following", "code"), TRIALS)
def test_never_two_never_lost(
    tmp_path: Path, interruption: str, dialect: DialectName, verb: Verb, following: Next, code: int | None
) -> None:
    trial = run(tmp_path, dialect, verb, interruption, following)
    broken = [outcome for outcome in trial.outcomes if not outcome.kept]
    assert not broken, f"{broken}\n{trial.output}\n--- next\n{trial.next_output}"
    if following == "up":
        assert all(outcome.agree for outcome in trial.outcomes), trial.next_output
    assert trial.beside, "what was not to be touched"
    assert trial.next_code == 0, trial.next_output
    assert trial.code == code, trial.output
