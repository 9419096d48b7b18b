"""How many calls the plugin process serves at once: the SDK's own process, with a provider whose calls wait."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pulumi_realtimekit.plugin import process

from tests.kit.plugin_process import PluginProcess

PLUGIN = """
    import threading
    from pulumi.dynamic import CreateResult, ResourceProvider
    from pulumi_realtimekit.plugin import process

    CALLS = threading.Condition()
    running = most = 0

    class Waiting(ResourceProvider):
        lifted = True

        def __reduce__(self):
            return load, (self.lifted,)

        def configure(self, req):
            if self.lifted:
                process.serve_more_calls()

        def create(self, props):
            global running, most
            with CALLS:
                running += 1
                most = max(most, running)
                CALLS.notify_all()
                CALLS.wait_for(lambda: most >= props["together"], props["seconds"])
                running -= 1
                return CreateResult("id", {"most": most})

    def load(lifted):
        provider = Waiting()
        provider.lifted = lifted
        return provider
"""
CALLS = 16


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[PluginProcess]:
    process = PluginProcess(tmp_path, PLUGIN)
    yield process
    process.end()


def calls_at_once(plugin: PluginProcess, provider: str, together: int = CALLS, seconds: float = 30) -> int:
    """How many of all calls were in the provider at once; each one waits there until it is so many together."""
    pickled = plugin.theirs(provider)
    calls = [plugin.create(pickled, together=together, seconds=seconds) for _ in range(CALLS)]
    return max(int(call.result(timeout=60).properties["most"]) for call in calls)


def test_all_calls_that_wait_wait_at_once(plugin: PluginProcess) -> None:
    """Those that have waited for it to be configured, and those after it: a refresh begins with as many at once."""
    for _ in range(2):
        assert calls_at_once(plugin, "load(True)") == CALLS


def test_without_it_four_wait_at_once(plugin: PluginProcess) -> None:
    """Where this fails, the SDK has lifted the limit by itself, and `process.serve_more_calls` can go."""
    assert calls_at_once(plugin, "load(False)", together=5, seconds=1) == 4


@pytest.mark.parametrize("size", [2, 2 * process.MOST_CALLS])
def test_it_raises_the_limit_of_the_pool_that_it_is_called_from_and_no_other(size: int) -> None:
    with ThreadPoolExecutor(size) as pool, ThreadPoolExecutor(2) as other:
        pool.submit(process.serve_more_calls).result()
        assert (pool._max_workers, other._max_workers) == (max(size, process.MOST_CALLS), 2)


def test_other_threads_are_left_alone() -> None:
    process.serve_more_calls()
    for arguments in ((), ("not a reference",)):
        thread = threading.Thread(target=lambda *_: process.serve_more_calls(), args=arguments)
        thread.start()
        thread.join()
