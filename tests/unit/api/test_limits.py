"""When requests may leave, on a clock of the test's own."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_realtimekit.api.limits import WINDOW_SECONDS, RequestLimit

from tests.kit.waiting import eventually


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def limited(requests: int) -> tuple[RequestLimit, Clock, list[str]]:
    clock, said = Clock(), list[str]()
    return RequestLimit(requests, said.append, clock.sleep, lambda: clock.now), clock, said


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 20), st.lists(st.floats(0, 30), max_size=80))
def test_no_window_holds_more_than_the_limit(requests: int, gaps: list[float]) -> None:
    limit, clock, said = limited(requests)
    left: list[float] = []
    for gap in gaps:
        clock.now += gap
        limit.wait()
        left.append(clock.now)
    for first, beyond in zip(left, left[requests:], strict=False):
        assert beyond - first > WINDOW_SECONDS
    assert len(said) <= 1


def test_a_request_waits_no_longer_than_it_has_to() -> None:
    limit, clock, said = limited(10)
    for _ in range(35):
        limit.wait()
    assert clock.now == pytest.approx(1_000 + 3 * (WINDOW_SECONDS + 1), abs=0.1)
    assert said == ["the request limit (10 in any 50 s) slows this run down"]


def test_no_limit_holds_nothing_back() -> None:
    limit, clock, said = limited(0)
    for _ in range(5_000):
        limit.wait()
    assert (clock.now, said) == (1_000.0, [])


@pytest.mark.parametrize("requests", [0, 1_000])
def test_a_pause_that_the_service_asks_for_holds_every_request_and_is_said_once(requests: int) -> None:
    limit, clock, said = limited(requests)
    for seconds in (7, 3, 20):
        limit.hold(seconds)
    limit.wait()
    assert clock.now == pytest.approx(1_020)
    assert said == ["the service asks for a pause: its limit of requests is reached (7 s)"]


def test_a_pause_holds_a_request_that_already_waits() -> None:
    limit, clock, _ = limited(1)
    limit.wait()
    pauses = iter([70])

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        limit.hold(next(pauses, 0))

    limit._sleep = sleep
    limit.wait()
    assert clock.now == pytest.approx(1_000 + WINDOW_SECONDS + 1 + 70)


def test_requests_are_given_their_times_in_the_order_in_which_they_ask() -> None:
    limit, _, _ = limited(1)
    pauses: list[float] = []
    go = threading.Event()

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        go.wait(10)

    limit._sleep = sleep
    limit.wait()
    with ThreadPoolExecutor(8) as threads:
        for number in range(1, 9):
            threads.submit(limit.wait)
            eventually(lambda count=number: len(pauses) == count, "it waits")  # type: ignore[misc]
        go.set()
    assert pauses == [pytest.approx(number * (WINDOW_SECONDS + 1)) for number in range(1, 9)]


def test_what_would_have_to_wait_too_long_does_not_wait_at_all() -> None:
    limit, clock, _ = limited(1)
    limit.wait(clock.now)
    with pytest.raises(TimeoutError):
        limit.wait(clock.now + WINDOW_SECONDS)
    assert clock.now == 1_000
    limit.wait(clock.now + WINDOW_SECONDS + 2)
    assert clock.now == pytest.approx(1_000 + WINDOW_SECONDS + 1, abs=0.1)
