"""A deployment of somebody else's is waited for: that the stack is locked is no failure of the run."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.kit.waiting import eventually
from tests.webhook.sender import started

if TYPE_CHECKING:
    from tests.webhook.engine import RecordingEngine
    from tests.webhook.sender import Sender
    from tests.webhook.service import Services

FILES = """error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the
lock file with `pulumi cancel`.
  file:///state/.pulumi/locks/organization/team/prod/1.json: created by a@b (pid 7) at 2026-01-01T00:00:00Z"""
CLOUD = """error: [409] Conflict: Another update is currently in progress.
To learn more about possible reasons and resolution, visit https://www.pulumi.com/docs/troubleshooting/#conflict"""


@pytest.mark.parametrize("says", [FILES, CLOUD], ids=["a backend of files", "Pulumi Cloud"])
def test_however_long_it_takes(services: Services, sender: Sender, engine: RecordingEngine, says: str) -> None:
    engine.fail(6, says)
    service = services.start(retry={"first_seconds": 3600, "attempts": 2, "locked_seconds": 0.1})
    sender.send(service.url, started())
    calls = engine.wait_for(7)
    assert [call.code for call in calls] == [255] * 6 + [0]
    assert all(after.begin - (before.end or 0) >= 0.1 for before, after in pairwise(calls))
    service.wait_until_idle()
    assert service.health()["status"] == "ok"
    assert service.log().count("webhooks=1 attempt=1") == 7
    assert "locked stack=team:prod run=up: somebody else has it, again in seconds=0.1" in service.log()


def test_everybody_can_see_it_and_other_failures_count_as_ever(
    services: Services, sender: Sender, engine: RecordingEngine
) -> None:
    engine.fail(1)
    engine.fail(1, FILES)
    engine.fail(1)
    service = services.start(retry={"first_seconds": 0.1, "attempts": 2, "locked_seconds": 3600})
    sender.send(service.url, started())
    eventually(lambda: "locked stack=" in service.log(), "it was locked")
    assert service.health() == {"status": "failing", "waiting": 1, "later": 0, "running": 0, "given_up": 0}
    assert "error: the stack is currently locked by 1 lock(s)" in service.command("jobs").stdout
    services.let_time_pass(3600)
    eventually(lambda: service.health()["given_up"] == 1, "it is given up")
    assert len(engine.calls()) == 3
    assert "given up after attempt=2" in service.log()


def test_a_new_webhook_does_not_wait_with_it(services: Services, sender: Sender, engine: RecordingEngine) -> None:
    engine.fail(1, FILES)
    service = services.start(retry={"locked_seconds": 3600})
    sender.send(service.url, started("standup"))
    eventually(lambda: "locked stack=" in service.log(), "it was locked")
    sender.send(service.url, started("retro"))
    assert [call.code for call in engine.wait_for(2)] == [255, 0]
