"""Each fault as a client's socket sees it, and what the server has done by then."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass

import pytest

from sandbox.api.faults import FAULTS

PATH = "/client/v4/accounts/account/realtime/kit/app/recordings/track"
BODY = json.dumps({"meeting_id": "meeting", "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}})


@dataclass
class Seen:
    """What came back on a socket until its end."""

    data: bytes
    was_reset: bool
    seconds: float

    @property
    def head(self) -> str:
        return self.data.partition(b"\r\n\r\n")[0].decode().lower()

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int | None:
        return int(self.head.split()[1]) if self.data else None

    @property
    def promised(self) -> int:
        return int(self.head.partition("content-length: ")[2].split()[0])


def start(api) -> Seen:
    """A start over a socket of its own."""
    request = (
        f"POST {PATH} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {api.token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(BODY)}\r\nconnection: close\r\n\r\n{BODY}"
    )
    data, began = b"", time.monotonic()
    with socket.create_connection(("127.0.0.1", api.port), timeout=10) as connection:
        connection.sendall(request.encode())
        try:
            while part := connection.recv(65_536):
                data += part
        except ConnectionResetError:
            return Seen(data, was_reset=True, seconds=time.monotonic() - began)
    return Seen(data, was_reset=False, seconds=time.monotonic() - began)


TABLE = {
    # fault: (acts, status that arrives, whether the answer is whole)
    "refuse": (False, None, False),
    "drop_before": (False, None, False),
    "delay_before": (True, 200, True),
    "429": (False, 429, True),
    "503": (False, 503, True),
    "drop_after": (True, None, False),
    "delay": (True, 200, True),
    "500_after": (True, 500, True),
    "html_after": (True, 502, True),
    "empty_after": (True, 200, True),
    "cut_after": (True, 200, False),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_client_sees_and_what_was_done(every, fault) -> None:
    acts, status, whole = TABLE[fault]
    every.fault(fault, method="POST", path="/recordings/track", seconds=0.3)

    seen = start(every)

    assert seen.status == status
    assert len(every.recordings()) == acts
    assert seen.was_reset is (fault == "refuse")
    if status is not None:
        assert len(seen.body) == (seen.promised if whole else seen.promised // 2)
    if fault in {"delay", "delay_before"}:
        assert seen.seconds >= 0.3
    (entry,) = every.requests()
    assert (entry["fault"], entry["status"]) == (fault, status)
    assert entry["body"] == (None if fault == "refuse" else json.loads(BODY))
    assert every.faults()["faults"] == []


@pytest.mark.parametrize(
    ("fault", "options", "expected"),
    [
        ("429", {}, (429, "retry-after: 1", "application/json", b'{"success":false,"errors":')),
        ("429", {"retry_after": 7}, (429, "retry-after: 7", "application/json", b'{"success":false,"errors":')),
        ("503", {}, (503, "", "application/json", b'{"success":false,"errors":')),
        ("503", {"retry_after": 0.5}, (503, "retry-after: 0.5", "application/json", b'{"success":false,"errors":')),
        ("500_after", {}, (500, "", "application/json", b'{"success":false,"error":')),
        ("500_after", {"status": 504}, (504, "", "application/json", b'{"success":false,"error":')),
        ("html_after", {}, (502, "", "text/html", b"<html>")),
        ("html_after", {"status": 200}, (200, "", "text/html", b"<html>")),
        ("empty_after", {}, (200, "", "", b"")),
        ("empty_after", {"status": 502}, (502, "", "", b"")),
    ],
)
def test_the_answers_of_faults(api, fault, options, expected) -> None:
    status, header, content_type, body = expected
    api.fault(fault, **options)

    seen = start(api)

    assert seen.status == status
    assert header in seen.head
    assert content_type in seen.head
    assert seen.body.startswith(body)
    assert bool(seen.body) == bool(body)


@pytest.mark.parametrize("fault", ["500_after", "html_after"])
def test_a_status_without_a_body_is_no_status_for_one(api, fault) -> None:
    with pytest.raises(ValueError, match=r'"faults\[0\].status" must be one with a body'):
        api.fault(fault, status=204)


@pytest.mark.parametrize(("fault", "there_at_once"), [("delay", 1), ("delay_before", 0)])
def test_a_client_that_goes_away_does_not_stop_what_it_asked_for(api, client, fault, there_at_once) -> None:
    api.fault(fault, seconds=1.5)
    with socket.create_connection(("127.0.0.1", api.port), timeout=10) as connection:
        connection.sendall(
            f"POST {PATH} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {api.token}\r\n"
            f"content-length: {len(BODY)}\r\n\r\n{BODY}".encode()
        )
        deadline = time.monotonic() + 5
        while not api.requests() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(api.recordings()) == there_at_once

    while not api.recordings() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(api.recordings()) == 1


@pytest.mark.parametrize(
    ("method", "path", "hit"),
    [
        ("*", "*", True),
        ("post", "*", True),
        ("GET", "*", False),
        ("*", "/recordings/track", True),
        ("*", "recordings/track", True),
        ("*", PATH, True),
        ("*", PATH[1:], True),
        ("*", "/recordings", False),
        ("*", "/recordings*", True),
        ("*", "*/track", True),
        ("*", "/client/v4/accounts/other/*", False),
        ("*", "/client/v4/accounts/account/*", True),
        ("*", "/RECORDINGS/TRACK", False),
    ],
)
def test_which_calls_a_fault_is_for(api, method, path, hit) -> None:
    api.fault("503", method=method, path=path)

    assert start(api).status == (503 if hit else 200)


@pytest.mark.parametrize(("times", "statuses"), [(1, [503, 200, 409]), (2, [503, 503, 200]), (None, [503, 503, 503])])
def test_how_often(api, times, statuses) -> None:
    api.fault("503", times=times)

    assert [start(api).status for _ in range(3)] == statuses
    api.clear_faults()
    assert api.faults() == {"faults": [], "random": None}


def answers(api, client, calls: int = 40) -> list[str | None]:
    api.clear_requests()
    for _ in range(calls):
        client.get("/sessions")
    return [entry["fault"] for entry in api.requests()]


def test_random_faults_are_the_same_for_the_same_seed(api, client) -> None:
    runs = []
    for seed in (7, 7, 8):
        api.clear_faults()
        api.random_faults(0.5, seed=seed, faults=["503", "500_after", "empty_after"], path="/sessions")
        runs.append(answers(api, client))

    api.fault("429")
    assert answers(api, client, 1) == ["429"], "one that was asked for goes first"
    first, second, third = runs
    assert first == second != third
    assert set(first) == {None, "503", "500_after", "empty_after"}
    assert 8 <= sum(fault is not None for fault in first) <= 32


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([{"fault": "explode"}], '"faults[0].fault" must be one of [refuse, drop_before,'),
        ([{}], '"faults[0].fault" is required'),
        ([{"fault": "429", "times": 0}], '"faults[0].times" must be greater than or equal to 1'),
        ({"random": {"probability": 2}}, '"random.probability" must be less than or equal to 1'),
        ("429", '"value" must be of type object'),
    ],
)
def test_what_is_no_fault(api, client, body, message) -> None:
    response = client.post(f"{api.url}/_sandbox/faults", json=body)

    assert response.status_code == 400
    assert message in response.json()["error"]
