"""How many calls the plugin process serves at once: the SDK's own process, with a provider whose calls wait."""

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from pulumi_realtimekit.plugin import process

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
def project(tmp_path: Path) -> Path:
    (tmp_path / "waiting.py").write_text(textwrap.dedent(PLUGIN))
    return tmp_path


@pytest.fixture
def plugin(project: Path) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """The plugin process, as the engine starts it."""
    server = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.dynamic", "127.0.0.1:1"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), "PULUMI_PROJECT": "p"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    try:
        with grpc.insecure_channel(f"127.0.0.1:{int(server.stdout.readline())}") as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel)
    finally:
        server.kill()
        server.communicate()


def pickled(project: Path, lifted: bool) -> str:
    code = f"import base64, dill, waiting; print(base64.b64encode(dill.dumps(waiting.load({lifted}))).decode())"
    run = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def calls_at_once(
    plugin: provider_pb2_grpc.ResourceProviderStub,
    provider: str,
    *,
    together: int = CALLS,
    seconds: float = 30,
    configured: bool = True,
) -> int:
    """How many of all calls were in the provider at once; each one waits there until it is so many together."""
    if configured:
        plugin.Create(provider_pb2.CreateRequest(properties=properties(provider, 1, seconds)))
    request = provider_pb2.CreateRequest(properties=properties(provider, together, seconds))
    calls = [plugin.Create.future(request) for _ in range(CALLS)]
    return max(int(call.result(timeout=60).properties["most"]) for call in calls)


def properties(provider: str, together: int, seconds: float) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update({"__provider": provider, "together": together, "seconds": seconds})
    return made


def test_all_calls_that_wait_wait_at_once(plugin: provider_pb2_grpc.ResourceProviderStub, project: Path) -> None:
    assert calls_at_once(plugin, pickled(project, lifted=True)) == CALLS


def test_those_that_have_waited_for_it_to_be_configured_do_too(
    plugin: provider_pb2_grpc.ResourceProviderStub, project: Path
) -> None:
    """A refresh begins with as many calls as the engine runs at once, and goes on with so many."""
    assert calls_at_once(plugin, pickled(project, lifted=True), configured=False) == CALLS


def test_without_it_four_wait_at_once(plugin: provider_pb2_grpc.ResourceProviderStub, project: Path) -> None:
    """Where this fails, the SDK has lifted the limit by itself, and `process.serve_more_calls` can go."""
    assert calls_at_once(plugin, pickled(project, lifted=False), together=5, seconds=1) == 4


def test_it_raises_the_limit_of_the_pool_that_it_is_called_from_and_no_other() -> None:
    with ThreadPoolExecutor(2) as pool, ThreadPoolExecutor(2) as other:
        pool.submit(process.serve_more_calls).result()
        assert (pool._max_workers, other._max_workers) == (process.MOST_CALLS, 2)


def test_larger_pool_stays() -> None:
    with ThreadPoolExecutor(max_workers=2 * process.MOST_CALLS) as pool:
        pool.submit(process.serve_more_calls).result()
        assert pool._max_workers == 2 * process.MOST_CALLS


def test_other_threads_are_left_alone() -> None:
    process.serve_more_calls()
    for arguments in ((), ("not a reference",)):
        thread = threading.Thread(target=lambda *_: process.serve_more_calls(), args=arguments)
        thread.start()
        thread.join()
