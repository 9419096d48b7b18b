"""The repository in a folder of its own, in which the commands of its Makefile run without touching anything else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.kit.cli import ROOT, clean_environment


class Copy:
    """What `make up` needs of the repository, the environment being there already.

    cli: the `pulumi` on PATH; None: neither on PATH nor built.
    """

    def __init__(self, folder: Path, cli: Path | None = None) -> None:
        self.folder, self.sandbox = folder, folder / ".sandbox"
        folder.mkdir(parents=True)
        for name in ("sandbox", "provider"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("Pulumi.yaml", "Pulumi.sandbox.yaml", "__main__.py"):
            shutil.copy(ROOT / name, folder)
        (folder / ".venv").symlink_to(sys.prefix)
        path = [entry for entry in os.environ["PATH"].split(os.pathsep) if not Path(entry, "pulumi").exists()]
        self.environment = {
            **clean_environment(),
            "PATH": os.pathsep.join([*([str(cli.parent)] if cli else []), *path]),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "COLUMNS": "200",
        }

    def start(self, verb: str, **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "sandbox.stack", verb],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def make(self, verb: str, code: int = 0, **environment: str) -> str:
        """What the command prints; it has to end with this exit code, and without a traceback."""
        process = self.start(verb, **environment)
        out, err = process.communicate(timeout=180)
        assert process.returncode == code, f"make {verb} ended with {process.returncode}:\n{out}{err}"
        assert "Traceback" not in out + err, f"make {verb}:\n{out}{err}"
        return out + err

    def replace(self, name: str, old: str, new: str) -> None:
        """Edits a file of the copy."""
        text = (self.folder / name).read_text()
        assert old in text
        (self.folder / name).write_text(text.replace(old, new))

    def base_url(self) -> str:
        return (self.sandbox / "base-url").read_text().strip()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A control call of the sandbox API."""
        url = self.base_url().replace("/client/v4", f"/_sandbox/{path}")
        answer = httpx.request(method, url, json=body, timeout=10, trust_env=False)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def starts(self) -> list[dict[str, Any]]:
        """The requests that ask to start a recording."""
        return [request for request in self.control("GET", "requests") if request["method"] == "POST"]

    def active(self) -> list[str]:
        """The meetings that are being recorded, each as often as that is."""
        return sorted(recording["meeting_id"] for recording in self.control("GET", "recordings") if recording["active"])
