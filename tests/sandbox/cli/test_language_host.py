"""The language host for Python that `make cli` builds, asked as the engine asks it: over gRPC."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
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

# Stands for the SDK's pulumi-language-python-exec: notes how it was started, then does what the project is called.
EXECUTOR = """
import json, os, signal, sys, time
from pathlib import Path

words = dict(word[2:].split("=", 1) for word in sys.argv[1:] if word.startswith("--") and "=" in word)
plain = sys.argv[sys.argv.index("--") + 1:]
variables = {name: os.environ.get(name) for name in ("PULUMI_CONFIG", "PULUMI_CONFIG_SECRET_KEYS", "VIRTUAL_ENV")}
Path(words["pwd"], "started").write_text(json.dumps([words, plain, variables, sys.executable]))
if words["project"] == "waits":
    try:
        Path(words["pwd"], "waits").touch()
        time.sleep(60)
    except KeyboardInterrupt:
        Path(words["pwd"], "interrupted").touch()
        sys.exit(5)
if words["project"] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
sys.exit(int(words["project"]))
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

    def run(self, project: str, folder: Path, *arguments: str, **options: Any) -> Any:
        """The call of a program's run, not waited for."""
        return self.stub.Run.future(
            messages.RunRequest(
                project=project,
                stack="dev",
                organization="organization",
                pwd=str(folder),
                args=arguments,
                dryRun=True,
                parallel=7,
                monitor_address="127.0.0.1:2",
                config={"project:name": "Ü & <x>", "project:token": "t"},
                configSecretKeys=["project:token"],
                info=info(folder, **options),
            )
        )

    def run_plugin(self, folder: Path, *arguments: str, **options: Any) -> Any:
        return self.stub.RunPlugin(
            messages.RunPluginRequest(
                pwd=str(folder.parent), args=arguments, env=["GIVEN=by the engine"], info=info(folder, **options)
            )
        )

    def end(self) -> int:
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=10)


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


def test_what_it_says_of_itself(host: Host, tmp_path: Path) -> None:
    version = cli.pinned_version(cli.CLI_MODULE, "github.com/pulumi/pulumi/pkg/v3")
    assert host.stub.GetPluginInfo(empty_pb2.Empty()).version == version
    packages = host.stub.GetRequiredPackages(messages.GetRequiredPackagesRequest(info=info(tmp_path)))
    assert packages == messages.GetRequiredPackagesResponse()


@pytest.mark.parametrize(
    ("project", "response"),
    [
        ("0", messages.RunResponse()),
        ("32", messages.RunResponse(bail=True)),
        ("1", messages.RunResponse(error="program exited with non-zero exit code: 1")),
        ("killed", messages.RunResponse(error="program exited unexpectedly: signal: killed")),
    ],
)
def test_run(host: Host, tmp_path: Path, project: str, response: messages.RunResponse) -> None:
    assert host.run(project, tmp_path, "an argument", "--another=1").result(timeout=60) == response
    words, plain, variables, python = json.loads((tmp_path / "started").read_text())
    assert words | {"another": "1"} == {
        "monitor": "127.0.0.1:2",
        "engine": "127.0.0.1:1",
        "project": project,
        "stack": "dev",
        "organization": "organization",
        "root_directory": str(tmp_path),
        "pwd": str(tmp_path),
        "dry_run": "true",
        "parallel": "7",
        "another": "1",
    }
    assert plain == [".", "an argument", "--another=1"]
    assert json.loads(variables["PULUMI_CONFIG"]) == {"project:name": "Ü & <x>", "project:token": "t"}
    assert json.loads(variables["PULUMI_CONFIG_SECRET_KEYS"]) == ["project:token"]
    assert python == sys.executable


def test_run_without_config(host: Host, tmp_path: Path) -> None:
    request = messages.RunRequest(project="0", pwd=str(tmp_path), info=info(tmp_path))
    assert host.stub.Run(request) == messages.RunResponse()
    _, _, variables, _ = json.loads((tmp_path / "started").read_text())
    assert (variables["PULUMI_CONFIG"], variables["PULUMI_CONFIG_SECRET_KEYS"]) == ("{}", "[]")


