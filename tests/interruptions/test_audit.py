"""What runs and cannot be saved, since CLI and plugin are killed in the middle of its start: `audit` shows it."""

from __future__ import annotations

import signal
from pathlib import Path

from sandbox.api.testing import SandboxApi
from tests.interruptions.interruptions import Running
from tests.kit.audit import shown_by_audit
from tests.kit.project import STACK, Project, base_config
from tests.kit.waiting import eventually


def test_a_start_whose_id_nobody_can_save_is_shown(tmp_path: Path) -> None:
    """It is in an app that only the operation names, and it is shown once the stack is destroyed, too."""
    with SandboxApi(start_seconds=0) as api:
        project = Project(tmp_path / "project")
        recordings = {"standup": {"meeting_id": "standup"}}
        project.configure(base_config(api) | {"recordings": recordings})
        assert project.deploy("up").code == 0
        recordings["retro"] = {"meeting_id": "retro", "app_id": "app-eu"}
        project.configure(base_config(api) | {"recordings": recordings})
        kill_in_the_middle_of_its_start(project, api)
        (lost,) = [one["id"] for one in api.recordings("retro") if one["active"]]
        assert project.run("cancel", "--yes", STACK).code == 0
        assert shown_by_audit(project, api) == {lost}
        assert project.deploy("destroy").code == 0
        assert shown_by_audit(project, api) == {lost}


def kill_in_the_middle_of_its_start(project: Project, api: SandboxApi) -> None:
    """The service has acted by then, and its answer is still to come."""
    api.fault("delay", method="POST", path="*/kit/app-eu/recordings/track", seconds=3)
    with project.start(*project.words("up")) as cli:
        running = Running(cli, api)
        eventually(lambda: api.recordings("retro"), "the service has started it")
        running.find()
        running.signal(signal.SIGKILL)
        running.kill("plugin")
        cli.communicate()
        running.wait_for_children(30)
