"""An example in a folder of its own: as it is checked in, but for the port of the sandbox API."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.api.testing import SandboxApi
from tests.kit.engines import ROOT, Engine, Result, clean_environment

PASSPHRASE = "sandbox"
STACK = "sandbox"


def repository(folder: Path, port: int, *names: str) -> Path:
    """Copies of these files and folders of the repository, beside what `make up` installs.

    port: of the sandbox API, in place of the one that the stack files and READMEs name.
    """
    for name in names:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(".venv", "__pycache__"), symlinks=True)
        else:
            shutil.copy(source, target)
    for file in folder.rglob("*"):
        if file.suffix in {".yaml", ".md", ".sh"}:
            file.write_text(re.sub(r"127\.0\.0\.1:8700\b", f"127.0.0.1:{port}", file.read_text()))
    for name, present in (("sandbox", ROOT / "sandbox"), ("provider", ROOT / "provider"), (".venv", Path(sys.prefix))):
        if not (folder / name).exists():
            (folder / name).symlink_to(present)
    return folder


class Standing:
    """What records already when a README is followed, and is none of its business."""

    def __init__(self, api: SandboxApi) -> None:
        self._api = api
        self._ids = {recording["id"] for recording in api.recordings()}
        assert self._ids
        api.clear_requests()

    def others(self) -> list[dict[str, Any]]:
        """The recordings that were started since."""
        return [recording for recording in self._api.recordings() if recording["id"] not in self._ids]

    def assert_untouched(self) -> None:
        """Nobody paused or stopped it."""
        acted = {request["path"].rpartition("/")[2] for request in self._api.requests(method="PUT")}
        assert not acted & self._ids


def made_up(folder: Path, engine: Engine, api: SandboxApi, *names: str) -> tuple[Path, Standing]:
    """A copy in which `make up` was run: its stack is deployed in the state folder that the examples share."""
    repository(folder, api.port, "Pulumi.yaml", "Pulumi.sandbox.yaml", "__main__.py", *names)
    state = folder / ".sandbox" / "state"
    state.mkdir(parents=True)
    environment = {
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_HOME": str(folder / ".sandbox" / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    for words in (("stack", "init", STACK), ("up", "--stack", STACK, "--yes", "--skip-preview", "--non-interactive")):
        result = engine.run(folder, *words, env=environment)
        assert result.code == 0, result.text
    return folder, Standing(api)


class Example:
    """An example's project on its stack `sandbox`, deployed by one engine."""

    def __init__(self, folder: Path, name: str, engine: Engine, port: int) -> None:
        self.folder = repository(folder, port, f"examples/{name}") / "examples" / name
        self.engine = engine
        (self.folder / ".venv").symlink_to(sys.prefix)
        state = folder / "state"
        state.mkdir()
        self.env = {
            "PULUMI_BACKEND_URL": state.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self.run("stack", "init", STACK)

    def run(self, *words: str, code: int = 0) -> Result:
        process = self.engine.start(self.folder, *words, env=self.env)
        out, err = process.communicate(timeout=120)
        assert process.returncode == code, f"{' '.join(words)}:\n{out}{err}"
        return Result(process.returncode, out, err)

    def deploy(self, verb: str, *options: str) -> Result:
        sure = [] if verb == "preview" else ["--yes", "--skip-preview"]
        return self.run(verb, "--stack", STACK, "--non-interactive", *sure, *options)

    def up(self) -> dict[str, Any]:
        """The stack's outputs after an `up`."""
        self.deploy("up")
        outputs: dict[str, Any] = json.loads(self.run("stack", "output", "--stack", STACK, "--json").out)
        return outputs

    def export(self, *options: str) -> str:
        return self.run("stack", "export", "--stack", STACK, *options).out

    def written(self) -> bytes:
        """Every byte of the state folder."""
        state = Path(self.env["PULUMI_BACKEND_URL"].removeprefix("file://"))
        return b"\n".join(file.read_bytes() for file in sorted(state.rglob("*")) if file.is_file())

    def python(self, *words: str, stdin: str = "", **env: str) -> "subprocess.CompletedProcess[str]":
        """A script of the example, in its folder."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env={**clean_environment(), **self.env, **env},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def without_cli(path: str) -> str:
    """A PATH on which there is no Pulumi CLI."""
    return os.pathsep.join(entry for entry in path.split(os.pathsep) if not (Path(entry) / "pulumi").exists())


def account_of(base_url: str) -> Mapping[str, str]:
    """The environment of somebody with an account, which is the sandbox's."""
    return {
        "CLOUDFLARE_BASE_URL": base_url,
        "CLOUDFLARE_API_TOKEN": "sandbox-token",
        "CLOUDFLARE_ACCOUNT_ID": "023e105f4ecef8ad9ca31a8372d0c353",
        "REALTIMEKIT_APP_ID": "2a95132c15732412d22c1476fa83f27a",
    }
