"""The plugin process as the engine starts it, with another dynamic provider in it: what they share, and how it ends."""

import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2
from pulumi_realtimekit.plugin import load

from sandbox.api.testing import SandboxApi
from tests.kit.engine_service import EngineProcess
from tests.kit.in_process import SECRET, configuration
from tests.kit.plugin_process import PluginProcess, struct
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
OURS = serialize_provider(load())
MEETING = "standup"


def check(plugin: PluginProcess, **news: Any) -> dict[str, Any]:
    """The checked inputs of a recording."""
    answer = plugin.stub.Check(provider_pb2.CheckRequest(news=struct({"__provider": OURS, **news})))
    found: dict[str, Any] = json_format.MessageToDict(answer.inputs)
    return found


@pytest.fixture
def engine() -> Iterator[EngineProcess]:
    with EngineProcess() as running:
        yield running


@pytest.fixture
def plugin(tmp_path: Path, engine: EngineProcess, live: SandboxApi) -> Iterator[PluginProcess]:
    process = PluginProcess(tmp_path, THEIRS, engine.port)
    process.stub.Configure(provider_pb2.ConfigureRequest(args=struct(configuration(live))))
    yield process
    process.end()


def test_a_mistake_is_one_message_and_another_providers_error_keeps_its_trace(plugin: PluginProcess) -> None:
    ours = plugin.create(OURS, **check(plugin, meeting_id=MEETING, recording_id="nobody"))
    theirs = plugin.create(plugin.theirs("Theirs()"))
    assert ours.exception().details().startswith("recording_id: the service knows no recording nobody in app ")
    assert "\n" not in ours.exception().details()
    details = theirs.exception().details()
    assert details.startswith("Traceback (most recent call last):")
    assert 'raise ValueError("their own mistake")' in details


def test_a_process_whose_engine_was_killed_ends(plugin: PluginProcess, engine: EngineProcess) -> None:
    check(plugin, meeting_id=MEETING)
    time.sleep(1)
    assert plugin.process.poll() is None, "the engine is there"
    engine.kill()
    assert plugin.process.wait(20) == 0


def test_but_not_before_another_providers_call_is_over(
    plugin: PluginProcess, engine: EngineProcess, tmp_path: Path
) -> None:
    check(plugin, meeting_id=MEETING)
    files = {name: str(tmp_path / name) for name in ("begun", "done")}
    plugin.create(plugin.theirs("Theirs()"), seconds=3, **files)
    eventually((tmp_path / "begun").exists, "their call is under way")
    engine.kill()
    assert plugin.process.wait(20) == 0
    assert (tmp_path / "done").exists()


def test_nor_before_it_has_stopped_what_nobody_can_save(
    plugin: PluginProcess, engine: EngineProcess, live: SandboxApi
) -> None:
    inputs = check(plugin, meeting_id=MEETING)
    live.fault("delay", method="POST", path="/recordings/track", seconds=1)
    plugin.create(OURS, **inputs)
    eventually(lambda: live.requests(method="POST"), "the start is under way")
    engine.kill()
    assert plugin.process.wait(20) == 0
    assert [one["active"] for one in live.recordings()] == [False]


def test_credentials_and_download_urls_are_secrets_whatever_the_program_has_marked(
    plugin: PluginProcess, live: SandboxApi
) -> None:
    storage = {"type": "aws", "bucket": "b", "region": "eu-central-1", "access_key": "id", "secret": "s3cr3t"}
    outputs = [{"type": "STORAGE_CONFIG", "storage_config": storage}]
    checked = check(plugin, meeting_id=MEETING, layers={"default": {"outputs": outputs}}, keep_download_urls=True)
    (output,) = checked["layers"]["default"]["outputs"]
    assert output["storage_config"] == {
        **storage,
        "access_key": {**SECRET, "value": "id"},
        "secret": {**SECRET, "value": "s3cr3t"},
    }
    created = plugin.create(OURS, **check(plugin, meeting_id=MEETING)).result()
    live.set_status(created.id, "UPLOADED")
    outputs = {**json_format.MessageToDict(created.properties), "keep_download_urls": True}
    read = plugin.stub.Read(provider_pb2.ReadRequest(id=created.id, properties=struct(outputs)))
    assert SECRET.items() <= json_format.MessageToDict(read.properties)["download_urls"].items()


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
