"""The pace of requests, on a clock of its own."""

import threading
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_realtimekit.api.limits import WINDOW_SECONDS, Pace, Turns

from tests.kit.waiting import eventually


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def paced(limit: int) -> tuple[Pace, Clock, list[str]]:
    clock, told = Clock(), []
    return Pace(limit, told.append, clock.sleep, lambda: clock.now), clock, told


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 20), st.lists(st.floats(0, 30), max_size=80))
def test_no_window_holds_more_than_the_limit(limit: int, gaps: list[float]) -> None:
    pace, clock, told = paced(limit)
    left: list[float] = []
    for gap in gaps:
        clock.now += gap
        pace.wait()
        left.append(clock.now)
    for first, beyond in zip(left, left[limit:], strict=False):
        assert beyond - first > WINDOW_SECONDS
    assert len(told) <= 1


def test_what_is_held_back_waits_no_longer_than_it_has_to() -> None:
    pace, clock, told = paced(10)
    began = clock.now
    for _ in range(35):
        pace.wait()
    assert clock.now - began == pytest.approx(3 * (WINDOW_SECONDS + 1), abs=0.1)
    assert told == ["the limit of 10 requests in any 50 s (realtimekit:requestLimit) slows this run down"]


def test_no_limit_holds_nothing_back() -> None:
    pace, clock, told = paced(0)
    for _ in range(5_000):
        pace.wait()
    assert (clock.now, told) == (1_000.0, [])


@pytest.mark.parametrize("limit", [0, 1_000])
def test_a_pause_that_the_service_asks_for_holds_everybody_and_is_told_once(limit: int) -> None:
    pace, clock, told = paced(limit)
    for seconds in (7, 3, 20):
        pace.hold(seconds)
    pace.wait()
    assert clock.now == pytest.approx(1_020)
    assert told == ["the service asks for a pause: its limit of requests is reached (7 s)"]


def test_many_threads_keep_the_limit_together_and_tell_of_it_once() -> None:
    pace, clock, told = paced(50)
    left: list[float] = []

    def call() -> None:
        for _ in range(10):
            pace.wait()
            left.append(clock.now)

    run(call for _ in range(32))
    assert len(left) == 320
    for first, beyond in zip(sorted(left), sorted(left)[50:], strict=False):
        assert beyond - first >= WINDOW_SECONDS
    assert len(told) == 1


def test_requests_leave_in_the_order_in_which_they_asked() -> None:
    left: list[int] = []
    go = threading.Event()
    clock = Clock()

    def sleep(seconds: float) -> None:
        go.wait(10)
        clock.sleep(seconds)

    pace = Pace(1, lambda _: None, sleep, lambda: clock.now)
    pace.wait()

    def call(number: int) -> None:
        pace.wait()
        left.append(number)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for number, thread in enumerate(threads):
        thread.start()
        eventually(lambda count=number: len(pace._turn._waiting) == count, "it waits for its turn")  # type: ignore[misc]
    go.set()
    for thread in threads:
        thread.join(10)
    assert left == list(range(8))


def test_what_would_have_to_wait_too_long_does_not_wait_at_all() -> None:
    pace, clock, _ = paced(1)
    pace.wait(0)
    with pytest.raises(TimeoutError):
        pace.wait(WINDOW_SECONDS)
    assert clock.now == 1_000
    pace.wait(WINDOW_SECONDS + 2)
    assert clock.now == pytest.approx(1_000 + WINDOW_SECONDS + 1, abs=0.1)


def test_a_turn_that_does_not_come_in_time_is_given_up_and_the_next_gets_it() -> None:
    turns, served = Turns(), list[str]()
    gave_up = threading.Event()

    def hasty() -> None:
        try:
            with turns.within(0.05):
                served.append("hasty")
        except TimeoutError:
            gave_up.set()

    def patient() -> None:
        with turns.within(10):
            served.append("patient")

    with turns.within(0):
        threads = [threading.Thread(target=call) for call in (hasty, patient)]
        for thread in threads:
            thread.start()
        assert gave_up.wait(10)
    for thread in threads:
        thread.join(10)
    assert served == ["patient"]
    with turns.within(0):
        pass


def test_turns_are_handed_on_in_the_order_of_asking() -> None:
    turns, served = Turns(), list[int]()
    arrived = [threading.Event() for _ in range(20)]

    def call(number: int) -> None:
        with turns.within(10):
            served.append(number)

    with turns.within(10):
        threads = []
        for number, _ in enumerate(arrived):
            thread = threading.Thread(target=call, args=(number,))
            thread.start()
            threads.append(thread)
            eventually(lambda count=number + 1: len(turns._waiting) == count, "it waits for its turn")  # type: ignore[misc]
    for thread in threads:
        thread.join(10)
    assert served == list(range(20))


def test_a_thread_that_comes_back_waits_behind_those_that_wait() -> None:
    turns, served = Turns(), list[str]()
    first_is_in, others_wait = threading.Event(), threading.Event()

    def greedy() -> None:
        for _ in range(5):
            with turns.within(10):
                served.append("greedy")
                first_is_in.set()
                others_wait.wait(10)

    def patient() -> None:
        with turns.within(10):
            served.append("patient")

    thread = threading.Thread(target=greedy)
    thread.start()
    first_is_in.wait(10)
    others = [threading.Thread(target=patient) for _ in range(3)]
    for other in others:
        other.start()
    eventually(lambda: len(turns._waiting) == 3, "all wait for their turn")
    others_wait.set()
    for other in (thread, *others):
        other.join(10)
    assert served[:4] == ["greedy", "patient", "patient", "patient"]


def run(calls: Iterable[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
