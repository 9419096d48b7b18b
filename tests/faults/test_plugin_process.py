"""The plugin process as the engine starts it, with another dynamic provider in it: what they share, and how it ends."""

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from pulumi_realtimekit.plugin import load

from sandbox.api.testing import SandboxApi
from tests.kit.engine_service import EngineProcess
from tests.kit.in_process import SECRET, configuration
from tests.kit.waiting import eventually

THEIRS = """
    import time
    from pathlib import Path
    from pulumi.dynamic import CreateResult, ResourceProvider
    from pulumi_realtimekit.plugin import process

    process.LOOK_SECONDS = 0.2  # in seconds instead of ten

    class Theirs(ResourceProvider):
        def __reduce__(self):
            return Theirs, ()

        def create(self, props):
            if "seconds" not in props:
                raise ValueError("their own mistake")
            Path(props["begun"]).touch()
            time.sleep(props["seconds"])
            Path(props["done"]).touch()
            return CreateResult("id", {})
"""
PICKLED = "import base64, dill, theirs; print(base64.b64encode(dill.dumps(theirs.Theirs())).decode())"
MEETING = "standup"


class PluginProcess:
    """A plugin process, with the stack's config; its calls are the engine's."""

    def __init__(self, folder: Path, engine: EngineProcess, api: SandboxApi) -> None:
        self._calls: list[Any] = []  # one that is not kept is cancelled
        (folder / "theirs.py").write_text(textwrap.dedent(THEIRS))
        self._theirs = subprocess.run(
            [sys.executable, "-c", PICKLED],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.dynamic", f"127.0.0.1:{engine.port}"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "PULUMI_PROJECT": "p"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self._channel = grpc.insecure_channel(f"127.0.0.1:{int(self.process.stdout.readline())}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._stub.Configure(provider_pb2.ConfigureRequest(args=_struct(configuration(api))))

    def check(self, **news: Any) -> dict[str, Any]:
        properties = _struct({"__provider": serialize_provider(load()), **news})
        answer = self._stub.Check(provider_pb2.CheckRequest(news=properties))
        found: dict[str, Any] = json_format.MessageToDict(answer.inputs)
        return found

    def read(self, recording_id: str, outputs: dict[str, Any]) -> dict[str, Any]:
        answer = self._stub.Read(provider_pb2.ReadRequest(id=recording_id, properties=_struct(outputs)))
        found: dict[str, Any] = json_format.MessageToDict(answer.properties)
        return found

    def create(self, **inputs: Any) -> Any:
        """Begins to create one of ours, checked inputs given."""
        return self._create(serialize_provider(load()), inputs)

    def create_theirs(self, **inputs: Any) -> Any:
        return self._create(self._theirs, inputs)

    def _create(self, provider: str, inputs: dict[str, Any]) -> Any:
        properties = _struct({"__provider": provider, **inputs})
        self._calls.append(self._stub.Create.future(provider_pb2.CreateRequest(properties=properties)))
        return self._calls[-1]

    def end(self) -> None:
        self._channel.close()
        self.process.kill()
        self.process.communicate()


def _struct(values: dict[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


@pytest.fixture
def engine() -> Iterator[EngineProcess]:
    with EngineProcess() as running:
        yield running


@pytest.fixture
def plugin(tmp_path: Path, engine: EngineProcess, live: SandboxApi) -> Iterator[PluginProcess]:
    process = PluginProcess(tmp_path, engine, live)
    yield process
    process.end()


def test_a_mistake_is_one_message_and_another_providers_error_keeps_its_trace(plugin: PluginProcess) -> None:
    inputs = plugin.check(meeting_id=MEETING, recording_id="nobody")
    ours, theirs = plugin.create(**inputs), plugin.create_theirs()
    assert ours.exception().details().startswith("recording_id: the service knows no recording nobody in app ")
    assert "\n" not in ours.exception().details()
    details = theirs.exception().details()
    assert details.startswith("Traceback (most recent call last):")
    assert 'raise ValueError("their own mistake")' in details


def test_a_process_whose_engine_was_killed_ends(plugin: PluginProcess, engine: EngineProcess) -> None:
    plugin.check(meeting_id=MEETING)
    time.sleep(1)
    assert plugin.process.poll() is None, "the engine is there"
    engine.kill()
    assert plugin.process.wait(20) == 0


def test_but_not_before_another_providers_call_is_over(
    plugin: PluginProcess, engine: EngineProcess, tmp_path: Path
) -> None:
    plugin.check(meeting_id=MEETING)
    plugin.create_theirs(seconds=3, begun=str(tmp_path / "begun"), done=str(tmp_path / "done"))
    eventually((tmp_path / "begun").exists, "their call is under way")
    engine.kill()
    assert plugin.process.wait(20) == 0
    assert (tmp_path / "done").exists()


def test_nor_before_it_has_stopped_what_nobody_can_save(
    plugin: PluginProcess, engine: EngineProcess, live: SandboxApi
) -> None:
    inputs = plugin.check(meeting_id=MEETING)
    live.fault("delay", method="POST", path="/recordings/track", seconds=1)
    plugin.create(**inputs)
    eventually(lambda: live.requests(method="POST"), "the start is under way")
    engine.kill()
    assert plugin.process.wait(20) == 0
    assert [one["active"] for one in live.recordings()] == [False]


def test_credentials_and_download_urls_are_secrets_whatever_the_program_has_marked(
    plugin: PluginProcess, live: SandboxApi
) -> None:
    storage = {"type": "aws", "bucket": "b", "region": "eu-central-1", "access_key": "id", "secret": "s3cr3t"}
    outputs = [{"type": "STORAGE_CONFIG", "storage_config": storage}]
    checked = plugin.check(meeting_id=MEETING, layers={"default": {"outputs": outputs}}, keep_download_urls=True)
    (output,) = checked["layers"]["default"]["outputs"]
    assert output["storage_config"] == {
        **storage,
        "access_key": {**SECRET, "value": "id"},
        "secret": {**SECRET, "value": "s3cr3t"},
    }
    created = plugin.create(**plugin.check(meeting_id=MEETING)).result()
    live.set_status(created.id, "UPLOADED")
    outputs = {**json_format.MessageToDict(created.properties), "keep_download_urls": True}
    assert SECRET.items() <= plugin.read(created.id, outputs)["download_urls"].items()


MODULES = """
    import json, sys
    from tests.kit.in_process import Plugin, Resource
    from sandbox.api.testing import SandboxApi

    with SandboxApi("live", start_seconds=0.5, upload_seconds=0) as api:
        api.meeting("deferred", live=False)
        plugin = Plugin(api)
        Resource(plugin, meeting_id="first", start_seconds=0).up()
        before = set(sys.modules)
        Resource(Plugin(api), meeting_id="first", desired_status="PAUSED").up()
        Resource(plugin, meeting_id="deferred", when_idle="defer").up()
        api.fault("drop_after", method="POST", path="/recordings/track")
        resource = Resource(plugin, meeting_id="lost")
        resource.up()
        resource.refresh()
        resource.up(max_seconds=60)
        resource.destroy()
        print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_nothing_is_imported_once_something_may_be_running() -> None:
    """A file beside the program, `secrets.py` say, is imported in a module's place, and only a first start may fail."""
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(MODULES)],
        capture_output=True,
        check=False,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert run.returncode == 0, run.stderr
    imported = {name.partition(".")[0] for name in json.loads(run.stdout.splitlines()[-1])}
    assert imported & set(sys.stdlib_module_names) == set()
