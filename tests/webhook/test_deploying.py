"""The example's own program, deployed by the service with the Pulumi CLI."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.api.testing import SandboxApi
from tests.kit.waiting import eventually
from tests.webhook.sender import ended, started
from tests.webhook.service import EXAMPLE, Service, Services, environment

pytestmark = pytest.mark.timeout(120)

LONG = 3600


@pytest.fixture
def api() -> Iterator[SandboxApi]:
    """On which a recording is RECORDING at once."""
    api = SandboxApi("live", start_seconds=0, upload_seconds=0, short_recordings="uploaded")
    api.start()
    yield api
    api.stop()


class Deployed:
    """A copy of the example, whose stack `try` declares the recording of the meeting `standup`."""

    def __init__(self, folder: Path, pulumi: str, api: SandboxApi) -> None:
        self._pulumi = pulumi
        self.state = folder / "state"
        self.state.mkdir()
        self.project = folder / "example"
        self.project.mkdir()
        for name in ("Pulumi.yaml", "__main__.py"):
            shutil.copy(EXAMPLE / name, self.project)
        self.environment = environment(
            PULUMI_BACKEND_URL=self.state.as_uri(),
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
        ended = subprocess.run(
            [self._pulumi, *words, "--stack", "try", "--non-interactive"],
            cwd=self.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def outputs(self) -> dict[str, Any]:
        outputs: dict[str, Any] = json.loads(self.run("stack", "output", "--json"))
        return outputs

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
    assert deployed.outputs() == {"standup": "PENDING"}
    api.meeting("standup", live=True)
    services.let_time_pass(LONG)
    service.wait_for_health()
    assert deployed.outputs() == {"standup": "RECORDING"}
    api.meeting("standup", live=False)
    service.send(ended("standup"))
    service.wait_for_health()
    assert deployed.outputs() == {"standup": "UPLOADED"}
    assert [recording["active"] for recording in api.recordings()] == [False]
    assert "sandbox-token" not in service.log()


@pytest.mark.parametrize("killed", [True, False], ids=["SIGKILL", "SIGTERM"])
def test_ended_while_it_deploys_it_starts_one_recording(
    services: Services, api: SandboxApi, deployed: Deployed, *, killed: bool
) -> None:
    """Killed, the CLI goes on alone; interrupted, it saves what it began. The next service finds either."""
    api.meeting("standup", live=True)
    api.fault("delay", method="POST", path="*/recordings/track", seconds=3)
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
    assert deployed.outputs() == {"standup": "RECORDING"}


def test_a_stack_that_somebody_else_deploys_is_waited_for(
    services: Services, api: SandboxApi, deployed: Deployed
) -> None:
    lock = deployed.state / ".pulumi" / "locks" / "organization" / "webhook" / "try" / f"{uuid.uuid4()}.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text('{"pid": 7, "username": "a", "hostname": "b", "timestamp": "2026-01-01T00:00:00Z"}')
    service = deployed.serve(services)
    service.send(started("standup"))
    service.wait_for_log("the stack is currently locked")
    assert not api.recordings()
    lock.unlink()
    service.wait_for_health()
    assert [recording["active"] for recording in api.recordings()] == [True]
