"""What the service accepts and refuses, over a socket."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from tests.webhook.fake_pulumi import FakePulumi
from tests.webhook.sender import Sender, ended, recorded, started
from tests.webhook.service import IDLE, Service, Services

pytestmark = pytest.mark.timeout(60)

UP = ["up", "--refresh", "--skip-preview"]
REFRESH = ["refresh", "--run-program", "--skip-preview"]
NOTHING = {"ignored": "nothing to do for this event"}


@pytest.mark.parametrize(
    ("body", "words", "project", "stack"),
    [
        (started("standup"), UP, "team", "prod"),
        (ended("standup"), REFRESH, "team", "prod"),
        (recorded("standup"), REFRESH, "team", "prod"),
        (started("board"), UP, "board", "acme/board/eu-1"),
        (started("a meeting that has no entry"), UP, "others", "prod"),
    ],
)
def test_an_event_runs_the_stack_of_its_meeting(
    service: Service, services: Services, pulumi: FakePulumi, body: bytes, words: list[str], project: str, stack: str
) -> None:
    answer = service.send(body)
    assert (answer.status_code, answer.json()) == (202, {"accepted": words[0]})
    (call,) = pulumi.wait_for_ended(1)
    where = ["--cwd", str(services.projects / project), "--stack", stack]
    assert call.arguments == [*words, "--yes", "--non-interactive", "--color", "never", *where]


def test_an_update_that_names_no_meeting_refreshes_every_stack_once(service: Service, pulumi: FakePulumi) -> None:
    assert service.send(recorded(meeting=None)).status_code == 202
    service.wait_for_health()
    assert sorted(call.project for call in pulumi.calls()) == ["board", "others", "team"]
    assert set(pulumi.verbs()) == {"refresh"}


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
    blocker = sqlite3.connect(services.store / "inbox.sqlite3", isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    answer = service.send(started(), "u-1")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert service.request("GET", "/healthz").status_code == 503
    blocker.close()
    assert service.send(started(), "u-1").status_code == 202
    pulumi.wait_for_ended(1)
    assert "Traceback" not in service.log()


def test_a_file_with_two_keys_accepts_the_signature_of_either(services: Services, sender: Sender) -> None:
    (services.store.parent / "both.pem").write_bytes(Sender().public_pem + b"\n" + sender.public_pem)
    service = services.start(public_key_file="both.pem")
    assert service.send(started(), content_type="Application/JSON; charset=utf-8").status_code == 202


class TestRefused:
    """One service for all: what is refused leaves nothing behind, as the fixture checks after each test."""

    BODY = started("standup", "s-1")

    @pytest.fixture(scope="class")
    @staticmethod
    def running(tmp_path_factory: pytest.TempPathFactory, sender: Sender) -> Iterator[Service]:
        folder = tmp_path_factory.mktemp("strict")
        services = Services(folder, FakePulumi(folder / "pulumi"), sender)
        yield services.start(webhook_ids=["webhook-1"])
        services.kill()

    @pytest.fixture
    def strict(self, running: Service) -> Iterator[Service]:
        yield running
        assert running.health() == IDLE
        assert "accepted" not in running.log()

    def test_by_its_signature(self, strict: Service, sender: Sender) -> None:
        good, of_another = sender.sign(self.BODY), Sender().sign(self.BODY)
        shifted = f"{good[:20]} {good[20:]}"
        for wrong in (None, "", "not base64!", "bm90IGEgc2lnbmF0dXJl", of_another, good[:-8], shifted):
            assert strict.send(self.BODY, rtk_signature=wrong).status_code == 401

    @pytest.mark.parametrize(
        ("old", "new"), [("standup", "another"), ("started", "ended"), ("}}", "}}\n"), (": ", ":")]
    )
    def test_by_a_changed_body(self, strict: Service, sender: Sender, old: str, new: str) -> None:
        changed = self.BODY.replace(old.encode(), new.encode())
        answer = strict.send(changed, rtk_signature=sender.sign(self.BODY))
        assert (answer.status_code, answer.json()) == (401, {"error": "the signature is missing or not RealtimeKit's"})

    def test_by_its_size_whether_it_says_so_or_not(self, strict: Service, sender: Sender) -> None:
        body = json.dumps({"event": "meeting.started", "meeting": {"id": "standup"}, "more": "x" * 300_000}).encode()
        assert strict.send(body).status_code == 413
        parts = iter([body[:200_000], body[200_000:]])
        answer = strict.request("POST", "/webhook", content=parts, headers=sender.headers(body, "u-1"))
        assert answer.status_code == 413

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"content_type": "text/plain"}, 415),
            ({"content_type": None}, 415),
            ({"rtk_webhook_id": "somebody else's"}, 403),
            ({"rtk_webhook_id": None}, 403),
        ],
    )
    def test_by_its_headers(self, strict: Service, headers: dict[str, Any], status: int) -> None:
        assert strict.send(self.BODY, **headers).status_code == status

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            (b"{", "the body: Invalid JSON"),
            (b"\xff\xfe", "the body: Invalid JSON"),
            (b"[]", "the body: Input should be an object"),
            (b"{}", "event: Field required"),
            (b'{"event": 1}', "event: Input should be a valid string"),
            (b'{"event": "meeting.started"}', "meeting.started without meeting.id"),
            (b'{"event": "meeting.started", "meeting": {"id": ""}}', "meeting.started without meeting.id"),
            (b'{"event": "meeting.ended", "meeting": {}}', "meeting.ended without meeting.id"),
            (b'{"event": "meeting.started", "meeting": {"id": ["standup"]}}', "meeting.id: Input should be a valid"),
            (b'{"event": "meeting.started", "meeting": ' + b"[" * 3000 + b"}", "the body: Invalid JSON"),
        ],
    )
    def test_by_its_content(self, strict: Service, body: bytes, error: str) -> None:
        answer = strict.send(body)
        assert (answer.status_code, answer.json()["error"].startswith(error)) == (422, True)

    @pytest.mark.parametrize(("method", "path", "status"), [("GET", "/webhook", 405), ("POST", "/", 404)])
    def test_by_its_method_or_path(self, strict: Service, method: str, path: str, status: int) -> None:
        assert strict.request(method, path).status_code == status
