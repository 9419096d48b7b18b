"""The plugin's thread pool serves as many calls at once as the engine makes."""

import threading
from concurrent.futures import ThreadPoolExecutor

from pulumi_realtimekit import _workers

FOUR, MANY = 4, 64


def test_more_calls_run_at_once() -> None:
    everybody = threading.Barrier(MANY)
    with ThreadPoolExecutor(max_workers=FOUR) as pool:
        pool.submit(_workers.lift).result()
        calls = [pool.submit(everybody.wait, 30) for _ in range(MANY)]
        assert sorted(call.result() for call in calls) == list(range(MANY))


def test_larger_pool_stays() -> None:
    with ThreadPoolExecutor(max_workers=2 * _workers.MOST) as pool:
        pool.submit(_workers.lift).result()
        assert pool._max_workers == 2 * _workers.MOST


def test_other_threads_are_left_alone() -> None:
    _workers.lift()
    thread = threading.Thread(target=_workers.lift)
    thread.start()
    thread.join()
    thread = threading.Thread(target=lambda *_: _workers.lift(), args=("not a reference",))
    thread.start()
    thread.join()
