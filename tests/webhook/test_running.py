"""What is run, when and how often, and what is said about it."""

from itertools import pairwise

import pytest

from tests.webhook.fake_pulumi import FakePulumi
from tests.webhook.sender import ended, recorded, started
from tests.webhook.service import IDLE, Service, Services

pytestmark = pytest.mark.timeout(120)

LONG = 3600


class TestOneAtATime:
    def test_what_comes_during_a_run_becomes_one_run_more(self, service: Service, pulumi: FakePulumi) -> None:
        pulumi.hold()
        service.send(ended("standup"))
        pulumi.wait_for_begun(1)
        for meeting in ("standup", "retro"):
            for body in (recorded(meeting), recorded(meeting), started(meeting), ended(meeting)):
                assert service.send(body).status_code == 202
        assert service.health() == {**IDLE, "waiting": 8, "running": 1}
        pulumi.release()
        service.wait_for_health()
        assert pulumi.verbs() == ["refresh", "up"], "`up --refresh` includes a refresh"
        pulumi.assert_one_at_a_time()

    def test_a_burst_is_one_run(self, services: Services, pulumi: FakePulumi) -> None:
        service = services.start(settle_seconds=LONG)
        for body in (recorded("standup"), started("standup"), started("retro"), ended("standup")):
            service.send(body)
        assert service.health() == {**IDLE, "waiting": 4}
        services.let_time_pass(LONG)
        service.wait_for_health()
        assert pulumi.verbs() == ["up"]

    def test_stacks_run_side_by_side_as_many_as_are_allowed(self, services: Services, pulumi: FakePulumi) -> None:
        pulumi.hold()
        service = services.start(at_once=2)
        for meeting in ("standup", "board", "another"):
            service.send(started(meeting))
        pulumi.wait_for_begun(2)
        service.wait_for_health(waiting=1, running=2)
        pulumi.release()
        pulumi.wait_for_ended(3)
        begins, ends = sorted(call.begin for call in pulumi.calls()), sorted(call.end for call in pulumi.calls())
        assert begins[1] < ends[0] < begins[2]

    def test_what_starts_a_recording_goes_first(self, services: Services, pulumi: FakePulumi) -> None:
        pulumi.hold()
        service = services.start(at_once=1)
        service.send(recorded("standup"))
        pulumi.wait_for_begun(1)
        service.send(recorded("board"))
        service.send(started("another"))
        pulumi.release()
        pulumi.wait_for_ended(3)
        assert pulumi.verbs() == ["refresh", "up", "refresh"]


class TestLookAgain:
    """The first `up` after a start may come before the API knows the session as live: a second one follows."""

    def test_once_after_a_start(self, services: Services, pulumi: FakePulumi) -> None:
        service = services.start(look_again_seconds=LONG)
        service.send(started())
        service.wait_for_health(later=1)
        assert pulumi.verbs() == ["up"]
        assert service.jobs("--wait", "20").returncode == 0, "it is not waited for"
        services.let_time_pass(LONG)
        service.wait_for_health()
        assert pulumi.verbs() == ["up", "up"]

    def test_not_otherwise(self, services: Services, pulumi: FakePulumi) -> None:
        actions = {"meeting.ended": "up", "meeting.started": "refresh"}
        service = services.start(look_again_seconds=LONG, actions=actions)
        for number, body in enumerate((recorded(), ended(), started()), 1):
            assert service.send(body).status_code == 202
            service.wait_for_health()
            assert len(pulumi.calls()) == number


class TestFailure:
    def test_it_is_repeated_with_a_growing_pause_until_it_succeeds(
        self, services: Services, pulumi: FakePulumi
    ) -> None:
        pulumi.fail(3)
        service = services.start(retry_seconds=0.2, longest_retry_seconds=0.4)
        service.send(started())
        calls = pulumi.wait_for_ended(4)
        assert [call.code for call in calls] == [255] * 3 + [0]
        pauses = [after.begin - before.end for before, after in pairwise(calls)]
        assert all(pause >= least for pause, least in zip(pauses, (0.2, 0.4, 0.4), strict=True))
        service.wait_for_health()
        assert "failed stack=team:prod run=up problem='exit code 255: error: the service said no'" in service.log()

    def test_everybody_can_see_it_and_a_new_webhook_repeats_it_at_once(
        self, services: Services, pulumi: FakePulumi
    ) -> None:
        pulumi.fail(1)
        service = services.start(retry_seconds=LONG, longest_retry_seconds=LONG)
        service.send(started())
        service.wait_for_health(status="failing", failed=1)
        shown = service.jobs()
        assert shown.returncode == 1
        row = shown.stdout.splitlines()[1].split(maxsplit=5)
        assert row[:4] == ["failed", "up", "standup", "1"]
        assert row[5] == "exit code 255: error: the service said no"
        service.send(started("board"))
        assert pulumi.wait_for_ended(2)[1].project == "board", "it does not hold up other stacks"
        service.send(recorded("retro"))
        service.wait_for_health()
        assert pulumi.verbs() == ["up", "up", "up"], "a new webhook repeats what failed: the `up`, not only its refresh"
        assert service.jobs().returncode == 0

    def test_a_command_that_is_gone(self, service: Service, pulumi: FakePulumi) -> None:
        assert service.health() == IDLE
        pulumi.program.unlink()
        service.send(started())
        service.wait_for_health(status="failing", failed=1)
        assert f"{pulumi.program}: No such file or directory" in service.log()
        assert "Traceback" not in service.log()

    def test_a_run_over_its_time_is_interrupted_once(self, services: Services, pulumi: FakePulumi) -> None:
        pulumi.hold()
        pulumi.go_on_after_interrupts()
        service = services.start(time_limit_seconds=0.3, shutdown_seconds=0)
        service.send(started())
        service.wait_for_log("interrupting stack=team:prod")
        service.process.terminate()
        service.wait_for_log("waiting stack=team:prod")
        pulumi.release()
        (call,) = pulumi.wait_for_ended(1)
        assert (call.interrupts, call.code) == (1, 0), "after two, the engine forgets what it has begun"


SECRETS = {"PULUMI_CONFIG_PASSPHRASE": "correct horse battery", "CLOUDFLARE_API_TOKEN": "token-1234"}


def test_secrets_reach_the_command_and_nobody_else(services: Services, pulumi: FakePulumi) -> None:
    pulumi.print(" and ".join(SECRETS.values()) * 1000 + "\x1b[31mred")
    pulumi.fail(1)
    service = services.start(SECRETS, retry_seconds=LONG, longest_retry_seconds=LONG)
    service.send(recorded())
    service.wait_for_health(status="failing", failed=1)
    assert pulumi.calls()[0].environment.items() >= SECRETS.items()
    assert "[secret] and [secret]" in service.log()
    written = service.log() + "".join(file.read_bytes().decode("latin-1") for file in services.store.iterdir())
    for secret in (*SECRETS.values(), "signed-url"):
        assert secret not in written
    assert "\x1b" not in service.log(), "nor does its output control a terminal"
    assert services.store.stat().st_mode & 0o777 == 0o700, "the store is its owner's alone"


def test_jobs_are_for_the_settings_as_they_are_now(services: Services, pulumi: FakePulumi) -> None:
    """A job names its meeting: where the meeting's project has moved meanwhile, it is run there."""
    first = services.start(settle_seconds=LONG)
    first.send(started("standup"))
    first.kill()
    services.let_time_pass(LONG)
    second = services.start(meetings={"standup": {"project": "projects/board", "stack": "moved"}})
    second.wait_for_health()
    assert [call.project for call in pulumi.calls()] == ["board"]
