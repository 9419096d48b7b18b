"""Never two, never lost, whatever interrupts a command, and in whichever call: a trial is in all of them at once.

`make guarantees` tries each interruption with each dialect, command and next command; here each comes once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.api.dialects import DialectName
from tests.interruptions.moments import Verb
from tests.interruptions.trial import Next, run

TRIALS: list[tuple[str, DialectName, Verb, Next]] = [
    ("one interrupt", "live", "up", "up"),
    ("two interrupts", "documented", "up", "destroy"),
    ("two interrupts", "live", "destroy", "up"),
    ("CLI killed", "reference", "up", "up"),
    ("CLI killed", "live", "destroy", "destroy"),
    ("program killed", "live", "up", "up"),
    ("plugin killed", "documented", "up", "up"),
    ("service killed, back later", "reference", "up", "destroy"),
    ("service killed, back at once", "live", "up", "up"),
]


@pytest.mark.parametrize(("interruption", "dialect", "verb", "following"), TRIALS)
def test_never_two_never_lost(
    tmp_path: Path, interruption: str, dialect: DialectName, verb: Verb, following: Next
) -> None:
    trial = run(tmp_path, dialect, verb, interruption, following)
    broken = [outcome for outcome in trial.outcomes if not outcome.kept]
    assert not broken, f"{broken}\n{trial.output}\n--- next\n{trial.next_output}"
    if following == "up":
        assert all(outcome.agree for outcome in trial.outcomes), trial.next_output
    assert trial.beside, "what was not to be touched"
    assert trial.next_code == 0, trial.next_output
    if interruption != "service killed, back at once":
        assert trial.code != 0, trial.output
