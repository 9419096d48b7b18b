"""What is taken and what is refused, over a socket."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.webhook.sender import Sender, ended, recorded, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webhook.engine import RecordingEngine
    from tests.webhook.service import Service, Services

UP = ["up", "--refresh"]
REFRESH = ["refresh"]


class TestAnEventRunsTheStackOfItsMeeting:
    @pytest.fixture(scope="class")
    @staticmethod
    def service(shared: tuple[Services, RecordingEngine]) -> Service:
        return shared[0].start()

    @pytest.mark.parametrize(
        ("body", "words", "project", "stack"),
        [
            (started("standup"), UP, "team", "prod"),
            (ended("standup"), REFRESH, "team", "prod"),
            (recorded("standup"), REFRESH, "team", "prod"),
            (started("board"), UP, "board", "acme/board/eu-1"),
            (started("a meeting nobody named"), UP, "others", "prod"),
        ],
    )
    def test_with_these_words(
        self,
        service: Service,
        shared: tuple[Services, RecordingEngine],
        sender: Sender,
        body: bytes,
        words: list[str],
        project: str,
        stack: str,
    ) -> None:
        services, engine = shared
        before = len(engine.calls())
        answer = sender.send(service.url, body)
        assert (answer.status_code, answer.json()) == (202, {"accepted": words[0]})
        call = engine.wait_for(before + 1)[-1]
        where = ["--cwd", str(services.store.parent / "projects" / project), "--stack", stack]
        assert call.arguments == [*words, "--yes", "--skip-preview", "--non-interactive", *where]
        assert call.cwd == str(services.store.parent), "the command starts where the service does"


def test_an_update_that_names_no_meeting_refreshes_every_stack_once(
    services: Services, engine: RecordingEngine, sender: Sender
) -> None:
    service = services.start()
    assert sender.send(service.url, recorded(meeting=None)).status_code == 202
    engine.wait_for(3)
    service.wait_until_idle()
    assert sorted((call.verb, call.stack) for call in engine.calls()) == [
        ("refresh", "acme/board/eu-1"),
        ("refresh", "prod"),
        ("refresh", "prod"),
    ]


def test_other_events_are_acknowledged_and_run_nothing(services: Services, sender: Sender) -> None:
    service = services.start()
    others = [
        b'{"event": "meeting.participantJoined", "meeting": {"id": "standup"}}',
        b'{"event": "meeting.transcript", "meeting": {"id": "standup"}, "transcriptDownloadUrl": "https://x.example"}',
        b'{"event": "something.new", "meeting": null}',
    ]
    assert [sender.send(service.url, body).status_code for body in others] == [200, 200, 200]
    assert service.health() == {"status": "ok", "waiting": 0, "later": 0, "running": 0, "given_up": 0}


def test_a_meeting_without_a_stack_is_acknowledged_and_runs_nothing(
    services: Services, sender: Sender, engine: RecordingEngine
) -> None:
    service = services.start(meetings={"standup": {"project": "projects/team", "stack": "prod"}})
    answer = sender.send(service.url, started("another"))
    assert (answer.status_code, answer.json()) == (200, {"ignored": "no stack is set for this meeting"})
    assert "no stack is set for this meeting" in service.log()
    assert service.health()["waiting"] == 0
    assert engine.calls() == []


def test_what_an_event_leads_to_can_be_set(services: Services, sender: Sender, engine: RecordingEngine) -> None:
    service = services.start(actions={"recording.statusUpdate": "up", "meeting.ended": "ignore"})
    assert sender.send(service.url, ended()).json() == {"ignored": "nothing is to be done for this event"}
    assert sender.send(service.url, recorded()).json() == {"accepted": "up"}
    (call,) = engine.wait_for(1)
    assert call.verb == "up"


@pytest.fixture(scope="class")
def strict(shared: tuple[Services, RecordingEngine]) -> Service:
    return shared[0].start(max_body_bytes=4096, body_seconds=1.5, webhook_ids=["webhook-1"])


class TestRefused:
    """One service for all: what is refused leaves nothing behind, which the last line of each test sees."""

    BODY = started("standup", "s-1")

    @pytest.fixture
    def url(self, strict: Service, shared: tuple[Services, RecordingEngine]) -> Iterator[str]:
        yield strict.url
        engine = shared[1]
        assert strict.health() == {"status": "ok", "waiting": 0, "later": 0, "running": 0, "given_up": 0}
        assert engine.calls() == []

    def test_by_its_signature(self, url: str, sender: Sender) -> None:
        signature = sender.sign(self.BODY)
        wrong: list[dict[str, str | None]] = [
            {"rtk-signature": None},
            {"rtk-signature": ""},
            {"rtk-signature": "not base64!"},
            {"rtk-signature": "bm90IGEgc2lnbmF0dXJl"},
            {"rtk-signature": Sender().sign(self.BODY)},
            {"rtk-signature": sender.sign(self.BODY + b" ")},
            {"rtk-signature": signature[:-8]},
            {"rtk-signature": " ".join([signature[:20], signature[20:]])},
        ]
        assert [sender.send(url, self.BODY, headers=headers).status_code for headers in wrong] == [401] * len(wrong)

    @pytest.mark.parametrize(
        "tampered",
        [
            BODY.replace(b"standup", b"another"),
            BODY.replace(b"started", b"ended"),
            BODY + b"\n",
            BODY.replace(b": ", b":"),
            b"",
        ],
    )
    def test_by_a_changed_body(self, url: str, sender: Sender, tampered: bytes) -> None:
        answer = sender.send(url, tampered, headers=dict(sender.headers(self.BODY)))
        assert (answer.status_code, answer.json()) == (401, {"error": "the signature is missing or not RealtimeKit's"})

    def test_by_its_size_whether_it_says_so_or_not(self, url: str, sender: Sender) -> None:
        body = json.dumps({"event": "meeting.started", "meeting": {"id": "standup"}, "more": "x" * 5000}).encode()
        assert sender.send(url, body).status_code == 413

        def parts() -> Iterator[bytes]:
            yield from (body[at : at + 100] for at in range(0, len(body), 100))

        answer = httpx.post(f"{url}/webhook", content=parts(), headers=sender.headers(body), trust_env=False)
        assert answer.status_code == 413

    def test_by_a_length_of_gigabytes_before_any_of_them_is_read(self, url: str, sender: Sender) -> None:
        with closing(connect(url)) as connection:
            connection.sendall(head(sender.headers(b""), 10**12))
            assert connection.recv(1000).startswith(b"HTTP/1.1 413")

    def test_by_a_body_that_does_not_come(self, url: str, sender: Sender) -> None:
        with closing(connect(url)) as connection:
            connection.sendall(head(sender.headers(self.BODY), len(self.BODY)) + self.BODY[:10])
            assert connection.recv(1000).startswith(b"HTTP/1.1 408")

    def test_by_a_sender_that_leaves(self, url: str, sender: Sender) -> None:
        with closing(connect(url)) as connection:
            connection.sendall(head(sender.headers(self.BODY), len(self.BODY)) + self.BODY[:10])

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"content-type": "text/plain"}, 415),
            ({"content-type": "application/x-www-form-urlencoded"}, 415),
            ({"content-type": None}, 415),
            ({"rtk-uuid": None}, 400),
            ({"rtk-uuid": ""}, 400),
            ({"rtk-uuid": "x" * 201}, 400),
            ({"rtk-webhook-id": "somebody else's"}, 403),
            ({"rtk-webhook-id": None}, 403),
        ],
    )
    def test_by_its_headers(self, url: str, sender: Sender, headers: dict[str, str | None], status: int) -> None:
        assert sender.send(url, self.BODY, headers=headers).status_code == status

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            (b"{", "the body: Invalid JSON"),
            (b"\xff\xfe", "the body: Invalid JSON"),
            (b"[]", "the body: Input should be an object"),
            (b"{}", "event: Field required"),
            (b'{"event": 1}', "event: Input should be a valid string"),
            (b'{"event": "meeting.started"}', "a meeting.started without meeting.id"),
            (b'{"event": "meeting.ended", "meeting": {}}', "a meeting.ended without meeting.id"),
            (b'{"event": "meeting.started", "meeting": {"id": ["standup"]}}', "meeting.id: Input should be a valid"),
            (b'{"event": "meeting.started", "meeting": {"id": ' + b"[" * 3000 + b"}", "the body: Invalid JSON"),
        ],
    )
    def test_by_its_content(self, url: str, sender: Sender, body: bytes, error: str) -> None:
        answer = sender.send(url, body)
        assert answer.status_code == 422
        assert answer.json()["error"].startswith(error)

    @pytest.mark.parametrize(
        ("method", "path", "status"), [("GET", "/webhook", 405), ("PUT", "/webhook", 405), ("POST", "/", 404)]
    )
    def test_by_its_method_or_path(self, url: str, sender: Sender, method: str, path: str, status: int) -> None:
        answer = httpx.request(method, url + path, headers=sender.headers(self.BODY), trust_env=False)
        assert answer.status_code == status


def test_a_type_with_a_charset_and_one_of_two_keys_are_taken(
    services: Services, sender: Sender, engine: RecordingEngine
) -> None:
    (services.store.parent / "both.pem").write_bytes(Sender().public_pem + b"\n" + sender.public_pem)
    service = services.start(public_key_file="both.pem")
    answer = sender.send(service.url, started(), headers={"content-type": "Application/JSON; charset=utf-8"})
    assert answer.status_code == 202
    engine.wait_for(1)


def connect(url: str) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def head(headers: dict[str, Any], length: int) -> bytes:
    lines = [f"{name}: {value}" for name, value in {"host": "test", "content-length": length, **headers}.items()]
    return ("POST /webhook HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode()