def test_run_in_the_virtual_environment_of_the_project(host: Host, tmp_path: Path) -> None:
    """It is relative to the project's root, whatever folder the program is in."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "environment"], check=True)
    assert host.run("0", tmp_path, virtualenv="environment").result(timeout=60) == messages.RunResponse()
    _, _, variables, python = json.loads((tmp_path / "started").read_text())
    assert variables["VIRTUAL_ENV"] == str(tmp_path / "environment")
    assert python == str(tmp_path / "environment" / "bin" / "python")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"virtualenv": "environment"}, "doesn't appear to be a virtual environment"),
        ({"toolchain": "conda"}, 'unknown toolchain "conda" in Pulumi.yaml: use pip, poetry or uv'),
    ],
)
def test_run_with_wrong_options(host: Host, tmp_path: Path, options: dict[str, str], said: str) -> None:
    (tmp_path / "environment" / "something else").mkdir(parents=True)
    error = host.run("0", tmp_path, **options).exception(timeout=60)
    assert said in error.details()


PLUGIN = """
import os, sys, time
from pathlib import Path

try:
    print(os.getcwd(), *sys.argv[1:], os.environ["GIVEN"])
    print("warning", file=sys.stderr)
    while "wait" in sys.argv and not Path("goes on").exists():
        time.sleep(0.02)
except KeyboardInterrupt:
    Path("interrupted_plugin").touch()
sys.exit(4)
"""


def outputs(responses: Sequence[Any]) -> tuple[str, str, list[int]]:
    stdout = b"".join(response.stdout for response in responses).decode()
    stderr = b"".join(response.stderr for response in responses).decode()
    return stdout, stderr, [response.exitcode for response in responses if response.HasField("exitcode")]


def write_plugin(folder: Path) -> Path:
    plugin = folder / "a plugin"
    plugin.mkdir()
    (plugin / "__main__.py").write_text(PLUGIN)
    return plugin


def test_plugin_of_a_folder(host: Host, tmp_path: Path) -> None:
    folder = write_plugin(tmp_path)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "other"\n[build-system]\nbuild-backend = "hatchling.build"'
    )
    responses = list(host.run_plugin(folder, "127.0.0.1:3"))
    assert outputs(responses) == (f"{tmp_path} 127.0.0.1:3 by the engine\n", "warning\n", [4])


def test_plugin_of_a_package(host: Host, tmp_path: Path) -> None:
    """A folder without a program of its own: the installed package of that name is run."""
    folder = tmp_path / "a plugin"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "no-such-package"\n[build-system]\nbuild-backend = "hatchling.build"'
    )
    stdout, stderr, exit_codes = outputs(list(host.run_plugin(folder, "127.0.0.1:3")))
    assert (stdout, exit_codes) == ("", [1])
    assert "No module named 'no_such_package'" in stderr


def test_cancel_reaches_programs_only(host: Host, tmp_path: Path) -> None:
    folder = write_plugin(tmp_path)
    plugin = host.run_plugin(folder, "wait")
    assert next(plugin).stdout, "it runs"
    program = host.run("waits", tmp_path)
    eventually((tmp_path / "waits").exists, "it is under way")
    host.stub.Cancel(empty_pb2.Empty())
    assert program.result(timeout=30).error == "program exited with non-zero exit code: 5"
    (tmp_path / "goes on").touch()
    assert outputs(list(plugin))[2] == [4]
    assert not (tmp_path / "interrupted_plugin").exists()


def test_calls_that_the_engine_gives_up(host: Host, tmp_path: Path) -> None:
    plugin = host.run_plugin(write_plugin(tmp_path), "wait")
    assert next(plugin).stdout, "it runs"
    plugin.cancel()
    eventually((tmp_path / "interrupted_plugin").exists, "the plugin is interrupted")
    program = host.run("waits", tmp_path)
    eventually((tmp_path / "waits").exists, "it is under way")
    program.cancel()
    eventually((tmp_path / "interrupted").exists, "the program is interrupted")


def test_interrupted(host: Host, tmp_path: Path) -> None:
    program = host.run("waits", tmp_path)
    eventually((tmp_path / "waits").exists, "it is under way")
    assert host.end() == 0
    assert program.exception(timeout=30) is not None


def test_install_dependencies(host: Host, beside: Path, tmp_path: Path) -> None:
    """A Python that only tells what it is asked to do stands for the real one: nothing is downloaded here."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$@"\necho "a warning" >&2\n')
    python.chmod(0o755)
    (tmp_path / "requirements.txt").write_text("pulumi\n")
    telling = Host(beside, {**os.environ, "PULUMI_PYTHON_CMD": str(python)})
    try:
        responses = list(telling.stub.InstallDependencies(messages.InstallDependenciesRequest(info=info(tmp_path))))
    finally:
        telling.end()
        telling.process.communicate()
    stdout = b"".join(response.stdout for response in responses).decode()
    assert "-m pip install -r requirements.txt\n" in stdout
    assert "a warning\n" in b"".join(response.stderr for response in responses).decode()
