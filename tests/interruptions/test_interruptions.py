"""Never two, never lost, whatever interrupts a command, and in whichever call: a trial is in all of them at once.

`make guarantees` tries each interruption with each dialect, command and next command; here each comes once.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from sandbox.api.dialects import DialectName
from sandbox.api.testing import SandboxApi
from tests.interruptions.interruptions import Running
from tests.interruptions.moments import Verb
from tests.interruptions.trial import Next, run
from tests.kit.project import Project, active, base_config
from tests.kit.waiting import eventually

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


def test_a_plugin_whose_cli_was_killed_ends_by_itself(tmp_path: Path) -> None:
    """It still stops what it had started: nobody could save the id."""
    with SandboxApi(start_seconds=0, short_recordings="uploaded") as api:
        project = Project(tmp_path / "project")
        project.configure(base_config(api) | {"recordings": {"standup": {"meeting_id": "standup"}}})
        api.fault("delay", method="POST", path="*/recordings/track", seconds=2)
        with project.start(*project.words("up")) as cli:
            running = Running(cli, api)
            eventually(lambda: api.recordings("standup"), "the service has started it")
            running.find()
            running.signal(signal.SIGKILL)
            cli.communicate()
            eventually(lambda: not active(api), "the plugin has stopped it")
            assert running.wait_for_children(30) == []
