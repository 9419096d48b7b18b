"""What the service accepts and refuses, over a socket."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.webhook.fake_pulumi import FakePulumi
from tests.webhook.sender import Sender, ended, recorded, started
from tests.webhook.service import IDLE, Service, Services

pytestmark = pytest.mark.timeout(120)

UP = ["up", "--refresh", "--skip-preview"]
REFRESH = ["refresh", "--run-program", "--skip-preview"]
NOTHING = {"ignored": "nothing to do for this event"}


def test_an_event_runs_the_stack_of_its_meeting(service: Service, services: Services, pulumi: FakePulumi) -> None:
    """One that names no meeting runs every stack, once."""
    for number, (body, words, project, stack) in enumerate(
        (
            (started("standup"), UP, "team", "prod"),
            (ended("standup"), REFRESH, "team", "prod"),
            (recorded("standup"), REFRESH, "team", "prod"),
            (started("board"), UP, "board", "acme/board/eu-1"),
            (started("a meeting that has no entry"), UP, "others", "prod"),
        ),
        1,
    ):
        answer = service.send(body)
        assert (answer.status_code, answer.json()) == (202, {"accepted": words[0]})
        call = pulumi.wait_for_ended(number)[-1]
        where = ["--cwd", str(services.projects / project), "--stack", stack]
        assert call.arguments == [*words, "--yes", "--non-interactive", "--color", "never", *where]

    assert service.send(recorded(meeting=None)).status_code == 202
    service.wait_for_health()
    every = pulumi.calls()[number:]
    assert sorted((call.project, call.arguments[0]) for call in every) == [
        (project, "refresh") for project in ("board", "others", "team")
    ]


def test_what_has_no_use_is_acknowledged_and_runs_nothing(services: Services) -> None:
    service = services.start(meetings={"standup": {"project": "projects/team", "stack": "prod"}})
    for body, answer in (
        (b'{"event": "meeting.participantJoined", "meeting": {"id": "standup"}}', NOTHING),
        (b'{"event": "something.new", "meeting": null}', NOTHING),
        (started("another"), {"ignored": "no stack is set for this meeting"}),
    ):
        answered = service.send(body)
        assert (answered.status_code, answered.json()) == (200, answer)
    assert service.health() == IDLE


def test_actions_change_what_an_event_runs(services: Services, pulumi: FakePulumi) -> None:
    service = services.start(actions={"recording.statusUpdate": "up", "meeting.ended": "ignore"})
    assert service.send(ended()).json() == NOTHING
    assert service.send(recorded()).json() == {"accepted": "up"}
    assert service.send(started()).json() == {"accepted": "up"}
    service.wait_for_health()
    assert set(pulumi.verbs()) == {"up"}


def test_a_store_that_fails_is_not_answered_with_success(
    service: Service, services: Services, pulumi: FakePulumi
) -> None:
    assert service.health() == IDLE
    services.change_store("ALTER TABLE job RENAME TO gone")
    answer = service.send(started(), "u-1")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert service.get("/healthz").status_code == 503
    services.change_store("ALTER TABLE gone RENAME TO job")
    assert service.send(started(), "u-1").status_code == 202
    pulumi.wait_for_ended(1)
    assert "Traceback" not in service.log()


def test_a_file_with_two_keys_accepts_the_signature_of_either(services: Services, sender: Sender) -> None:
    (services.store.parent / "both.pem").write_bytes(Sender().public_pem + b"\n" + sender.public_pem)
    service = services.start(public_key_file="both.pem")
    assert service.send(started(), content_type="Application/JSON; charset=utf-8").status_code == 202


CONTENTS = {
    b"{": "the body: Invalid JSON",
    b"\xff\xfe": "the body: Invalid JSON",
    b"[]": "the body: Input should be an object",
    b"{}": "event: Field required",
    b'{"event": 1}': "event: Input should be a valid string",
    b'{"event": "meeting.started"}': "meeting.started without meeting.id",
    b'{"event": "meeting.started", "meeting": {"id": ""}}': "meeting.started without meeting.id",
    b'{"event": "meeting.ended", "meeting": {}}': "meeting.ended without meeting.id",
    b'{"event": "meeting.started", "meeting": {"id": ["standup"]}}': "meeting.id: Input should be a valid string",
    b'{"event": "meeting.started", "meeting": ' + b"[" * 3000 + b"}": "the body: Invalid JSON",
}
HEADERS: list[tuple[dict[str, str | None], int, str]] = [
    ({"content_type": "text/plain"}, 415, "the content type is not application/json"),
    ({"content_type": None}, 415, "the content type is not application/json"),
    ({"rtk_webhook_id": "somebody else's"}, 403, "the rtk-webhook-id is not in webhook_ids"),
    ({"rtk_webhook_id": None}, 403, "the rtk-webhook-id is not in webhook_ids"),
]


def test_refused(services: Services, sender: Sender) -> None:
    """One service for all: nothing is left of any of them, and their uuid is not known."""
    service = services.start(webhook_ids=["webhook-1"])
    body = started()
    signature = sender.sign(body)
    wrong = [None, "", "not base64!", "bm90IGEgc2lnbmF0dXJl", signature[:-8], f"{signature[:20]} {signature[20:]}"]
    wrong += [sender.sign(other) for other in (b"", body + b"\n", body.replace(b"standup", b"another"))]
    for rtk_signature in (*wrong, Sender().sign(body)):
        assert service.send(body, "u-1", rtk_signature=rtk_signature).status_code == 401
    for headers, status, error in HEADERS:
        answer = service.send(body, "u-1", **headers)
        assert (answer.status_code, answer.json()) == (status, {"error": error}), headers
    for content, error in CONTENTS.items():
        answer = service.send(content, "u-1")
        assert (answer.status_code, answer.json()["error"][: len(error)]) == (422, error), content
    assert service.send(body + b" " * 300_000).status_code == 413
    assert service.get("/webhook").status_code == 405
    assert service.health() == IDLE
    assert service.send(body, "u-1").status_code == 202


def test_a_webhook_counts_once_however_often_it_comes(service: Service, pulumi: FakePulumi) -> None:
    """Under the same uuid, under a new one with each retry, without one, and all at once."""
    assert [service.send(recorded(), "u-1").status_code for _ in range(3)] == [202, 200, 200]
    assert service.send(recorded(), "u-1").json() == {"repeated": "u-1"}
    service.wait_for_health()
    for body in (started("standup", "s-1"), ended("standup", "s-1")):
        assert [service.send(body).status_code for _ in range(2)] == [202, 200]
        assert service.send(body, rtk_uuid=None).status_code == 200
        service.wait_for_health()
    body = started("standup", "s-2")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: service.send(body).status_code, range(20)))
    assert sorted(answers) == [200] * 19 + [202]
    service.wait_for_health()
    assert pulumi.verbs() == ["refresh", "up", "refresh", "up"]
    assert [service.send(recorded()).status_code for _ in range(3)] == [202, 202, 202], "a status may come again"


def test_a_webhook_is_remembered_for_so_many_days(services: Services) -> None:
    service = services.start(remember_days=30)
    body = started()
    assert service.send(body, "u-1").status_code == 202
    for days, status in ((29, 200), (2, 202)):
        services.let_time_pass(days * 86_400)
        assert service.send(body, "u-1").status_code == status
