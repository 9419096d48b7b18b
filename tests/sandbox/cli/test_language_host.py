"""What no deployment shows of the language host for Python that `make cli` builds: asked as the engine asks, over gRPC.

That it runs programs and plugins, hands config over and installs, each test that deploys shows.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import language_pb2 as messages
from pulumi.runtime.proto import language_pb2_grpc

from sandbox import cli
from tests.kit.waiting import eventually

# Stands for the SDK's pulumi-language-python-exec: runs until it is interrupted.
EXECUTOR = """
import sys, time
from pathlib import Path

folder = Path(next(word for word in sys.argv if word.startswith("--pwd=")).removeprefix("--pwd="))
try:
    (folder / "waits").touch()
    time.sleep(60)
except KeyboardInterrupt:
    (folder / "interrupted").touch()
    sys.exit(5)
"""


class Host:
    """A running host, and what its programs write."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [folder / "pulumi-language-python", "127.0.0.1:1"],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # the engine ends a host by interrupting its group
        )
        assert self.process.stdout is not None
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.process.stdout.readline().strip()}")
        self.stub = language_pb2_grpc.LanguageRuntimeStub(self.channel)

    def run(self, folder: Path, **options: Any) -> Any:
        """The call of a program's run, not waited for."""
        return self.stub.Run.future(messages.RunRequest(project="p", pwd=str(folder), info=info(folder, **options)))

    def run_plugin(self, folder: Path, *arguments: str, **options: Any) -> Any:
        return self.stub.RunPlugin(
            messages.RunPluginRequest(
                pwd=str(folder.parent), args=arguments, env=["GIVEN=by the engine"], info=info(folder, **options)
            )
        )


def info(folder: Path, **options: Any) -> messages.ProgramInfo:
    given = Struct()
    given.update(options)
    return messages.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point=".", options=given
    )


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the built host and the script that starts programs, in a folder with a space and umlauts."""
    pulumi = cli.find_built()
    if pulumi is None:
        pytest.skip("the language host is not built: run `make cli`")
    folder = tmp_path_factory.mktemp("Wirt für Programme")
    shutil.copy(pulumi.with_name("pulumi-language-python"), folder)
    (folder / "pulumi-language-python-exec").write_text(EXECUTOR)
    return folder


@pytest.fixture
def host(beside: Path) -> Iterator[Host]:
    running = Host(beside, {**os.environ, "PULUMI_PYTHON_CMD": sys.executable})
    try:
        yield running
    finally:
        running.channel.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.process.pid, signal.SIGKILL)
        running.process.communicate()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"virtualenv": "environment"}, "doesn't appear to be a virtual environment"),
        ({"toolchain": "conda"}, 'unknown toolchain "conda" in Pulumi.yaml: use pip, poetry or uv'),
    ],
)
def test_run_with_wrong_options(host: Host, tmp_path: Path, options: dict[str, str], said: str) -> None:
    (tmp_path / "environment" / "something else").mkdir(parents=True)
    error = host.run(tmp_path, **options).exception(timeout=60)
    assert said in error.details()


PLUGIN = """
import os, sys, time
from pathlib import Path

try:
    print(os.getcwd(), *sys.argv[1:], os.environ["GIVEN"])
    print("warning", file=sys.stderr)
    Path("waiting_plugin").touch()
    while "wait" in sys.argv and not Path("goes on").exists():
        time.sleep(0.02)
except KeyboardInterrupt:
    Path("interrupted_plugin").touch()
sys.exit(4)
"""


def write_plugin(folder: Path) -> Path:
    plugin = folder / "a plugin"
    plugin.mkdir()
    (plugin / "__main__.py").write_text(PLUGIN)
    return plugin


def test_plugin_of_a_package(host: Host, tmp_path: Path) -> None:
    """A folder without a program of its own: the installed package of that name is run."""
    folder = tmp_path / "a plugin"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "no-such-package"\n[build-system]\nbuild-backend = "hatchling.build"'
    )
    *said, ended = host.run_plugin(folder, "127.0.0.1:3")
    assert "No module named 'no_such_package'" in b"".join(response.stderr for response in said).decode()
    assert ended.exitcode == 1


def test_cancel_reaches_programs_only(host: Host, tmp_path: Path) -> None:
    folder = write_plugin(tmp_path)
    plugin = host.run_plugin(folder, "wait")
    eventually((tmp_path / "waiting_plugin").exists, "it runs, and has written what it writes")
    program = host.run(tmp_path)
    eventually((tmp_path / "waits").exists, "it is under way")
    host.stub.Cancel(empty_pb2.Empty())
    assert program.result(timeout=30).error == "program exited with non-zero exit code: 5"
    (tmp_path / "goes on").touch()
    assert [response.exitcode for response in plugin][-1] == 4
    assert not (tmp_path / "interrupted_plugin").exists()


def test_calls_that_the_engine_gives_up(host: Host, tmp_path: Path) -> None:
    plugin = host.run_plugin(write_plugin(tmp_path), "wait")
    eventually((tmp_path / "waiting_plugin").exists, "it runs, and has written what it writes")
    plugin.cancel()
    eventually((tmp_path / "interrupted_plugin").exists, "the plugin is interrupted")
    program = host.run(tmp_path)
    eventually((tmp_path / "waits").exists, "it is under way")
    program.cancel()
    eventually((tmp_path / "interrupted").exists, "the program is interrupted")
