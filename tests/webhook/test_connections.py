"""Who opens connections and says little or nothing does not keep the service from those who send webhooks."""

from __future__ import annotations

import select
import socket
from contextlib import ExitStack
from http.client import HTTPResponse
from typing import TYPE_CHECKING

import pytest

from tests.kit.waiting import eventually
from tests.webhook.sender import recorded, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webhook.engine import RecordingEngine
    from tests.webhook.sender import Sender
    from tests.webhook.service import Service, Services

PART_OF_A_HEAD = b"POST /webhook HTTP/1.1\r\nHost: x\r\n"
WHOLE_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
NEVER = 3600
OK = {"status": "ok", "waiting": 0, "later": 0, "running": 0, "given_up": 0}


class Peers:
    """Connections of somebody who means no good."""

    def __init__(self) -> None:
        self._open = ExitStack()

    def connect(self, service: Service, sends: bytes = PART_OF_A_HEAD) -> socket.socket:
        host, port = service.url.removeprefix("http://").split(":")
        connection = self._open.enter_context(socket.create_connection((host, int(port)), timeout=60))
        connection.sendall(sends)
        return connection

    def close(self) -> None:
        self._open.close()


@pytest.fixture
def peers() -> Iterator[Peers]:
    opened = Peers()
    yield opened
    opened.close()


def everything(connection: socket.socket) -> bytes:
    """What comes until the service closes, or resets, the connection."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def answered(connection: socket.socket) -> int:
    """The status of an answer, which is read to its end."""
    answer = HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer.status


def is_closed(connection: socket.socket) -> bool:
    readable, _, _ = select.select([connection], [], [], 0)
    return bool(readable) and not everything(connection)


def sends(connection: socket.socket, content: bytes) -> bool:
    """Whether the service still takes something."""
    try:
        connection.sendall(content)
    except ConnectionError:
        return False
    return not is_closed(connection)


def test_webhooks_are_taken_beside_500_silent_connections_and_all_of_these_are_closed(
    services: Services, sender: Sender, engine: RecordingEngine, peers: Peers
) -> None:
    service = services.start(connections=50, head_seconds=2)
    silent = [peers.connect(service) for _ in range(500)]
    assert sender.send(service.url, started()).status_code == 202
    engine.wait_for(1)
    service.wait_until_idle()
    assert service.health() == OK
    assert [everything(connection) for connection in silent] == [b""] * 500
    assert "closed connections=1 since the last line like this" in service.log()
    assert service.log().count("closed connections=") == 1, "a line a minute, however many there are"


def test_more_connections_than_the_process_may_open_files_are_no_harm(
    services: Services, sender: Sender, peers: Peers
) -> None:
    """Some systems allow 256 unless a process asks for more."""
    service = services.start(files=256, connections=300, head_seconds=NEVER)
    silent = [peers.connect(service, b"") for _ in range(600)]
    assert sender.send(service.url, recorded()).status_code == 202
    eventually(lambda: sum(map(is_closed, silent)) >= 300, "those above the bound are closed")
    assert "Traceback" not in service.log()


def test_more_than_the_process_may_ever_open_is_a_mistake_in_the_settings(services: Services) -> None:
    service = services.start()
    ended = service.command("jobs", files=700, RECORDING_WEBHOOK_CONNECTIONS="300")
    assert ended.returncode == 2
    assert ended.stderr == (
        "RECORDING_WEBHOOK_CONNECTIONS: 300 connections need 800 open files, and this process may have 700:"
        " set fewer, or raise the limit (ulimit -n)\n"
    )


def test_of_too_many_those_that_have_waited_longest_are_closed(services: Services, peers: Peers) -> None:
    service = services.start(connections=3, head_seconds=NEVER)
    silent = peers.connect(service, b"")
    part_of_a_head = peers.connect(service)
    idle = peers.connect(service, WHOLE_REQUEST)
    assert answered(idle) == 200
    part_of_a_body = peers.connect(
        service, PART_OF_A_HEAD + b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    )
    assert everything(silent) == b""
    peers.connect(service, b"")
    assert everything(part_of_a_head) == b""
    part_of_a_body.sendall(b"        ")
    assert answered(part_of_a_body) == 401
    peers.connect(service, b"")
    assert everything(idle) == b""


@pytest.mark.parametrize("after_another", [False, True], ids=["first", "next"])
def test_a_head_that_comes_byte_by_byte_is_not_waited_for(
    services: Services, peers: Peers, *, after_another: bool
) -> None:
    service = services.start(head_seconds=1)
    connection = peers.connect(service, WHOLE_REQUEST if after_another else PART_OF_A_HEAD)
    if after_another:
        assert answered(connection) == 200
        connection.sendall(PART_OF_A_HEAD)
    eventually(lambda: not sends(connection, b"x"), "it is closed", every=0.1)


def test_a_body_that_nobody_asked_for_is_not_waited_for(services: Services, peers: Peers) -> None:
    service = services.start(head_seconds=1)
    connection = peers.connect(service, WHOLE_REQUEST.replace(b"\r\n\r\n", b"\r\nContent-Length: 100000\r\n\r\n"))
    assert answered(connection) == 200
    eventually(lambda: not sends(connection, b"x"), "it is closed", every=0.1)


def test_an_answer_that_nobody_reads_is_not_waited_for(services: Services, peers: Peers) -> None:
    service = services.start(head_seconds=1)
    connection = peers.connect(service, b"")
    connection.setblocking(False)
    requests = WHOLE_REQUEST.replace(b"healthz", b"nothing") * 200

    def sends_more() -> bool:
        try:
            while connection.send(requests):
                pass
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        return True

    eventually(lambda: not sends_more(), "it is closed")


def test_an_idle_connection_is_kept_for_the_next_request_and_closed_in_the_end(
    services: Services, peers: Peers
) -> None:
    service = services.start(head_seconds=1)
    connection = peers.connect(service, WHOLE_REQUEST)
    assert answered(connection) == 200
    connection.sendall(WHOLE_REQUEST)
    assert answered(connection) == 200
    assert everything(connection) == b""
    assert "closed connections=" not in service.log(), "that is as usual"
