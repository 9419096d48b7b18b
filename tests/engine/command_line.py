"""Projects of small dynamic resources, run through `python -m sandbox`."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.kit.engines import PASSPHRASE, ROOT, SANDBOX, Result, clean_environment

THINGS = """
import json
import os
import time
from pathlib import Path

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult


def load():
    return ThingProvider()


class ThingProvider(ResourceProvider):
    serialize_as_secret_always = False

    def __reduce__(self):
        return (load, ())

    def configure(self, request):
        self.greeting = request.config.get("greeting")

    def create(self, props):
        name = props["name"]
        Path(os.environ["THINGS"], f"{name}.begun").touch()
        while os.environ.get("SLOW") == name and not Path(os.environ["THINGS"], "go").exists():
            time.sleep(0.02)
        if props.get("fail"):
            raise ValueError(f"{name} is refused")
        return CreateResult(f"id-{name}", {**props, "made": self.greeting})

    def diff(self, id, olds, news):
        changed = sorted(k for k in {*olds, *news} - {"made", "__provider"} if olds.get(k) != news.get(k))
        return DiffResult(bool(changed), [k for k in changed if k == "key"], None, False)

    def update(self, id, olds, news):
        return UpdateResult({**news, "made": self.greeting})

    def read(self, id, props):
        drift = json.loads(os.environ.get("DRIFT", "{}")).get(props["name"])
        if drift == "gone":
            return ReadResult(None, {})
        now = {**props, **(drift or {})}
        return ReadResult(id, now, {k: v for k, v in now.items() if k != "made"})

    def delete(self, id, props):
        pass


class Thing(Resource, module="things", name="Thing"):
    made: pulumi.Output[str]

    def __init__(self, name, opts=None, **props):
        super().__init__(ThingProvider(), name, {"made": None, "name": name, **props}, opts)
"""
HEAD = "import os\nimport pulumi\nfrom things import Thing\n"


class Folder:
    """A project's folder with its state, on which commands are run."""

    def __init__(self, root: Path, program: str = "Thing('a')\n", *, salt: str = "") -> None:
        self.path, self.state, self.things = root / "project", root / "state", root / "things"
        for folder in (self.path, self.state, self.things):
            folder.mkdir()
        (self.path / "venv").symlink_to(sys.prefix)
        (self.path / "things.py").write_text(THINGS)
        self.yaml("name: proj\nruntime:\n  name: python\n  options:\n    virtualenv: venv\n")
        self.program(program)
        if salt:
            self.stack_file(f"encryptionsalt: {salt}\n")
        self.env = {
            "PULUMI_BACKEND_URL": self.state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "THINGS": str(self.things),
        }

    def yaml(self, content: str) -> None:
        (self.path / "Pulumi.yaml").write_text(content)

    def stack_file(self, content: str | None = None, stack: str = "dev") -> str:
        path = self.path / f"Pulumi.{stack}.yaml"
        if content is not None:
            path.write_text(content)
        return path.read_text()

    def program(self, content: str) -> None:
        (self.path / "__main__.py").write_text(HEAD + content)

    @property
    def checkpoint(self) -> Path:
        return self.state / ".pulumi" / "stacks" / "proj" / "dev.json"

    def resources(self) -> dict[str, dict[str, Any]]:
        """What the state holds, by name."""
        latest = json.loads(self.checkpoint.read_text())["checkpoint"]["latest"]
        return {resource["urn"].rsplit("::", 1)[-1]: resource for resource in latest.get("resources", [])}

    def locks(self) -> list[Path]:
        return list((self.state / ".pulumi" / "locks").rglob("*.json"))

    def run(self, *words: str, stack: str | None = "dev", stdin: str | None = None, **env: str | None) -> Result:
        """Runs a command on the stack, not at a terminal; None takes a variable away."""
        process = self.start(*words, stack=stack, stdin=subprocess.PIPE if stdin is not None else None, **env)
        out, err = process.communicate(stdin, timeout=120)
        return Result(process.returncode, out, err)

    def start(
        self, *words: str, stack: str | None = "dev", stdin: int | None = None, **env: str | None
    ) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command(*words, stack=stack),
            cwd=ROOT,
            env=self.environment(env),
            text=True,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def command(self, *words: str, stack: str | None = "dev") -> list[str]:
        at = words.index("--") if "--" in words else len(words)
        named = ["--stack", stack] if stack else []
        return [*SANDBOX.command, *words[:at], *named, "--cwd", str(self.path), *words[at:]]

    def environment(self, env: Mapping[str, str | None]) -> dict[str, str]:
        merged = {**clean_environment(), **self.env, **env}
        return {name: value for name, value in merged.items() if value is not None}

    def deploy(self, verb: str, *words: str, **env: str | None) -> Result:
        return self.run(verb, "--yes", "--skip-preview", *words, **env)

    def begun(self, name: str) -> bool:
        return (self.things / f"{name}.begun").exists()

    def go(self) -> None:
        """Lets a slow resource be made."""
        (self.things / "go").touch()


def at_terminal(folder: Folder, words: Sequence[str], answers: Sequence[tuple[str, str]], **env: str | None) -> Result:
    """Runs a command at a terminal of 120 columns; each answer is typed once its question is there."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        here = {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40", "CI": ""}
        command = folder.command(*words)
        os.execve(command[0], command, folder.environment({**here, **env}))
    said, pending, left = b"", b"", list(answers)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            data = b""
        if not data:
            break
        said, pending = said + data, pending + data
        if left and left[0][0].encode() in pending:
            os.write(terminal, f"{left.pop(0)[1]}\n".encode())
            pending = b""
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert not left, f"nobody asked {left[0][0]!r}:\n{said.decode(errors='replace')}"
    return Result(code, said.decode(errors="replace"), "")
