"""The example's own program, deployed by the service with each engine there is."""

from __future__ import annotations

import os
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit.engines import ENGINES, ROOT, Engine

from tests.examples.copies import STACK, Example, account_of
from tests.kit.plugin import api, new_api
from tests.kit.waiting import eventually
from tests.webhook.sender import started
from tests.webhook.service import EXAMPLE

if TYPE_CHECKING:
    from sandbox.api.testing import SandboxApi
    from tests.webhook.sender import Sender
    from tests.webhook.service import Service, Services

__all__ = ["api", "new_api"]

LONG = 3600


@pytest.fixture(params=ENGINES)
def example(tmp_path: Path, api: SandboxApi, request: pytest.FixtureRequest) -> Example:
    """It declares the recording of the meeting `standup`, and is not deployed yet."""
    engine: Engine = request.param
    (tmp_path / "copy").mkdir()
    copied = Example(tmp_path / "copy", "webhook", engine, api.port)
    copied.env |= {
        **account_of(api.base_url),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([str(EXAMPLE), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    copied.run("config", "set", "--stack", STACK, "--path", "realtimekit:recordings.standup.meeting_id", "standup")
    return copied


def serve(services: Services, example: Example, **settings: Any) -> Service:
    stack = {"project": str(example.folder), "stack": STACK}
    return services.start(example.env, command=list(example.engine.command), meetings={"standup": stack}, **settings)


@pytest.mark.parametrize("recorded_before", [False, True], ids=["PENDING", "recorded in the last session"])
def test_a_session_that_is_seen_only_after_its_webhook_is_recorded(
    services: Services, sender: Sender, api: SandboxApi, example: Example, *, recorded_before: bool
) -> None:
    """The first `up` starts nothing, and succeeds."""
    api.meeting("standup", live=recorded_before)
    example.up()
    api.meeting("standup", live=False)
    before = [recording["id"] for recording in api.recordings()]
    assert len(before) == int(recorded_before)

    service = serve(services, example, look_again_seconds=LONG)
    assert sender.send(service.url, started("standup")).status_code == 202
    eventually(lambda: service.log().count("done stack=") == 1, "the first up has succeeded")
    assert [recording["id"] for recording in api.recordings()] == before
    api.meeting("standup", live=True)
    services.let_time_pass(LONG)
    eventually(lambda: service.log().count("done stack=") == 2, "the second up has succeeded")
    assert [recording["active"] for recording in api.recordings()] == [False] * len(before) + [True]


def test_a_stack_that_somebody_else_deploys_is_waited_for(
    services: Services, sender: Sender, api: SandboxApi, example: Example
) -> None:
    state = Path(example.env["PULUMI_BACKEND_URL"].removeprefix("file://"))
    lock = state / ".pulumi" / "locks" / "organization" / "webhook" / STACK / f"{uuid.uuid4()}.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text('{"pid": 7, "username": "a", "hostname": "b", "timestamp": "2026-01-01T00:00:00Z"}')

    service = serve(services, example, retry={"attempts": 1, "locked_seconds": 0.1})
    assert sender.send(service.url, started("standup")).status_code == 202
    eventually(lambda: service.log().count("locked stack=") >= 2, "it has been tried twice")
    assert not api.recordings()
    lock.unlink()
    eventually(lambda: "done stack=" in service.log(), "it is deployed")
    assert [recording["active"] for recording in api.recordings()] == [True]
