"""Nothing is lost and nothing runs twice at once, whatever ends the service, and however many there are."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
import uuid
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.kit.waiting import eventually
from tests.webhook.sender import ended, recorded, started

if TYPE_CHECKING:
    from tests.webhook.engine import RecordingEngine
    from tests.webhook.sender import Sender
    from tests.webhook.service import Service, Services


class TestKilled:
    def test_between_the_answer_and_the_run(self, services: Services, sender: Sender, engine: RecordingEngine) -> None:
        first = services.start(settle_seconds=3600)
        assert sender.send(first.url, started("standup")).status_code == 202
        assert sender.send(first.url, ended("board")).status_code == 202
        first.kill()
        assert engine.calls() == []
        services.let_time_pass(3600)
        services.start()
        calls = engine.wait_for(2)
        assert sorted((call.verb, call.stack) for call in calls) == [("refresh", "acme/board/eu-1"), ("up", "prod")]

    def test_while_others_wait_for_their_turn(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.hold()
        first = services.start(at_once=1)
        sender.send(first.url, started("standup"))
        engine.wait_for(1, ended=False)
        sender.send(first.url, recorded("standup"))
        sender.send(first.url, started("board"))
        first.kill()
        second = services.start(at_once=1)
        engine.wait_for(1, ended=False, stack="acme/board/eu-1")
        engine.open()
        second.wait_until_idle()
        team = [call.verb for call in engine.calls() if call.stack == "prod"]
        assert team == ["up", "up"], "the interrupted up and the refresh that waited are one up"
        engine.assert_one_at_a_time()

    def test_during_a_run_which_ends_by_itself_and_is_waited_for(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.say("a line that a broken pipe would end the engine with\n")
        engine.hold()
        first = services.start()
        sender.send(first.url, started())
        (orphan,) = engine.wait_for(1, ended=False)
        first.kill()
        second = services.start(counted=True)
        second.wait_for_looks(3)
        assert "begun stack=" not in second.log(), "the stack is still being run"
        assert second.health() == {"status": "ok", "waiting": 0, "later": 0, "running": 1, "given_up": 0}
        engine.open()
        calls = engine.wait_for(2)
        assert (calls[0].pid, calls[0].code, calls[0].interrupts) == (orphan.pid, 0, 0)
        engine.assert_one_at_a_time()

    def test_together_with_its_run(self, services: Services, sender: Sender, engine: RecordingEngine) -> None:
        engine.hold()
        first = services.start()
        sender.send(first.url, started())
        (call,) = engine.wait_for(1, ended=False)
        first.kill()
        engine.kill(call)
        engine.open()
        services.start()
        assert [call.code for call in engine.wait_for(1)] == [None, 0]

    def test_again_and_again_by_the_same_job(self, services: Services, sender: Sender, engine: RecordingEngine) -> None:
        """A run that takes the service down with it, as one does that needs all memory, has its limit too."""
        engine.hold()
        service = services.start()
        sender.send(service.url, started())
        for runs in (1, 2, 3):
            engine.wait_for(runs, ended=False)
            service.kill()
            engine.kill(engine.calls()[-1])
            service = services.start()
        eventually(lambda: service.health()["given_up"] == 1, "it is given up")
        assert "was the service killed?': given up after attempt=3" in service.log()

    def test_at_any_moment_and_no_webhook_that_was_taken_is_lost(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        """Each webhook is sent until it is taken, as RealtimeKit does; a run that began after that has to follow.

        How often a job may take the service down is not the question here, so that limit is out of the way.
        """
        engine.last(0.05)
        chance = random.Random(8)
        limits = {"first_seconds": 0.1, "attempts": 50}
        current = [services.start(retry=limits)]
        sent: list[tuple[float, str]] = []
        done = threading.Event()

        def deliver() -> None:
            while not done.is_set():
                meeting = chance.choice(["standup", "board", "another"])
                body, name = started(meeting), str(uuid.uuid4())
                moment = time.monotonic()
                while not send(sender, current[0], body, name):
                    time.sleep(0.02)
                sent.append((moment, meeting))

        sending = threading.Thread(target=deliver, daemon=True)
        sending.start()
        try:
            for _ in range(4):
                enough = len(sent) + chance.randint(5, 40)
                eventually(partial(has_at_least, sent, enough), "webhooks are taken")
                current[0].kill()
                current[0] = services.start(retry=limits)
        finally:
            done.set()
        sending.join(timeout=60)
        current[0].wait_until_idle()
        engine.assert_one_at_a_time()
        projects = {"standup": "team", "board": "board", "another": "others"}
        for moment, meeting in sent:
            runs = [call for call in engine.calls() if call.project.endswith(f"/{projects[meeting]}")]
            assert [call for call in runs if call.code == 0 and call.begin > moment], f"{meeting} at {moment} is lost"


def has_at_least(things: list[tuple[float, str]], number: int) -> bool:
    return len(things) >= number


def send(sender: Sender, service: Service, body: bytes, name: str) -> bool:
    try:
        return sender.send(service.url, body, name).is_success
    except httpx.TransportError:
        return False


class TestTerminated:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_the_run_is_waited_for(
        self, services: Services, sender: Sender, engine: RecordingEngine, number: signal.Signals
    ) -> None:
        engine.hold()
        service = services.start()
        sender.send(service.url, started("standup"))
        engine.wait_for(1, ended=False)
        sender.send(service.url, recorded("standup"))
        service.process.send_signal(number)
        eventually(lambda: "waiting stack=team:prod" in service.log(), "it waits")
        assert service.process.poll() is None
        with pytest.raises(httpx.TransportError):
            sender.send(service.url, started())
        engine.open()
        assert service.process.wait(timeout=60) == 0
        assert service.log().endswith("INFO ended\n")
        (call,) = engine.calls()
        assert (call.code, call.interrupts) == (0, 0)
        services.start()
        assert [call.verb for call in engine.wait_for(2)] == ["up", "refresh"]

    def test_a_run_that_takes_too_long_is_interrupted_and_runs_again_at_the_next_start(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.hold()
        service = services.start(shutdown_seconds=0.3)
        sender.send(service.url, started())
        engine.wait_for(1, ended=False)
        service.terminate()
        assert service.process.wait(timeout=60) == 0
        assert [(call.code, call.interrupts) for call in engine.calls()] == [(1, 1)]
        engine.open()
        second = services.start()
        assert [call.code for call in engine.wait_for(2)] == [1, 0]
        assert "run=up webhooks=1 attempt=1" in second.log(), "an interrupted run is not a failed one"

    def test_ctrl_c_on_the_terminal_does_not_reach_the_command(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.hold()
        service = services.start()
        sender.send(service.url, started())
        (call,) = engine.wait_for(1, ended=False)
        assert os.getsid(call.pid) != os.getsid(service.process.pid)

    def test_idle_it_ends_at_once(self, services: Services) -> None:
        service = services.start()
        began = time.monotonic()
        service.terminate()
        assert service.process.wait(timeout=60) == 0
        assert time.monotonic() - began < 15, "a run would have had 20 s"
        assert "Traceback" not in service.log()


class TestTwoOnOneStore:
    def test_no_stack_is_run_by_both_at_once_and_no_uuid_counts_twice(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.last(0.1)
        both = [services.start(), services.start()]
        for number in range(20):
            body, name = recorded(("standup", "board")[number % 2]), str(uuid.uuid4())
            answers = [sender.send(service.url, body, name).status_code for service in both]
            assert answers == [202, 200]
            both.reverse()
        for service in both:
            service.wait_until_idle()
        engine.assert_one_at_a_time()
        assert both[0].health() == both[1].health()

    def test_one_takes_up_what_the_other_left(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.hold()
        one, other = services.start(at_once=1), services.start(at_once=1)
        sender.send(one.url, started("standup"))
        engine.wait_for(1, ended=False)
        sender.send(one.url, started("retro"))
        one.kill()
        engine.open()
        engine.wait_for(2)
        other.wait_until_idle()
        engine.assert_one_at_a_time()

    def test_both_may_be_the_first_to_make_the_store(self, services: Services) -> None:
        started_services = [services.start_soon() for _ in range(4)]
        for service in started_services:
            service.wait_until_it_listens()
            assert service.health()["status"] == "ok"


def test_the_command_has_no_hold_on_the_lock(services: Services, sender: Sender, engine: RecordingEngine) -> None:
    """What it leaves running, as an engine that is killed leaves its plugin, would lock the stack for good."""
    service = services.start()
    sender.send(service.url, started())
    assert engine.wait_for(1)[0].descriptors == []
