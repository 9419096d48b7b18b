"""How long calls take, and the pauses between them."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from pulumi_realtimekit.api.client import App, RecordingsApi
from pulumi_realtimekit.api.recordings import Recording
from pulumi_realtimekit.errors import AnswerLost, ApiError, NotSent, TooManyRequests

from tests.kit.in_process import ACCOUNT, APP
from tests.kit.scripted import Answer, Request, Scripted, scripted

PLACE = App(ACCOUNT, APP)
R1 = {"success": True, "data": {"id": "r1", "status": "RECORDING"}}


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def client(base_url: str, running: ExitStack, **options: Any) -> RecordingsApi:
    api = RecordingsApi(base_url=base_url, token="scripted-token", **options)
    running.callback(api.close)
    return api


def answering(script: Callable[[Request], Answer], running: ExitStack) -> Scripted:
    server: Scripted = running.enter_context(scripted(script))
    return server


@contextmanager
def black_hole() -> Iterator[str]:
    """A base URL at which nobody answers, not even with a refusal: its port takes no connection any more."""
    with ExitStack() as waiting, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(8):
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/client/v4"


def outcome(call: Callable[[], Recording | None]) -> tuple[Recording | ApiError | None, float]:
    """What a call returns or raises, and after how many seconds."""
    began = time.monotonic()
    try:
        return call(), time.monotonic() - began
    except ApiError as error:
        return error, time.monotonic() - began


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(status=503), AnswerLost),
        (Answer(status=503, headers={"retry-after": "3"}), AnswerLost),
        (Answer(status=429, headers={"retry-after": "3"}), TooManyRequests),
        (Answer(R1, trickle=0.2), AnswerLost),
    ],
    ids=["unavailable", "unavailable for a while", "limited", "slow"],
)
def test_a_call_with_a_timeout_is_sent_once_and_over_by_then(
    running: ExitStack, answer: Answer, error: type[ApiError]
) -> None:
    server = answering(lambda _: answer, running)
    api = client(server.base_url, running)
    failed, seconds = outcome(lambda: api.recording(PLACE, "r1", timeout=1))
    assert type(failed) is error
    assert seconds < 1.5
    assert len(server.requests) == 1


def test_a_timeout_holds_for_the_wait_for_a_turn_too(running: ExitStack) -> None:
    """One request has left, the next may in fifty seconds: neither the first in line nor the second waits for that."""
    server = answering(lambda _: Answer(R1), running)
    api = client(server.base_url, running, request_limit=1)
    assert api.recording(PLACE, "r1").id == "r1"
    for _ in range(2):
        failed, seconds = outcome(lambda: api.recording(PLACE, "r1", timeout=0.5))
        assert isinstance(failed, NotSent)
        assert str(failed).endswith("was not sent: the time for it was over")
        assert seconds < 1
    assert len(server.requests) == 1


# Pauses


def test_a_service_that_takes_no_connection_is_tried_twice(running: ExitStack) -> None:
    api = client(running.enter_context(black_hole()), running, timeout=0.5)
    for call in (lambda: api.recording(PLACE, "r1"), lambda: api.start(PLACE, {}, lambda: None)):
        failed, seconds = outcome(call)
        assert isinstance(failed, NotSent)
        assert 0.9 < seconds < 2


@pytest.mark.parametrize("asked", ["300", "400"])
def test_a_long_pause_is_said_once_and_bounded_in_all(
    running: ExitStack, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    server = answering(lambda _: Answer(status=503, headers={"retry-after": asked}), running)
    told: list[str] = []
    api = client(server.base_url, running, on_slowed=told.append)
    slept: list[float] = []
    monotonic = time.monotonic
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("time.monotonic", lambda: monotonic() + sum(slept))
    for _ in range(2):
        assert isinstance(outcome(lambda: api.recording(PLACE, "r1"))[0], AnswerLost)
    assert slept == ([300, 300] if asked == "300" else []), "once in a call, and no longer than the longest pause"
    assert told == (["the service is not available, and asks for a pause (300 s)"] if slept else [])


@pytest.mark.parametrize("asked", ["0", "-5"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_service_that_asks_for_no_pause_gets_one(running: ExitStack, status: int, asked: str) -> None:
    """Eight calls at once, of a service that refuses for a second."""
    began = time.monotonic()

    def script(_: Request) -> Answer:
        ready = time.monotonic() - began > 1
        return Answer(R1) if ready else Answer(status=status, headers={"retry-after": asked})

    server = answering(script, running)
    api = client(server.base_url, running)
    threads = [threading.Thread(target=outcome, args=(lambda: api.recording(PLACE, "r1"),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(server.requests) <= 5 * 8
