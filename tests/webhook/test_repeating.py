"""A webhook counts once, however often it comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.webhook.sender import ended, recorded, started

if TYPE_CHECKING:
    from tests.webhook.engine import RecordingEngine
    from tests.webhook.sender import Sender
    from tests.webhook.service import Services


def test_a_uuid_counts_once(services: Services, sender: Sender, engine: RecordingEngine) -> None:
    service = services.start()
    body = recorded()
    assert [sender.send(service.url, body, "u-1").status_code for _ in range(3)] == [202, 200, 200]
    service.wait_until_idle()
    assert sender.send(service.url, body, "u-1").json() == {"repeated": "u-1"}
    assert len(engine.calls()) == 1


def test_a_uuid_counts_once_after_a_restart_too(services: Services, sender: Sender, engine: RecordingEngine) -> None:
    first = services.start()
    assert sender.send(first.url, started(), "u-1").status_code == 202
    engine.wait_for(1)
    first.kill()
    second = services.start()
    second.wait_until_idle()
    runs = len(engine.calls())
    assert sender.send(second.url, started(), "u-1").status_code == 200
    assert second.health()["waiting"] == 0
    assert len(engine.calls()) == runs


def test_a_uuid_counts_once_when_it_comes_twenty_times_at_once(
    services: Services, sender: Sender, engine: RecordingEngine
) -> None:
    service = services.start()
    body = started()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: sender.send(service.url, body, "u-1").status_code, range(20)))
    assert sorted(answers) == [200] * 19 + [202]
    service.wait_until_idle()
    assert len(engine.calls()) == 1


def test_a_caught_webhook_does_not_count_under_another_uuid(
    services: Services, sender: Sender, engine: RecordingEngine
) -> None:
    service = services.start()
    for body in (started("standup", "s-1"), ended("standup", "s-1")):
        assert [sender.send(service.url, body).status_code for _ in range(2)] == [202, 200]
    service.wait_until_idle()
    runs = len(engine.calls())
    assert sender.send(service.url, started("standup", "s-2")).status_code == 202
    assert [call.verb for call in engine.wait_for(runs + 1)][runs:] == ["up"]


def test_a_status_may_come_again(services: Services, sender: Sender) -> None:
    service = services.start()
    bodies = [recorded(status=status) for status in ("RECORDING", "PAUSED", "RECORDING")]
    assert [sender.send(service.url, body).status_code for body in bodies] == [202, 202, 202]


def test_what_is_remembered_has_an_end(services: Services, sender: Sender) -> None:
    service = services.start(remember_days=30)
    body = started()
    assert sender.send(service.url, body, "u-1").status_code == 202
    for days, status in ((29, 200), (2, 202)):
        services.let_time_pass(days * 86_400)
        assert sender.send(service.url, body, "u-1").status_code == status


def test_a_refused_uuid_is_not_used_up(services: Services, sender: Sender, engine: RecordingEngine) -> None:
    service = services.start()
    assert sender.send(service.url, b'{"event": "meeting.started"}', "u-1").status_code == 422
    assert sender.send(service.url, started(), "u-1", headers={"rtk-signature": "eA=="}).status_code == 401
    assert sender.send(service.url, started(), "u-1").status_code == 202
    engine.wait_for(1)
