"""An example in a folder of its own, as it is checked in."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.api.testing import SandboxApi
from sandbox.cli import backend_url
from tests.kit import cli
from tests.kit.cli import ROOT, Result, clean_environment
from tests.kit.project import ACCOUNT, APP

PASSPHRASE = "sandbox"
STACK = "sandbox"


def repository(folder: Path, api: SandboxApi, *names: str) -> Path:
    """Copies of these files and folders of the repository, beside what `make up` leaves: an environment, an API."""
    for name in names:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(".venv", "__pycache__"), symlinks=True)
        else:
            shutil.copy(source, target)
    for name, present in (("sandbox", ROOT / "sandbox"), ("provider", ROOT / "provider"), (".venv", Path(sys.prefix))):
        if not (folder / name).exists():
            (folder / name).symlink_to(present)
    (folder / ".sandbox").mkdir()
    (folder / ".sandbox" / "base-url").write_text(f"{api.base_url}\n")
    return folder


class Example:
    """An example's project with a stack `sandbox`, not deployed yet."""

    def __init__(self, folder: Path, name: str, api: SandboxApi) -> None:
        self.folder = repository(folder, api, f"examples/{name}") / "examples" / name
        (self.folder / ".venv").symlink_to(sys.prefix)
        self.state = folder / "state"
        self.state.mkdir()
        self.env = {
            "CLOUDFLARE_BASE_URL": api.base_url,
            "PULUMI_BACKEND_URL": backend_url(self.state),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self.run("stack", "init", STACK)

    def run(self, *words: str, code: int = 0) -> Result:
        result = cli.run(self.folder, *words, env=self.env)
        assert result.code == code, f"{' '.join(words)}:\n{result.text}"
        return result

    def deploy(self, verb: str, *options: str, stack: str = STACK, code: int = 0) -> Result:
        sure = [] if verb == "preview" else ["--yes", "--skip-preview"]
        return self.run(verb, "--stack", stack, "--non-interactive", *sure, *options, code=code)

    def up(self) -> dict[str, Any]:
        """The stack's outputs after an `up`."""
        self.deploy("up")
        outputs: dict[str, Any] = json.loads(self.run("stack", "output", "--stack", STACK, "--json").out)
        return outputs

    def written(self) -> bytes:
        """Every byte of the state folder."""
        return b"\n".join(file.read_bytes() for file in sorted(self.state.rglob("*")) if file.is_file())

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


def account_of(base_url: str) -> Mapping[str, str]:
    """The environment of somebody with an account, which is the sandbox's."""
    return {
        "CLOUDFLARE_BASE_URL": base_url,
        "CLOUDFLARE_API_TOKEN": "sandbox-token",
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
        "REALTIMEKIT_APP_ID": APP,
    }
