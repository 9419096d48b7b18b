"""What real runs leave behind when they are killed, interrupted or fail, and how the next one goes on.

Every instant of every step is tried without processes in `test_killed.py`; here a real engine gets a real SIGKILL.
"""

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from sandbox.passphrase import PassphraseCrypter
from tests.engine.command_line import Folder
from tests.kit.engines import PASSPHRASE
from tests.kit.waiting import eventually

STEPS = """
import os, time
from pathlib import Path
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

HERE = Path(os.environ["THINGS"])

def begin(verb, name):
    with (HERE / "calls").open("a") as calls:
        calls.write(f"{verb} {name}\\n")
    while os.environ.get("SLOW") == f"{verb} {name}" and not (HERE / "go").exists():
        time.sleep(0.01)

def load():
    return Step()

class Step(ResourceProvider):
    serialize_as_secret_always = False
    def __reduce__(self):
        return (load, ())
    def check(self, olds, news):
        begin("check", news["name"])
        return super().check(olds, news)
    def diff(self, id, olds, news):
        begin("diff", news["name"])
        changed = [key for key in ("v", "key") if olds.get(key) != news.get(key)]
        return DiffResult(bool(changed), [key for key in changed if key == "key"], None, bool(news.get("first")))
    def create(self, props):
        begin("create", props["name"])
        if props.get("fail"):
            raise ValueError(f"{props['name']} is refused")
        return CreateResult(f"{props['name']}-{props.get('key')}", {**props, "made": os.environ.get("MADE", "")})
    def update(self, id, olds, news):
        begin("update", news["name"])
        return UpdateResult({**news, "made": os.environ.get("MADE", "")})
    def read(self, id, props):
        begin("read", props["name"])
        return ReadResult(id, props)
    def delete(self, id, props):
        begin("delete", props["name"])

class S(Resource, module="steps", name="Step"):
    def __init__(self, name, opts=None, **props):
        super().__init__(Step(), name, {"name": name, **props}, opts)
"""
HEAD = "from steps import S\nO = pulumi.ResourceOptions\n"


class Steps(Folder):
    """A folder whose resources write down each call, and wait in the one that SLOW names."""

    def __init__(self, root: Path, salt: str) -> None:
        super().__init__(root, salt=salt)
        (self.path / "steps.py").write_text(STEPS)
        assert self.run("stack", "init", "dev", stack=None).code == 0

    def program(self, content: str) -> None:
        super().program(HEAD + content)

    def calls(self) -> list[str]:
        calls = self.things / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    def forget_calls(self) -> None:
        (self.things / "calls").unlink(missing_ok=True)

    @property
    def pending(self) -> list[tuple[str, str]]:
        latest = json.loads(self.checkpoint.read_text())["checkpoint"]["latest"]
        operations = latest.get("pending_operations", [])
        return [(op["type"], op["resource"]["urn"].rsplit("::", 1)[-1]) for op in operations]

    def declared(self) -> dict[str, Any]:
        """The inputs that the state has, by name."""
        return {
            name: {key: value for key, value in resource["inputs"].items() if key in ("v", "key")}
            for name, resource in self.resources().items()
            if "steps:Step" in resource["type"]
        }


@pytest.fixture(scope="module")
def salt() -> str:
    return PassphraseCrypter.new(PASSPHRASE).salt


@pytest.fixture
def folder(tmp_path: Path, salt: str) -> Steps:
    return Steps(tmp_path, salt)


BEFORE = "S('a', key=1)\nb = S('b', v=1)\nc = S('c', key=1, first=True)\nS('d')\n"
AFTER = "S('a', key=2)\nb = S('b', v=2)\nc = S('c', key=2, first=True)\nS('e')\n"
EXPECTED = {"a": {"key": 2}, "b": {"v": 2}, "c": {"key": 2}, "e": {}}


