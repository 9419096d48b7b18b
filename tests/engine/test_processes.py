"""The program's and the plugins' processes: what they are told, and that none stays, whatever ends the engine."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.passphrase import PassphraseCrypter
from tests.engine.command_line import Folder
from tests.kit.engines import PASSPHRASE
from tests.kit.waiting import eventually

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked for in /proc")

SURVEY = """
import json, sys
from pathlib import Path
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

def load():
    return Survey()

class Survey(ResourceProvider):
    serialize_as_secret_always = False
    def __reduce__(self):
        return (load, ())
    def configure(self, request):
        self.config = {key: request.config.get(key) for key in ("own", "other:key", "object", "cipher")}
    def create(self, props):
        import grpc
        from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc
        with grpc.insecure_channel(sys.argv[1]) as channel:
            stub = engine_pb2_grpc.EngineStub(channel)
            stub.GetRootResource(engine_pb2.GetRootResourceRequest(), timeout=5)
        print("said by the plugin", file=sys.stderr, flush=True)
        here = {"config": self.config, "cwd": str(Path.cwd()), "path": sys.path, "words": len(sys.argv)}
        return CreateResult("id", {**props, "found": json.dumps(here)})

class Place(Resource, module="survey", name="Place"):
    def __init__(self, name, **props):
        super().__init__(Survey(), name, {"found": None, **props})
