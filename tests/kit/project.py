"""A Pulumi project in a folder of its own, with a stack, a state and an engine."""

import json
import shutil
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sandbox.passphrase import PassphraseCrypter
from tests.kit.engines import PASSPHRASE, ROOT, Engine, Result

ACCOUNT, APP = "023e105f4ecef8ad9ca31a8372d0c353", "2a95132c15732412d22c1476fa83f27a"
STACK = "test"
RECORDING_TYPE = "pulumi-python:dynamic/realtimekit:TrackRecording"


class Secret(str):
    """A config value that is encrypted in the stack file."""

    __slots__ = ()


@cache
def crypter() -> PassphraseCrypter:
    return PassphraseCrypter.new(PASSPHRASE)


class Project:
    """The program at the root of the repository, or another, deployed to the stack `test`.

    env: added to the environment of every command.
    """

    def __init__(self, folder: Path, engine: Engine, program: str | None = None, env: Mapping[str, str] = {}) -> None:
        self.folder, self.engine = folder, engine
        self.state = folder.parent / f"{folder.name}-state"
        self.env = {
            "PULUMI_BACKEND_URL": self.state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_HOME": str(folder.parent / f"{folder.name}-home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **env,
        }
        folder.mkdir()
        self.state.mkdir()
        (folder / "venv").symlink_to(sys.prefix)
        (folder / "Pulumi.yaml").write_text(
            "name: recordings\nruntime:\n  name: python\n  options:\n    virtualenv: venv\n"
        )
        self.program(program)
        self.configure({})
        assert self.run("stack", "init", STACK).code == 0

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

    def run(self, *words: str, **env: str) -> Result:
        return self.engine.run(self.folder, *words, env={**self.env, **env})

    def deploy(self, verb: str, *options: str, **env: str) -> Result:
        """`preview`, `up`, `refresh` or `destroy` of the stack, without questions."""
        return self.run(*self.words(verb, *options), **env)

    def words(self, verb: str, *options: str) -> list[str]:
        sure = [] if verb == "preview" else ["--yes", "--skip-preview"]
        return [verb, "--stack", STACK, "--non-interactive", *sure, *options]

    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources of the state by name, secrets as `{"<secret>": value}`; the stack and providers left out."""
        exported = self.run("stack", "export", "--stack", STACK, "--show-secrets")
        assert exported.code == 0, exported.text
        resources = (json.loads(exported.out).get("deployment") or {}).get("resources") or []
        return {
            resource["urn"].rsplit("::", 1)[-1]: _opened(resource)
            for resource in resources
            if not resource["type"].startswith(("pulumi:providers:", "pulumi:pulumi:"))
        }

    def written(self) -> bytes:
        """Every byte of the state's folder and of the engine's own: state, backups, history, locks, logs."""
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