@pytest.mark.parametrize(
    ("moment", "pending"),
    [
        ("check a", []),
        ("create a", [("creating", "a")]),
        ("update b", [("updating", "b")]),
        ("delete c", [("deleting", "c")]),
        ("create c", [("creating", "c")]),
        ("create e", [("creating", "e")]),
        ("delete a", [("deleting", "a")]),
        ("delete d", [("deleting", "d")]),
    ],
)
def test_killed_in_a_step_and_continued(folder: Steps, moment: str, pending: list[tuple[str, str]]) -> None:
    folder.program(BEFORE)
    assert folder.deploy("up").code == 0
    folder.forget_calls()
    folder.program(AFTER)
    # One at a time: what else would be pending is a matter of luck.
    process = folder.start("up", "--yes", "--skip-preview", "--parallel", "1", SLOW=moment)
    eventually(lambda: moment in folder.calls(), f"{moment} begins")
    process.kill()
    process.communicate(timeout=60)
    (folder.things / "go").touch()

    assert folder.pending == pending
    locked = folder.deploy("up")
    assert locked.code == 1
    assert "lock" in locked.text
    assert folder.run("cancel", "--yes").code == 0
    continued = folder.deploy("up")
    assert continued.code == 0, continued.text
    for kind, name in pending:
        assert f"::{name}, interrupted while {kind}" in continued.text
    assert folder.declared() == EXPECTED
    assert folder.pending == [operation for operation in pending if operation[0] == "creating"]
    folder.forget_calls()
    assert folder.deploy("up").code == 0
    assert not [call for call in folder.calls() if call.split()[0] in ("create", "update", "delete")]


def test_killed_in_a_refresh(folder: Steps) -> None:
    folder.program("S('a', v=1)\nS('b', v=1)\n")
    assert folder.deploy("up").code == 0
    before = folder.resources()
    process = folder.start("refresh", "--yes", "--skip-preview", SLOW="read a")
    eventually(lambda: "read a" in folder.calls(), "the read begins")
    process.kill()
    process.communicate(timeout=60)
    (folder.things / "go").touch()
    assert folder.resources() == before
    assert folder.run("cancel", "--yes").code == 0
    assert folder.deploy("refresh").code == 0


def test_interrupted_once_between_two_steps_of_a_replacement(folder: Steps) -> None:
    """The delete that runs is finished and saved, the create after it does not begin; the next update begins it."""
    folder.program("S('a', key=1, first=True)\n")
    assert folder.deploy("up").code == 0
    folder.program("S('a', key=2, first=True)\n")
    process = folder.start("up", "--yes", "--skip-preview", SLOW="delete a")
    eventually(lambda: "delete a" in folder.calls(), "the delete begins")
    process.send_signal(signal.SIGINT)
    eventually(lambda: not process_is_surprised(process.pid), "the interrupt arrives")
    (folder.things / "go").touch()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cancel" in out + err
    assert folder.pending == []
    assert folder.resources()["a"]["pendingReplacement"] is True
    folder.forget_calls()
    assert folder.deploy("up").code == 0
    assert folder.calls()[-1] == "create a"
    assert "delete a" not in folder.calls()
    assert folder.declared() == {"a": {"key": 2}}


def process_is_surprised(pid: int) -> bool:
    """Whether its SIGINT waits still."""
    status = Path(f"/proc/{pid}/status")
    lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines())
    return bool((int(lines["ShdPnd"], 16) | int(lines["SigPnd"], 16)) >> (signal.SIGINT - 1) & 1)


def test_fifty_with_a_failure_in_the_middle(folder: Steps) -> None:
    """What runs beside it is finished and saved, and all that was made is in the state."""
    folder.program("for i in range(50):\n    S(f'r{i}', fail=i == 25)\n")
    failed = folder.deploy("up")
    assert failed.code == 1
    assert "r25 is refused" in failed.text
    made = {call.split()[1] for call in folder.calls() if call.startswith("create")} - {"r25"}
    assert set(folder.declared()) == made
    assert folder.pending == []
    folder.program("for i in range(50):\n    S(f'r{i}')\n")
    folder.forget_calls()
    again = folder.deploy("up")
    assert again.code == 0
    assert set(folder.declared()) == {f"r{i}" for i in range(50)}
    assert {call.split()[1] for call in folder.calls() if call.startswith("create")} == set(folder.declared()) - made


