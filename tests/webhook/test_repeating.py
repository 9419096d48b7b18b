"""A webhook counts once, however often it comes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.webhook.fake_pulumi import FakePulumi
from tests.webhook.sender import ended, recorded, started
from tests.webhook.service import Service, Services

pytestmark = pytest.mark.timeout(60)


def test_under_the_same_uuid(service: Service, pulumi: FakePulumi) -> None:
    assert [service.send(recorded(), "u-1").status_code for _ in range(3)] == [202, 200, 200]
    assert service.send(recorded(), "u-1").json() == {"repeated": "u-1"}
    service.wait_for_health()
    assert pulumi.verbs() == ["refresh"]


def test_under_a_new_uuid_with_each_retry(service: Service, pulumi: FakePulumi) -> None:
    for body in (started("standup", "s-1"), ended("standup", "s-1")):
        assert [service.send(body).status_code for _ in range(3)] == [202, 200, 200]
        service.wait_for_health()
    assert pulumi.verbs() == ["up", "refresh"]
    assert service.send(started("standup", "s-2")).status_code == 202


def test_without_a_uuid(service: Service) -> None:
    body = started()
    assert [service.send(body, rtk_uuid=None).status_code for _ in range(2)] == [202, 200]


def test_after_a_restart(services: Services, pulumi: FakePulumi) -> None:
    body = started()
    first = services.start()
    assert first.send(body, "u-1").status_code == 202
    first.wait_for_health()
    first.kill()
    second = services.start()
    assert [second.send(body, name).status_code for name in ("u-1", "u-2")] == [200, 200]
    assert pulumi.verbs() == ["up"]


def test_twenty_times_at_once(service: Service, pulumi: FakePulumi) -> None:
    body = started()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: service.send(body).status_code, range(20)))
    assert sorted(answers) == [200] * 19 + [202]
    service.wait_for_health()
    assert pulumi.verbs() == ["up"]


def test_a_status_may_come_again(service: Service) -> None:
    bodies = [recorded(status=status) for status in ("RECORDING", "PAUSED", "RECORDING")]
    assert [service.send(body).status_code for body in bodies] == [202, 202, 202]


def test_until_remember_days_have_passed(services: Services) -> None:
    service = services.start(remember_days=30)
    body = started()
    assert service.send(body, "u-1").status_code == 202
    for days, status in ((29, 200), (2, 202)):
        services.let_time_pass(days * 86_400)
        assert service.send(body, "u-1").status_code == status


def test_a_refused_webhook_does_not_count(service: Service) -> None:
    assert service.send(b'{"event": "meeting.started"}', "u-1").status_code == 422
    assert service.send(started(), "u-1", rtk_signature="eA==").status_code == 401
    assert service.send(started(), "u-1").status_code == 202