"""


@pytest.fixture(scope="module")
def salt() -> str:
    return PassphraseCrypter.new(PASSPHRASE).salt


@pytest.fixture
def folder(tmp_path: Path, salt: str) -> Folder:
    folder = Folder(tmp_path, salt=salt)
    assert folder.run("stack", "init", "dev", stack=None).code == 0
    return folder


def processes_of(folder: Folder) -> dict[int, str]:
    """Every process that was started for the folder, by the environment that it inherited."""
    marker = f"THINGS={folder.things}".encode()
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if marker in (entry / "environ").read_bytes().split(b"\0"):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


def nothing_stays(folder: Folder, seconds: float = 30) -> None:
    eventually(
        lambda: not processes_of(folder), f"all processes end, of {list(processes_of(folder).values())}", seconds
    )


def test_what_program_and_plugin_are_told(folder: Folder, salt: str) -> None:
    sealed = PassphraseCrypter.open(PASSPHRASE, salt).encrypt("hidden")
    folder.stack_file(
        f"encryptionsalt: {salt}\nconfig:\n  proj:own: mine\n  other:key: theirs\n"
        f"  proj:object:\n    a: [1, x]\n  proj:cipher:\n    secure: {sealed}\n"
    )
    (folder.path / "survey.py").write_text(SURVEY)
    folder.program(
        "import json, sys\n"
        "from pathlib import Path\n"
        "from survey import Place\n"
        "config = pulumi.Config()\n"
        "print('said by the program')\n"
        "print('and on standard error', file=sys.stderr)\n"
        "pulumi.log.warn('a warning of it')\n"
        "print(json.dumps([config.get('own'), config.get_object('object'), str(Path.cwd()), sys.path[0], sys.argv]))\n"
        "print(pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization())\n"
        "print('root', pulumi.runtime.get_root_directory())\n"
        "print('secret' if pulumi.runtime.config.is_config_secret('proj:cipher') else 'clear')\n"
        "print('dry run' if pulumi.runtime.is_dry_run() else 'for real')\n"
        "print([name for name in ('state', 'values', 'lifeline') if name in sys.modules])\n"
        "pulumi.export('found', Place('a').found)\n"
    )
    shown = folder.deploy("up")
    assert shown.code == 0, shown.text
    here = str(folder.path)
    for line in (
        "said by the program",
        "and on standard error",
        "a warning of it",
        f'["mine", {{"a": [1, "x"]}}, "{here}", "{here}", ["{here}"]]',
        "proj dev organization",
        f"root {here}",
        "secret",
        "for real",
        "[]",
        "said by the plugin",
    ):
        assert line in shown.text
    found = folder.resources()["a"]["outputs"]["found"]
    assert f'"cwd": "{here}", "path": ["{here}"' in found
    assert '"own": "mine", "other:key": "theirs", "object": "{\\"a\\":[1,\\"x\\"]}", "cipher": "hidden"' in found
    assert '"words": 2' in found
    nothing_stays(folder, 0.1)


def end_well(folder: Folder) -> None:
    assert folder.deploy("up").code == 0


def end_with_a_failure(folder: Folder) -> None:
    folder.program("Thing('a')\nThing('b', fail=True)\n")
    assert folder.deploy("up").code == 1


def end_in_the_program(folder: Folder) -> None:
    folder.program("Thing('a')\nraise KeyError('x')\n")
    assert folder.deploy("up").code == 1


def interrupt(folder: Folder, times: int, number: signal.Signals = signal.SIGINT) -> None:
    process = folder.start("up", "--yes", "--skip-preview", SLOW="a")
    eventually(lambda: folder.begun("a"), "the create begins")
    for _ in range(times):
        process.send_signal(number)
        eventually(lambda: process.poll() is not None or not is_pending(process.pid, number), "the signal arrives")
    if number == signal.SIGINT and times == 1:
        folder.go()
    process.communicate(timeout=60)
    folder.go()


def is_pending(pid: int, number: signal.Signals) -> bool:
    """Whether the signal waits for the process still: another one of its kind would be lost."""
    lines = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return bool((int(lines["ShdPnd"], 16) | int(lines["SigPnd"], 16)) >> (number - 1) & 1)


@pytest.mark.parametrize(
    "end",
    [
        end_well,
        end_with_a_failure,
        end_in_the_program,
        pytest.param(lambda folder: interrupt(folder, 1), id="interrupted"),
        pytest.param(lambda folder: interrupt(folder, 2), id="interrupted twice"),
        pytest.param(lambda folder: interrupt(folder, 1, signal.SIGKILL), id="killed"),
    ],
)
def test_no_process_stays(folder: Folder, end: Callable[[Folder], None]) -> None:
    end(folder)
    nothing_stays(folder)


def test_a_killed_engines_plugin_finishes_its_call_first(folder: Folder) -> None:
    folder.program("Thing('a')\n")
    process = folder.start("up", "--yes", "--skip-preview", SLOW="a")
    eventually(lambda: folder.begun("a"), "the create begins")
    process.kill()
    process.communicate(timeout=60)
    eventually(lambda: len(processes_of(folder)) == 1, "the program is gone")
    assert any("plugin.py" in words for words in processes_of(folder).values())
    folder.go()
    nothing_stays(folder)


def test_a_program_that_does_not_end_is_ended_by_an_interrupt(folder: Folder) -> None:
    folder.program(
        "import atexit, time\nfrom pathlib import Path\n"
        "def linger():\n    Path(os.environ['THINGS'], 'lingers').touch()\n    time.sleep(600)\n"
        "atexit.register(linger)\nThing('a')\n"
    )
    process = folder.start("up", "--yes", "--skip-preview")
    eventually((folder.things / "lingers").exists, "the program lingers")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 1
    assert "a" in folder.resources()
    nothing_stays(folder)


@pytest.fixture
def slow_plugin(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plugin's process that never comes to print its port; the path exists once it runs."""
    modules = folder.things / "modules"
    modules.mkdir()
    (modules / "sitecustomize.py").write_text(
        "import os, sys, time\nfrom pathlib import Path\n"
        "if any(word.endswith('children/plugin.py') for word in sys.orig_argv):\n"
        "    Path(os.environ['THINGS'], 'plugin').touch()\n    time.sleep(600)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(modules), prepend=os.pathsep)
    return folder.things / "plugin"


def test_nothing_is_said_of_a_plugin_that_nobody_needed(folder: Folder, slow_plugin: Path) -> None:
    folder.program(
        "import time\nfrom pathlib import Path\n"
        f"while not Path({str(slow_plugin)!r}).exists():\n    time.sleep(0.02)\n"
        "raise pulumi.RunError('the plan is wrong')\n"
    )
    shown = folder.deploy("up")
    assert shown.code == 1
    assert "the plan is wrong" in shown.text
    assert shown.err == ""
    nothing_stays(folder)


def test_nothing_is_said_of_processes_that_a_second_interrupt_ends(folder: Folder, slow_plugin: Path) -> None:
    folder.program("Thing('a')\n")
    process = folder.start("up", "--yes", "--skip-preview")
    eventually(slow_plugin.exists, "the plugin starts")
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        eventually(lambda: process.poll() is not None or not is_pending(process.pid, signal.SIGINT), "it arrives")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in errors
    nothing_stays(folder)


def test_a_plugin_that_dies_in_a_call_is_told(folder: Folder) -> None:
    source = (folder.path / "things.py").read_text()
    (folder.path / "things.py").write_text(
        source.replace("def create(self, props):", "def create(self, props):\n        os._exit(7)")
    )
    shown = folder.deploy("up")
    assert shown.code == 1
    assert "the plugin process ended in the middle of a call" in shown.text
    assert "exit code 7" in shown.text
    nothing_stays(folder)


def test_a_provider_that_cannot_be_loaded_is_told(folder: Folder) -> None:
    folder.program("Thing('a')\n")
    assert folder.deploy("up").code == 0
    (folder.path / "things.py").unlink()
    (folder.path / "__main__.py").write_text("")
    shown = folder.deploy("destroy")
    assert shown.code == 1
    assert "No module named 'things'" in shown.text
    assert "a" in folder.resources()


def test_an_interpreter_without_the_sdk_is_told(folder: Folder, tmp_path: Path) -> None:
    import venv

    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    (folder.path / "venv").unlink()
    (folder.path / "venv").symlink_to(tmp_path / "bare")
    shown = folder.deploy("up")
    assert shown.code == 1
    assert "the Pulumi SDK is not installed" in shown.text
    assert str(Path("venv", "bin", "python")) in shown.text
    nothing_stays(folder)


def test_the_terminals_own_interrupt_reaches_the_engine_alone(folder: Folder) -> None:
    """At a terminal the whole foreground group gets the signal: program and plugin are not in it."""
    process = folder.start("up", "--yes", "--skip-preview", SLOW="a")
    eventually(lambda: folder.begun("a"), "the create begins")
    os.killpg(process.pid, signal.SIGINT)
    folder.go()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert folder.resources()["a"]["id"] == "id-a", "the call was finished, and its result saved"
    assert "KeyboardInterrupt" not in out + err
    nothing_stays(folder)


def test_python_itself_is_the_projects(folder: Folder) -> None:
    folder.program("import sys\nprint('run by', sys.executable)\n")
    assert f"run by {folder.path / 'venv' / 'bin' / 'python'}" in folder.deploy("up").text