def test_a_chain_of_three_dependants_is_replaced_from_its_root(folder: Steps) -> None:
    program = "a = S('a', key=K, first=FIRST)\nb = S('b', key=a.id)\nc = S('c', key=b.id)\nd = S('d', key=c.id)\n"

    def deploy(key: int, *, first: bool) -> list[str]:
        folder.program(f"K, FIRST = {key}, {first}\n{program}")
        folder.forget_calls()
        assert folder.deploy("up").code == 0
        return [call for call in folder.calls() if call.split()[0] in ("create", "delete")]

    assert deploy(1, first=False) == [f"create {name}" for name in "abcd"]
    assert deploy(2, first=False) == [*[f"create {name}" for name in "abcd"], *[f"delete {name}" for name in "dcba"]]
    assert deploy(2, first=True) == []
    assert deploy(3, first=True) == [*[f"delete {name}" for name in "dcba"], *[f"create {name}" for name in "abcd"]]


def test_a_state_of_the_real_engine_is_used_and_nothing_of_it_lost(folder: Steps) -> None:
    """With fields that this engine does not know, and secrets sealed with the stack's salt."""
    folder.program("S('a', v=1)\nS('b', v=1)\n")
    assert folder.deploy("up").code == 0
    file = json.loads(folder.checkpoint.read_text())
    latest = file["checkpoint"]["latest"]
    latest["manifest"] = {
        "time": "2026-08-21T19:18:00.123456789+02:00",
        "magic": "4a6f2b5d",
        "version": "v3.260.0",
    }
    latest["metadata"] = {"of the future": 1}
    latest["resources"][-1]["stackTrace"] = [{"sourcePosition": "project:///__main__.py#3"}]
    latest["resources"][-1]["of the future"] = {"deep": [None]}
    file["of the future"] = file["checkpoint"]["of the future"] = True
    folder.checkpoint.write_text(json.dumps(file, indent=4))
    folder.program("S('a', v=2)\nS('b', v=1)\n")
    for command in ("up", "refresh", "up"):
        assert folder.deploy(command).code == 0
    again = json.loads(folder.checkpoint.read_text())
    assert again["of the future"] is again["checkpoint"]["of the future"] is True
    assert again["checkpoint"]["latest"]["metadata"] == {"of the future": 1}
    kept = again["checkpoint"]["latest"]["resources"][-1]
    assert kept["of the future"] == {"deep": [None]}
    assert kept["stackTrace"] == [{"sourcePosition": "project:///__main__.py#3"}]
    assert folder.deploy("destroy").code == 0


def test_no_secret_is_on_disk_in_clear(folder: Steps, salt: str) -> None:
    """In inputs, outputs, configuration, provider inputs and stack outputs; after a failure and after a kill."""
    sealed = PassphraseCrypter.open(PASSPHRASE, salt).encrypt("CANARY-config")
    folder.stack_file(f"encryptionsalt: {salt}\nconfig:\n  proj:token:\n    secure: {sealed}\n")
    program = (
        "X = pulumi.Output.secret\n"
        "p = pulumi.ProviderResource('pulumi-python', 'p', {'proj:token': X('CANARY-provider')})\n"
        "S('a', v=KEY, cred=X('CANARY-input'), deep={'l': [X('CANARY-list')]},\n"
        "  opts=O(provider=p, additional_secret_outputs=['made']))\n"
        "S('b', cred=pulumi.Config().require_secret('token'), fail=FAIL, opts=O(additional_secret_outputs=['made']))\n"
        "pulumi.export('out', X({'x': 'CANARY-export'}))\n"
    )
    for key, fail in ((1, False), (2, True), (3, False)):
        folder.program(f"KEY, FAIL = {key}, {fail}\n{program}")
        assert "CANARY" not in folder.deploy("up", MADE="CANARY-output").text
    folder.program(f"KEY, FAIL = 4, False\n{program}")
    process = folder.start("up", "--yes", "--skip-preview", SLOW="update a", MADE="CANARY-output")
    eventually(lambda: folder.calls().count("update a") > 2, "the update begins")
    process.kill()
    process.communicate(timeout=60)
    (folder.things / "go").touch()
    assert folder.pending == [("updating", "a")]
    written = [file for file in folder.state.rglob("*") if file.is_file()]
    assert written
    assert [str(file) for file in written if re.search(rb"CANARY", file.read_bytes())] == []
