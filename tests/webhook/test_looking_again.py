"""After a `meeting.started` a second `up` follows: the first one may have come before the session was to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.kit.waiting import eventually
from tests.webhook.sender import ended, recorded, started

if TYPE_CHECKING:
    from tests.webhook.engine import RecordingEngine
    from tests.webhook.sender import Sender
    from tests.webhook.service import Service, Services

LONG = 3600


def verbs(engine: RecordingEngine) -> list[str]:
    return [call.verb for call in engine.calls()]


def later(service: Service) -> int:
    number: int = service.health()["later"]
    return number


class TestWhatIsRun:
    def test_once_and_the_second_look_is_the_last(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        service = services.start(look_again_seconds=LONG, counted=True)
        sender.send(service.url, started())
        engine.wait_for(1)
        service.wait_until_idle()
        assert later(service) == 1
        shown = service.command("jobs", "--wait", "20")
        assert (shown.returncode, "later  up   team:prod" in shown.stdout) == (0, True), "it is not waited for"
        services.let_time_pass(LONG)
        engine.wait_for(2)
        service.wait_until_idle()
        service.wait_for_looks(2)
        assert (verbs(engine), later(service)) == (["up", "up"], 0)
        assert "begun stack=team:prod run=up webhooks=0 attempt=1" in service.log()

    @pytest.mark.parametrize(
        ("settings", "body"),
        [
            ({"look_again_seconds": 0}, started()),
            ({"look_again_seconds": LONG}, recorded()),
            ({"look_again_seconds": LONG}, ended()),
            ({"look_again_seconds": LONG, "actions": {"meeting.ended": "up"}}, ended()),
            ({"look_again_seconds": LONG, "actions": {"meeting.started": "refresh"}}, started()),
        ],
    )
    def test_not_after_anything_else(
        self, services: Services, sender: Sender, engine: RecordingEngine, settings: dict[str, Any], body: bytes
    ) -> None:
        service = services.start(**settings)
        assert sender.send(service.url, body).status_code == 202
        engine.wait_for(1)
        assert later(service) == 0

    def test_a_burst_is_looked_at_once_more_after_its_last(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        service = services.start(look_again_seconds=LONG, counted=True)
        for meeting in ("standup", "retro", "standup"):
            services.let_time_pass(LONG - 600)
            sender.send(service.url, started(meeting))
            service.wait_until_idle()
        runs = len(engine.calls())
        services.let_time_pass(LONG - 600)
        service.wait_for_looks(2)
        assert (len(engine.calls()), later(service)) == (runs, 1)
        services.let_time_pass(600)
        engine.wait_for(runs + 1)
        service.wait_until_idle()
        assert (set(verbs(engine)), later(service)) == ({"up"}, 0)

    def test_of_different_stacks_each_by_itself(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        service = services.start(look_again_seconds=LONG)
        for meeting in ("standup", "board"):
            sender.send(service.url, started(meeting))
        engine.wait_for(2)
        service.wait_until_idle()
        assert later(service) == 2
        services.let_time_pass(LONG)
        assert sorted(call.stack for call in engine.wait_for(4)) == ["acme/board/eu-1"] * 2 + ["prod"] * 2

    def test_together_with_what_waits(self, services: Services, sender: Sender, engine: RecordingEngine) -> None:
        """Due while the first `up` still runs, and a refresh waits: the two are one `up`."""
        engine.hold()
        service = services.start(look_again_seconds=LONG)
        sender.send(service.url, started())
        engine.wait_for(1, ended=False)
        sender.send(service.url, recorded())
        services.let_time_pass(LONG)
        engine.open()
        engine.wait_for(2)
        service.wait_until_idle()
        assert (verbs(engine), later(service)) == (["up", "up"], 0)
        engine.assert_one_at_a_time()

    def test_not_beside_an_up_that_is_repeated_after_its_time(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        """That one looks late enough; and what has failed is not tried more often, or sooner, for the second look."""
        engine.fail(1)
        service = services.start(
            look_again_seconds=LONG, retry={"first_seconds": 2 * LONG, "longest_seconds": 2 * LONG}, counted=True
        )
        sender.send(service.url, started())
        eventually(lambda: service.health()["status"] == "failing", "it failed")
        services.let_time_pass(LONG)
        eventually(lambda: later(service) == 0, "the second look is due")
        service.wait_for_looks(2)
        assert verbs(engine) == ["up"]
        services.let_time_pass(LONG)
        engine.wait_for(2)
        service.wait_until_idle()
        assert verbs(engine) == ["up", "up"]

    def test_a_second_look_that_fails_is_repeated_as_anything_else(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        service = services.start(look_again_seconds=LONG)
        sender.send(service.url, started())
        engine.wait_for(1)
        service.wait_until_idle()
        engine.fail(2)
        services.let_time_pass(LONG)
        assert [call.code for call in engine.wait_for(4)] == [0, 255, 255, 0]


class TestNothingIsLost:
    @pytest.mark.parametrize("during_the_first", [True, False])
    def test_when_the_service_is_killed(
        self, services: Services, sender: Sender, engine: RecordingEngine, *, during_the_first: bool
    ) -> None:
        engine.hold()
        first = services.start(look_again_seconds=LONG)
        sender.send(first.url, started())
        engine.wait_for(1, ended=False)
        if not during_the_first:
            engine.open()
            first.wait_until_idle()
        first.kill()
        engine.open()
        second = services.start(look_again_seconds=LONG)
        second.wait_until_idle()
        runs = len(engine.calls())
        assert later(second) == 1
        services.let_time_pass(LONG)
        engine.wait_for(runs + 1)
        second.wait_until_idle()
        assert (set(verbs(engine)), later(second)) == ({"up"}, 0)

    def test_and_a_repeated_webhook_is_not_looked_for_again(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        service = services.start(look_again_seconds=LONG)
        body = started()
        sender.send(service.url, body, "u-1")
        services.let_time_pass(LONG)
        service.wait_until_idle()
        eventually(lambda: later(service) == 0, "the second look is due")
        service.wait_until_idle()
        assert sender.send(service.url, body, "u-1").status_code == 200
        assert later(service) == 0
