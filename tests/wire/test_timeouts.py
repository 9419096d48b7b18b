"""How long calls take, and the pauses between them."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from pulumi_realtimekit.api.client import App, RecordingsApi
from pulumi_realtimekit.api.recordings import Recording
from pulumi_realtimekit.errors import AnswerLost, ApiError, NotSent, TooManyRequests

from tests.kit.in_process import ACCOUNT, APP
from tests.kit.scripted import Answer, Scripted, serve
from tests.kit.waiting import at_once

__all__ = ["serve"]

PLACE = App(ACCOUNT, APP)
Serve = Callable[..., Scripted]
Client = Callable[..., RecordingsApi]
R1 = {"success": True, "data": {"id": "r1", "status": "RECORDING"}}


@pytest.fixture
def client() -> Iterator[Client]:
    """Makes clients; they are closed with the test."""
    with ExitStack() as made:
        yield lambda base_url, **options: made.enter_context(
            closing(RecordingsApi(base_url=base_url, token="scripted-token", **options))
        )


@pytest.fixture
def nobody() -> Iterator[str]:
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
    serve: Serve, client: Client, answer: Answer, error: type[ApiError]
) -> None:
    server = serve(lambda _: answer)
    api = client(server.base_url)
    failed, seconds = outcome(lambda: api.recording(PLACE, "r1", timeout=1))
    assert type(failed) is error
    assert seconds < 1.5
    assert len(server.requests) == 1


def test_a_timeout_holds_for_the_wait_for_a_turn_too(serve: Serve, client: Client) -> None:
    """One request has left, the next may in fifty seconds: neither the first in line nor the second waits for that."""
    server = serve(lambda _: Answer(R1))
    api = client(server.base_url, request_limit=1)
    assert api.recording(PLACE, "r1").id == "r1"
    for _ in range(2):
        failed, seconds = outcome(lambda: api.recording(PLACE, "r1", timeout=0.5))
        assert isinstance(failed, NotSent)
        assert str(failed).endswith("was not sent: the time for it was over")
        assert seconds < 1
    assert len(server.requests) == 1


# Pauses


def test_a_service_that_takes_no_connection_is_tried_twice(client: Client, nobody: str) -> None:
    api = client(nobody, timeout=0.5)
    for call in (lambda: api.recording(PLACE, "r1"), lambda: api.start(PLACE, {}, lambda: None)):
        failed, seconds = outcome(call)
        assert isinstance(failed, NotSent)
        assert 0.9 < seconds < 2


@pytest.mark.parametrize("asked", ["300", "400"])
def test_a_long_pause_is_said_once_and_bounded_in_all(
    serve: Serve, client: Client, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    server = serve(lambda _: Answer(status=503, headers={"retry-after": asked}))
    told: list[str] = []
    api = client(server.base_url, on_slowed=told.append)
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
def test_a_service_that_asks_for_no_pause_gets_one(serve: Serve, client: Client, status: int, asked: str) -> None:
    """Eight calls at once, of a service that refuses for a second."""
    began = time.monotonic()

    def script(_: object) -> Answer:
        ready = time.monotonic() - began > 1
        return Answer(R1) if ready else Answer(status=status, headers={"retry-after": asked})

    server = serve(script)
    api = client(server.base_url)
    at_once([lambda: outcome(lambda: api.recording(PLACE, "r1"))] * 8)
    assert len(server.requests) <= 5 * 8
