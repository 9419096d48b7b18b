"""A Pulumi project in a folder of its own, with a stack, a state and a home of its own."""

import atexit
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sandbox.api.testing import SandboxApi
from sandbox.cli import backend_url
from sandbox.passphrase import PassphraseCrypter
from tests.kit import cli
from tests.kit.cli import PASSPHRASE, ROOT, Result

ACCOUNT, APP = "023e105f4ecef8ad9ca31a8372d0c353", "2a95132c15732412d22c1476fa83f27a"
STACK = "test"
RECORDING_TYPE = "pulumi-python:dynamic/realtimekit:TrackRecording"
PROJECT = {"name": "recordings", "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}}}
"""It runs in the tests' own environment: nothing is installed for it."""


class Secret(str):
    """A config value that is encrypted in the stack file."""

    __slots__ = ()


@cache
def crypter() -> PassphraseCrypter:
    return PassphraseCrypter.new(PASSPHRASE)


def base_config(api: SandboxApi) -> dict[str, Any]:
    """What every stack of the tests has: the sandbox's account, quick enough to fail quickly."""
    return {
        "baseUrl": api.base_url,
        "accountId": ACCOUNT,
        "appId": APP,
        "apiToken": Secret(api.token),
        "timeoutSeconds": 3,
    }


def active(api: SandboxApi) -> list[dict[str, Any]]:
    """The recordings that run."""
    return [one for one in api.recordings() if one["active"]]


def settings(folder: Path) -> dict[str, str]:
    """The CLI's settings, for a project whose state and home are beside its folder."""
    return {
        "PULUMI_BACKEND_URL": backend_url(folder.with_name(f"{folder.name}-state")),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_HOME": str(folder.with_name(f"{folder.name}-home")),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


@cache
def _new_stack() -> Path:
    """The state of a new stack, which each project begins with a copy of: `stack init` takes half a second."""
    made = Path(tempfile.mkdtemp(prefix="stack-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    folder = made / "project"
    for path in (folder, made / "project-state"):
        path.mkdir()
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(PROJECT))
    result = cli.run(folder, "stack", "init", STACK, env=settings(folder))
    assert result.code == 0, result.text
    return made / "project-state"


class Project:
    """The program at the root of the repository, or another, deployed to the stack `test`.

    env: added to the environment of every command.
    """

    def __init__(self, folder: Path, program: str | None = None, env: Mapping[str, str] = {}) -> None:
        self.folder = folder
        self.state = folder.with_name(f"{folder.name}-state")
        self.env = {**settings(folder), **env}
        shutil.copytree(_new_stack(), self.state)
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(PROJECT))
        self.program(program)
        self.configure({})

    def program(self, source: str | None) -> None:
        """The program from now on; None is the repository's own."""
        if source is None:
            shutil.copy(ROOT / "__main__.py", self.folder)
        else:
            (self.folder / "__main__.py").write_text(source)

    def configure(self, config: Mapping[str, Any]) -> None:
        """The stack's whole config from now on; keys without a namespace are `realtimekit`'s."""
        spelt = {key if ":" in key else f"realtimekit:{key}": _node(value) for key, value in config.items()}
        content = {"encryptionsalt": crypter().salt, "config": spelt}
        (self.folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))

    def run(self, *words: str, timeout: float = 120, **env: str) -> Result:
        return cli.run(self.folder, *words, env={**self.env, **env}, timeout=timeout)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return cli.start(self.folder, *words, env=self.env)

    def deploy(self, verb: str, *options: str, timeout: float = 120, **env: str) -> Result:
        """`preview`, `up`, `refresh` or `destroy` of the stack, without questions."""
        return self.run(*self.words(verb, *options), timeout=timeout, **env)

    def words(self, verb: str, *options: str) -> list[str]:
        sure = [] if verb == "preview" else ["--yes", "--skip-preview"]
        return [verb, "--stack", STACK, "--non-interactive", *sure, *options]

    def export(self, *options: str) -> dict[str, Any]:
        """What `stack export` prints."""
        result = self.run("stack", "export", "--stack", STACK, *options)
        assert result.code == 0, result.text
        exported: dict[str, Any] = json.loads(result.out)
        return exported

    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources of the state by name, secrets as `{"<secret>": value}`; the stack and providers left out."""
        return {
            resource["urn"].rsplit("::", 1)[-1]: _opened(resource)
            for resource in self.export("--show-secrets")["deployment"].get("resources") or ()
            if not resource["type"].startswith(("pulumi:providers:", "pulumi:pulumi:"))
        }

    def written(self) -> bytes:
        """Every byte of the state and of the CLI's home: checkpoints, backups, history, locks, logs."""
        folders = (self.state, Path(self.env["PULUMI_HOME"]))
        return b"\n".join(f.read_bytes() for folder in folders for f in sorted(folder.rglob("*")) if f.is_file())


def _node(value: Any) -> Any:
    if isinstance(value, Secret):
        return {"secure": crypter().encrypt(value)}
    if isinstance(value, Mapping):
        return {key: _node(item) for key, item in value.items()}
    return [_node(item) for item in value] if isinstance(value, list | tuple) else value


def _opened(value: Any) -> Any:
    if isinstance(value, Mapping):
        if "4dabf18193072939515e22adb298388d" in value:
            return {"<secret>": json.loads(value["plaintext"])}
        return {key: _opened(item) for key, item in value.items()}
    return [_opened(item) for item in value] if isinstance(value, list) else value
