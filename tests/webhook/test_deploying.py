"""The example's own program, deployed by the service with the Pulumi CLI."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.api.testing import SandboxApi
from sandbox.cli import backend_url
from tests.kit.waiting import eventually
from tests.webhook.sender import ended, started
from tests.webhook.service import EXAMPLE, Service, Services, environment

pytestmark = pytest.mark.timeout(240)

LONG = 3600


@pytest.fixture
def api() -> Iterator[SandboxApi]:
    """On which a recording is RECORDING at once."""
    with SandboxApi("live", start_seconds=0, upload_seconds=0, short_recordings="uploaded") as api:
        yield api


class Deployed:
    """A copy of the example, whose stack `try` declares the recording of the meeting `standup`."""

    def __init__(self, folder: Path, pulumi: str, api: SandboxApi) -> None:
        self._pulumi = pulumi
        (folder / "state").mkdir()
        self.project = folder / "example"
        self.project.mkdir()
        for name in ("Pulumi.yaml", "__main__.py"):
            shutil.copy(EXAMPLE / name, self.project)
        self.environment = environment(
            PULUMI_BACKEND_URL=backend_url(folder / "state"),
            PULUMI_CONFIG_PASSPHRASE="correct horse",
            PULUMI_HOME=str(folder / "home"),
            PULUMI_SKIP_UPDATE_CHECK="true",
            PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            CLOUDFLARE_BASE_URL=api.base_url,
            CLOUDFLARE_API_TOKEN="sandbox-token",
            CLOUDFLARE_ACCOUNT_ID="023e105f4ecef8ad9ca31a8372d0c353",
            REALTIMEKIT_APP_ID="2a95132c15732412d22c1476fa83f27a",
        )
        self.run("stack", "init")
        self.run("config", "set", "--path", "realtimekit:recordings.standup.meeting_id", "standup")

    def run(self, *words: str) -> str:
        command = [self._pulumi, *words, "--stack", "try", "--non-interactive"]
        return subprocess.check_output(command, cwd=self.project, env=self.environment, text=True, timeout=60)

    def status(self) -> str:
        """What the stack's output says of the recording."""
        return self.run("stack", "output", "standup").strip()

    def serve(self, services: Services, **settings: Any) -> Service:
        stack = {"project": str(self.project), "stack": "try"}
        return services.start(self.environment, command=self._pulumi, meetings={"standup": stack}, **settings)


@pytest.fixture
def deployed(tmp_path: Path, pulumi_cli: str, api: SandboxApi) -> Deployed:
    return Deployed(tmp_path, pulumi_cli, api)


def test_the_life_of_a_meeting(services: Services, api: SandboxApi, deployed: Deployed) -> None:
    """Its first webhook comes before the API knows the session as live: the second look starts the recording."""
    api.meeting("standup", live=False)
    service = deployed.serve(services, look_again_seconds=LONG)
    service.send(started("standup"))
    service.wait_for_health(later=1)
    assert deployed.status() == "PENDING"
    api.meeting("standup", live=True)
    services.let_time_pass(LONG)
    service.wait_for_health()
    assert deployed.status() == "RECORDING"
    api.meeting("standup", live=False)
    service.send(ended("standup"))
    service.wait_for_health()
    assert deployed.status() == "UPLOADED"
    assert [recording["active"] for recording in api.recordings()] == [False]
    assert "sandbox-token" not in service.log()


@pytest.mark.parametrize("killed", [True, False], ids=["SIGKILL", "SIGTERM"])
def test_ended_while_it_deploys_it_starts_one_recording(
    services: Services, api: SandboxApi, deployed: Deployed, *, killed: bool
) -> None:
    """Killed, the CLI goes on alone; interrupted, it saves what it began. The next service finds either."""
    api.meeting("standup", live=True)
    api.fault("delay", method="POST", path="*/recordings/track", seconds=2)
    first = deployed.serve(services, shutdown_seconds=0)
    first.send(started("standup"))
    eventually(api.recordings, "the start has reached the API, and is not answered yet")
    if killed:
        first.kill()
    else:
        assert first.terminate() == 0
    assert "done" not in first.log()
    deployed.serve(services).wait_for_health()
    assert [recording["active"] for recording in api.recordings()] == [True]
    assert deployed.status() == "RECORDING"
