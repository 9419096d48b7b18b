"""Never two, never lost, whatever interrupts a command, and in whichever call: a trial is in all of them at once.

`make guarantees` tries each interruption with each dialect, command and next command; here each comes once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from sandbox.api.dialects import DialectName
from sandbox.api.testing import SandboxApi
from tests.interruptions.moments import Verb
from tests.interruptions.trial import Next, run
from tests.kit.project import PROJECT, STACK, Project, base_config

ATTRIBUTES: Final = Path(".pulumi", "stacks", PROJECT["name"], f"{STACK}.json.attrs")
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


def test_a_killed_cli_can_leave_the_attributes_of_a_state_empty(tmp_path: Path) -> None:
    """What the guide says of a backend in a folder, and why the sandbox's and the tests' have `metadata=skip`."""
    with SandboxApi(state=tmp_path / "service.json") as api:
        project = Project(tmp_path / "project")
        project.configure(base_config(api) | {"recordings": {"standup": {"meeting_id": "standup"}}})
        attributes = project.state / ATTRIBUTES
        plain = {"PULUMI_BACKEND_URL": project.state.as_uri()}
        assert project.deploy("up").code == 0
        assert not attributes.exists()

        assert project.deploy("refresh", **plain).code == 0
        attributes.write_bytes(b"")  # as between its creation and its content
        for words in (["cancel", "--yes", STACK], project.words("up")):
            broken = project.run(*words, **plain)
            assert broken.code != 0
            assert "failed to load checkpoint: EOF" in broken.text
        attributes.unlink()
        again = project.deploy("up", **plain)
        assert again.code == 0, again.text
        assert len(api.recordings()) == 1
