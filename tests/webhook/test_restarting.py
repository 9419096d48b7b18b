"""Nothing is lost, and nothing runs twice at once, whatever ends the service and however many there are."""

import os
import random
import signal
import threading
import time
from contextlib import suppress

import httpx
import pytest

from tests.webhook.fake_pulumi import FakePulumi
from tests.webhook.sender import ended, recorded, started
from tests.webhook.service import Services

pytestmark = pytest.mark.timeout(120)

LONG = 3600


class TestKilled:
    def test_between_the_answer_and_the_run(self, services: Services, pulumi: FakePulumi) -> None:
        first = services.start(settle_seconds=LONG, look_again_seconds=2 * LONG)
        body = started("standup")
        assert first.send(body, "u-1").status_code == 202
        assert first.send(ended("board")).status_code == 202
        first.kill()
        assert pulumi.calls() == []
        services.let_time_pass(LONG)
        second = services.start()
        assert [second.send(body, uuid).status_code for uuid in ("u-1", "u-2")] == [200, 200]
        second.wait_for_health(later=1)
        runs = sorted((call.project, call.arguments[0]) for call in pulumi.calls())
        assert runs == [("board", "refresh"), ("team", "up")]

    def test_during_a_run_which_goes_on_and_is_waited_for(self, services: Services, pulumi: FakePulumi) -> None:
        """The engine's own lock keeps the next service out."""
        pulumi.print("a line that would end the engine if its output were a broken pipe")
        pulumi.hold()
        first = services.start()
        first.send(started("standup"))
        pulumi.wait_for_begun(1)
        first.send(recorded("standup"))
        first.kill()
        second = services.start()
        second.wait_for_log("the stack is currently locked")
        pulumi.release()
        second.wait_for_health()
        assert [(call.code, call.interrupts) for call in pulumi.calls()] == [(0, 0), (0, 0)]
        assert pulumi.verbs() == ["up", "up"], "the unfinished up and the refresh are one up"
        pulumi.assert_one_at_a_time()

    def test_together_with_its_run(self, services: Services, pulumi: FakePulumi) -> None:
        pulumi.hold()
        first = services.start()
        first.send(started())
        (call,) = pulumi.wait_for_begun(1)
        first.kill()
        os.kill(call.pid, signal.SIGKILL)
        pulumi.release()
        second = services.start()
        second.wait_for_log("the stack is currently locked")
        pulumi.cancel()
        assert [call.code for call in pulumi.wait_for_ended(1)] == [None, 0]

    def test_at_any_moment_and_no_accepted_webhook_is_lost(self, services: Services, pulumi: FakePulumi) -> None:
        """A run that began after the webhook was sent has to follow."""
        chance = random.Random(8)
        sent: list[tuple[float, str]] = []
        for _ in range(3):
            service = services.start()
            assert service.url
            threading.Timer(chance.uniform(0.1, 1.2), service.process.kill).start()
            while service.process.poll() is None:
                moment, meeting = time.monotonic(), chance.choice(["standup", "board", "another"])
                with suppress(httpx.TransportError, AssertionError):
                    assert service.send(started(meeting)).is_success
                    sent.append((moment, meeting))
        services.start().wait_for_health()
        pulumi.assert_one_at_a_time()
        projects = {"standup": "team", "board": "board", "another": "others"}
        for moment, meeting in sent:
            runs = [call for call in pulumi.calls() if call.project == projects[meeting]]
            assert any(call.code == 0 and call.begin > moment for call in runs), f"{meeting} at {moment} is lost"


class TestTerminated:
    def test_the_run_is_waited_for(self, services: Services, pulumi: FakePulumi) -> None:
        pulumi.hold()
        service = services.start()
        service.send(started())
        (call,) = pulumi.wait_for_begun(1)
        assert os.getsid(call.pid) != os.getsid(service.process.pid), "Ctrl-C on the terminal would reach it"
        service.send(recorded())
        for number in (signal.SIGINT, signal.SIGTERM):  # impatience is no second interrupt
            service.process.send_signal(number)
            service.wait_for_log("waiting stack=team:prod")
        with pytest.raises(httpx.TransportError):
            service.send(started())
        pulumi.release()
        assert service.process.wait(timeout=30) == 0
        (call,) = pulumi.calls()
        assert (call.code, call.interrupts) == (0, 0)
        services.start().wait_for_health()
        assert pulumi.verbs() == ["up", "refresh"]

    def test_a_run_that_takes_too_long_is_interrupted_and_runs_again_at_the_next_start(
        self, services: Services, pulumi: FakePulumi
    ) -> None:
        pulumi.hold()
        service = services.start(shutdown_seconds=0.3, retry_seconds=LONG, longest_retry_seconds=LONG)
        service.send(started())
        pulumi.wait_for_begun(1)
        assert service.terminate() == 0
        assert [(call.code, call.interrupts) for call in pulumi.calls()] == [(1, 1)]
        pulumi.release()
        services.start().wait_for_health()
        assert [call.code for call in pulumi.calls()] == [1, 0]


class TestTwoOnOneStore:
    def test_no_stack_is_run_by_both_at_once_and_no_webhook_counts_twice(
        self, services: Services, pulumi: FakePulumi
    ) -> None:
        both = [services.start(), services.start()]  # at once: each may be the first to make the store
        for number in range(20):
            body = started(("standup", "board")[number % 2])
            assert [service.send(body).status_code for service in both] == [202, 200]
            both.reverse()
        for service in both:
            service.wait_for_health()
        assert not any("locked" in service.log() for service in both), "not even the engine's lock was needed"
        pulumi.assert_one_at_a_time()
