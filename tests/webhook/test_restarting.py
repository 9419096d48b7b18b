"""Nothing is lost, and nothing runs twice at once, whatever ends the service and however many there are."""

import os
import random
import signal
import threading
import time

import httpx
import pytest

from tests.kit.waiting import eventually
from tests.webhook.fake_pulumi import FakePulumi
from tests.webhook.sender import ended, recorded, started
from tests.webhook.service import Service, Services

pytestmark = pytest.mark.timeout(60)

LONG = 3600


class TestKilled:
    def test_between_the_answer_and_the_run(self, services: Services, pulumi: FakePulumi) -> None:
        first = services.start(settle_seconds=LONG, look_again_seconds=2 * LONG)
        assert first.send(started("standup")).status_code == 202
        assert first.send(ended("board")).status_code == 202
        first.kill()
        assert pulumi.calls() == []
        services.let_time_pass(LONG)
        services.start().wait_for_health(later=1)
        assert sorted((call.verb, call.project) for call in pulumi.calls()) == [("refresh", "board"), ("up", "team")]

    def test_during_a_run_which_goes_on_and_is_waited_for(self, services: Services, pulumi: FakePulumi) -> None:
        """The engine's own lock keeps the next service out."""
        pulumi.print("a line that would end the engine if its output were a broken pipe")
        pulumi.hold()
        first = services.start()
        first.send(started("standup"))
        (orphan,) = pulumi.wait_for_begun(1)
        first.send(recorded("standup"))
        first.kill()
        second = services.start()
        second.wait_for_log("the stack is currently locked")
        pulumi.release()
        second.wait_for_health()
        first_call, *others = pulumi.calls()
        assert (first_call.pid, first_call.code, first_call.interrupts) == (orphan.pid, 0, 0)
        assert [call.verb for call in others] == ["up"], "the unfinished up and the refresh are one up"
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

    def test_by_the_same_job_again_and_again(self, services: Services, pulumi: FakePulumi) -> None:
        """A run that takes all memory is repeated less and less often, too."""
        pulumi.hold()
        service = services.start(retry_seconds=LONG, longest_retry_seconds=LONG)
        service.send(started("standup"))
        (call,) = pulumi.wait_for_begun(1)
        service.kill()
        os.kill(call.pid, signal.SIGKILL)
        pulumi.cancel()
        pulumi.release()
        second = services.start()
        second.send(started("board"))
        second.wait_for_health(running=1)
        assert [call.project for call in pulumi.calls()] == ["team", "board"]
        services.let_time_pass(LONG)
        second.wait_for_health()
        assert [call.project for call in pulumi.calls()] == ["team", "board", "team"]

    def test_at_any_moment_and_no_accepted_webhook_is_lost(self, services: Services, pulumi: FakePulumi) -> None:
        """Each webhook is sent until it is accepted, as RealtimeKit does: a run that began after that has to follow."""
        chance = random.Random(8)
        current = [services.start()]
        sent: list[tuple[float, str]] = []
        done = threading.Event()

        def deliver() -> None:
            while not done.is_set():
                meeting = chance.choice(["standup", "board", "another"])
                body, moment = started(meeting), time.monotonic()
                while not accepted(current[0], body):
                    time.sleep(0.02)
                sent.append((moment, meeting))

        sending = threading.Thread(target=deliver, daemon=True)
        sending.start()
        for _ in range(3):
            enough = len(sent) + chance.randint(5, 40)
            eventually(lambda enough=enough: len(sent) >= enough, "webhooks are accepted")  # type: ignore[misc]
            current[0].kill()
            current[0] = services.start()
        done.set()
        sending.join(timeout=30)
        current[0].wait_for_health()
        pulumi.assert_one_at_a_time()
        projects = {"standup": "team", "board": "board", "another": "others"}
        for moment, meeting in sent:
            runs = [call for call in pulumi.calls() if call.project == projects[meeting]]
            assert any(call.code == 0 and call.begin > moment for call in runs), f"{meeting} at {moment} is lost"


def accepted(service: Service, body: bytes) -> bool:
    """Whether it was; each call sends it under a new uuid."""
    try:
        return service.send(body).is_success
    except (httpx.TransportError, AssertionError):
        return False


class TestTerminated:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_the_run_is_waited_for(self, services: Services, pulumi: FakePulumi, number: signal.Signals) -> None:
        pulumi.hold()
        service = services.start()
        service.send(started())
        (call,) = pulumi.wait_for_begun(1)
        assert os.getsid(call.pid) != os.getsid(service.process.pid), "Ctrl-C on the terminal would reach it"
        service.send(recorded())
        for _ in range(2):  # impatience is no second interrupt
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

    def test_idle_it_ends_at_once(self, services: Services) -> None:
        service = services.start(shutdown_seconds=LONG)
        assert service.url
        assert service.terminate() == 0
        assert "Traceback" not in service.log()


class TestTwoOnOneStore:
    def test_no_stack_is_run_by_both_at_once_and_no_webhook_counts_twice(
        self, services: Services, pulumi: FakePulumi
    ) -> None:
        both = [services.start(), services.start()]
        for number in range(20):
            body = started(("standup", "board")[number % 2])
            assert [service.send(body).status_code for service in both] == [202, 200]
            both.reverse()
        for service in both:
            service.wait_for_health()
        assert not pulumi.entries("locked"), "not even the engine's lock was needed"
        pulumi.assert_one_at_a_time()

    def test_each_may_be_the_first_to_make_the_store(self, services: Services) -> None:
        for service in [services.start() for _ in range(4)]:
            service.wait_for_health()
