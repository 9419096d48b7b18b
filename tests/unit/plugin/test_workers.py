"""The plugin's workers: the SDK's own plugin process, with a provider whose calls take their time."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from pulumi_realtimekit.plugin import workers as _workers

PLUGIN = """
    import time
    from pulumi.dynamic import CreateResult, ResourceProvider
    from pulumi_realtimekit.plugin import workers as _workers

    class Slow(ResourceProvider):
        lifted = True

        def __reduce__(self):
            return load, (self.lifted,)

        def configure(self, req):
            if self.lifted:
                _workers.lift()

        def create(self, props):
            time.sleep(0.5)
            return CreateResult("id", {})

    def load(lifted):
        provider = Slow()
        provider.lifted = lifted
        return provider
"""
CALLS = 16


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "slow.py").write_text(textwrap.dedent(PLUGIN))
    return tmp_path


@pytest.fixture
def plugin(project: Path) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """The plugin process, as the engine starts it."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.dynamic", "127.0.0.1:1"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), "PULUMI_PROJECT": "p"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel)
    finally:
        process.kill()
        process.communicate()


def pickled(project: Path, lifted: bool) -> str:
    code = f"import base64, dill, slow; print(base64.b64encode(dill.dumps(slow.load({lifted}))).decode())"
    run = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def seconds_of_all(plugin: provider_pb2_grpc.ResourceProviderStub, provider: str, *, configured: bool = True) -> float:
    properties = struct_pb2.Struct()
    properties["__provider"] = provider
    if configured:
        plugin.Create(provider_pb2.CreateRequest(properties=properties))
    began = time.monotonic()
    calls = [plugin.Create.future(provider_pb2.CreateRequest(properties=properties)) for _ in range(CALLS)]
    assert {call.result(timeout=30).id for call in calls} == {"id"}
    return time.monotonic() - began


def test_all_calls_that_wait_wait_at_once(plugin: provider_pb2_grpc.ResourceProviderStub, project: Path) -> None:
    assert seconds_of_all(plugin, pickled(project, lifted=True)) < CALLS / 4 * 0.5 * 0.75


def test_those_that_have_waited_for_it_to_be_configured_do_too(
    plugin: provider_pb2_grpc.ResourceProviderStub, project: Path
) -> None:
    """A refresh begins with as many calls as the engine runs at once, and goes on with so many."""
    assert seconds_of_all(plugin, pickled(project, lifted=True), configured=False) < CALLS / 4 * 0.5 * 0.75


def test_without_it_four_wait_at_once(plugin: provider_pb2_grpc.ResourceProviderStub, project: Path) -> None:
    """Where this fails, the SDK has lifted the limit by itself, and `_workers` can go."""
    assert seconds_of_all(plugin, pickled(project, lifted=False)) >= CALLS / 4 * 0.5


def test_it_raises_the_limit_of_the_pool_that_it_is_called_from_and_no_other() -> None:
    with ThreadPoolExecutor(2) as pool, ThreadPoolExecutor(2) as other:
        pool.submit(_workers.lift).result()
        assert (pool._max_workers, other._max_workers) == (_workers.MOST, 2)


def test_larger_pool_stays() -> None:
    with ThreadPoolExecutor(max_workers=2 * _workers.MOST) as pool:
        pool.submit(_workers.lift).result()
        assert pool._max_workers == 2 * _workers.MOST


def test_other_threads_are_left_alone() -> None:
    _workers.lift()
    for arguments in ((), ("not a reference",)):
        thread = threading.Thread(target=lambda *_: _workers.lift(), args=arguments)
        thread.start()
        thread.join()
