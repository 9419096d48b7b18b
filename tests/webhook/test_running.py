"""What is run, when, and how often, and what is said of it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.kit.waiting import eventually
from tests.webhook.sender import ended, recorded, started

if TYPE_CHECKING:
    from tests.webhook.engine import RecordingEngine
    from tests.webhook.sender import Sender
    from tests.webhook.service import Services

GIVEN_UP = {"status": "given up", "waiting": 0, "later": 0, "running": 0, "given_up": 1}


class TestOneAtATime:
    def test_what_comes_during_a_run_becomes_one_run_more(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.hold()
        service = services.start()
        sender.send(service.url, ended("standup"))
        engine.wait_for(1, ended=False)
        for meeting in ("standup", "retro"):
            for body in (recorded(meeting), recorded(meeting), started(meeting), ended(meeting)):
                assert sender.send(service.url, body).status_code == 202
        assert service.health() == {"status": "ok", "waiting": 1, "later": 0, "running": 1, "given_up": 0}
        engine.open()
        service.wait_until_idle()
        assert [call.arguments[:2] for call in engine.calls()] == [["refresh", "--yes"], ["up", "--refresh"]]
        engine.assert_one_at_a_time()

    def test_refreshes_alone_become_one_refresh(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.hold()
        service = services.start()
        sender.send(service.url, started())
        engine.wait_for(1, ended=False)
        for _ in range(5):
            sender.send(service.url, recorded())
        engine.open()
        service.wait_until_idle()
        assert [call.verb for call in engine.calls()] == ["up", "refresh"]

    def test_a_burst_is_one_run(self, services: Services, sender: Sender, engine: RecordingEngine) -> None:
        service = services.start(settle_seconds=3600)
        with ThreadPoolExecutor(8) as pool:
            bodies = [started(meeting) for meeting in ("standup", "retro")] + [recorded() for _ in range(30)]
            answers = list(pool.map(lambda body: sender.send(service.url, body).status_code, bodies))
        assert answers == [202] * 32
        services.let_time_pass(3600)
        engine.wait_for(1)
        service.wait_until_idle()
        assert [call.verb for call in engine.calls()] == ["up"]
        assert "webhooks=32" in service.log()

    def test_different_stacks_run_beside_each_other_as_many_as_are_allowed(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.hold()
        service = services.start(at_once=2, counted=True)
        for meeting in ("standup", "board", "another"):
            sender.send(service.url, started(meeting))
        engine.wait_for(2, ended=False)
        assert service.health() == {"status": "ok", "waiting": 1, "later": 0, "running": 2, "given_up": 0}
        service.wait_for_looks(2)
        assert service.log().count("begun stack=") == 2
        engine.open()
        engine.wait_for(3)

    def test_what_starts_a_recording_goes_before_what_reads_one(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.hold()
        service = services.start(at_once=1)
        sender.send(service.url, recorded("standup"))
        engine.wait_for(1, ended=False)
        sender.send(service.url, recorded("board"))
        sender.send(service.url, started("another"))
        engine.open()
        assert [call.verb for call in engine.wait_for(3)] == ["refresh", "up", "refresh"]

    def test_many_webhooks_at_once_from_many_senders(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.last(0.05)
        service = services.start()
        meetings = ["standup", "retro", "board", "another"]
        bodies = [body(meeting) for meeting in meetings for body in (started, recorded, ended) for _ in range(10)]
        with ThreadPoolExecutor(16) as pool:
            answers = set(pool.map(lambda body: sender.send(service.url, body).status_code, bodies))
        assert answers == {202}
        service.wait_until_idle()
        engine.assert_one_at_a_time()
        assert {call.stack for call in engine.calls() if call.verb == "up"} == {"prod", "acme/board/eu-1"}
        assert len(engine.calls()) < len(bodies) / 2


class TestFailure:
    def test_a_run_that_fails_is_repeated(self, services: Services, sender: Sender, engine: RecordingEngine) -> None:
        engine.fail(2)
        service = services.start()
        sender.send(service.url, started())
        calls = engine.wait_for(3)
        assert [call.code for call in calls] == [255, 255, 0]
        pauses = [after.begin - (before.end or 0) for before, after in pairwise(calls)]
        assert pauses[0] >= 0.1
        assert pauses[1] >= 0.2
        service.wait_until_idle()
        assert service.health()["status"] == "ok"
        assert "problem='exit code 255: error: the service said no': again in seconds=" in service.log()

    def test_it_is_given_up_in_the_end_and_everybody_can_see_it(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.fail(100)
        service = services.start()
        sender.send(service.url, started())
        eventually(lambda: service.health() == GIVEN_UP, "it is given up")
        assert len(engine.calls()) == 3
        assert "given up after attempt=3; `retry` runs it again" in service.log()
        shown = service.command("jobs")
        assert shown.returncode == 1
        assert "given up  up   team:prod  1         3" in shown.stdout
        assert shown.stdout.rstrip().endswith("exit code 255: error: the service said no")

    def test_retry_runs_it_again_and_success_clears_it(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.fail(3)
        service = services.start()
        sender.send(service.url, started())
        eventually(lambda: service.health() == GIVEN_UP, "it is given up")
        assert service.command("retry").stdout == "up of team:prod waits again\n"
        finished = service.command("jobs", "--wait", "20")
        assert (finished.returncode, finished.stdout) == (0, "nothing waits, runs or was given up\n")
        assert engine.calls()[-1].code == 0

    @pytest.mark.parametrize(
        ("first", "then", "left"),
        [(started, started, 0), (ended, started, 0), (ended, recorded, 0), (started, recorded, 1)],
    )
    def test_a_later_webhook_makes_up_for_what_was_given_up(
        self, services: Services, sender: Sender, engine: RecordingEngine, first: type, then: type, left: int
    ) -> None:
        """An `up` includes a refresh, so it clears both; a refresh does not bring up what an `up` could not."""
        engine.fail(3)
        service = services.start()
        sender.send(service.url, first())
        eventually(lambda: service.health() == GIVEN_UP, "it is given up")
        sender.send(service.url, then())
        engine.wait_for(4)
        service.wait_until_idle()
        assert service.health()["given_up"] == left

    def test_a_new_webhook_does_not_wait_for_an_old_failure(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.fail(1)
        service = services.start(retry={"first_seconds": 600, "longest_seconds": 600})
        sender.send(service.url, ended())
        eventually(lambda: "again in seconds=" in service.log(), "it failed")
        assert service.health() == {"status": "failing", "waiting": 1, "later": 0, "running": 0, "given_up": 0}
        sender.send(service.url, started("retro"))
        assert [call.verb for call in engine.wait_for(2)] == ["refresh", "up"]

    def test_one_stack_s_failure_is_not_another_s(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.fail(1)
        service = services.start(retry={"first_seconds": 600, "longest_seconds": 600})
        sender.send(service.url, started("standup"))
        engine.wait_for(1)
        sender.send(service.url, started("board"))
        assert engine.wait_for(1, stack="acme/board/eu-1")[0].code == 0

    def test_a_command_or_project_that_has_gone_is_a_failure_like_others(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        service = services.start()
        engine.program.unlink()
        sender.send(service.url, started())
        eventually(lambda: service.health() == GIVEN_UP, "it is given up")
        assert f"{engine.program}: No such file or directory" in service.log()
        assert "Traceback" not in service.log()

    def test_a_run_over_its_time_is_interrupted_once_and_repeated(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.hold()
        engine.deafen()
        service = services.start(time_limit_seconds=0.3, counted=True)
        sender.send(service.url, started())
        eventually(lambda: any(call.interrupts for call in engine.calls()), "it is interrupted")
        service.wait_for_looks(3, at="run")
        (call,) = engine.calls()
        assert (call.interrupts, call.end) == (1, None), "two interrupts would make the engine forget what it began"
        engine.open()
        service.wait_until_idle()
        assert engine.calls()[0].end is not None
        assert service.log().count("interrupting stack=team:prod") == 1

    def test_a_store_that_fails_is_not_answered_with_success(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        service = services.start()
        blocker = sqlite3.connect(services.store / "inbox.sqlite3", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        answer = sender.send(service.url, started(), "u-1")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        blocker.execute("ROLLBACK")
        blocker.close()
        assert sender.send(service.url, started(), "u-1").status_code == 202
        engine.wait_for(1)
        assert "Traceback" not in service.log()


class TestSecrets:
    PASSPHRASE = "correct horse battery"  # the words of a passphrase
    URL = "https://files.example/signed-url"

    def test_they_reach_the_command_and_nobody_else(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.say("the passphrase is $PULUMI_CONFIG_PASSPHRASE and the token $CLOUDFLARE_API_TOKEN, \x1b[31mred\n")
        engine.fail(3)
        secrets = {"PULUMI_CONFIG_PASSPHRASE": self.PASSPHRASE, "CLOUDFLARE_API_TOKEN": "token-1234"}
        service = services.start(secrets)
        sender.send(service.url, recorded())
        eventually(lambda: service.health() == GIVEN_UP, "it is given up")
        environment = engine.calls()[0].environment
        assert {name: environment[name] for name in secrets} == secrets
        assert "the passphrase is [secret] and the token [secret], red" in service.log()
        service.terminate()
        service.process.wait(timeout=60)
        written = b"".join(file.read_bytes() for file in services.store.iterdir()) + service.log().encode()
        for secret in (self.PASSPHRASE, "token-1234", self.URL):
            assert secret.encode() not in written

    def test_half_of_one_is_not_shown_where_a_long_output_is_cut(
        self, services: Services, sender: Sender, engine: RecordingEngine
    ) -> None:
        engine.say("$PULUMI_CONFIG_PASSPHRASE" * 20_000 + "\nthe last line\n")
        service = services.start({"PULUMI_CONFIG_PASSPHRASE": self.PASSPHRASE})
        sender.send(service.url, recorded())
        eventually(lambda: "done stack=" in service.log(), "it is done")
        assert "team:prod | the last line" in service.log()
        assert not any(word in service.log() for word in self.PASSPHRASE.split())

    def test_the_store_is_its_owner_s_alone(self, services: Services) -> None:
        services.start()
        assert services.store.stat().st_mode & 0o777 == 0o700
