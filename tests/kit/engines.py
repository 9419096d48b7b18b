"""The engines that a scenario is run by, through the same command line."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "correct horse battery staple"
FOREIGN = ("PULUMI_", "CLOUDFLARE_", "REALTIMEKIT_", "AWS_")


@dataclass(frozen=True)
class Result:
    """What a command came to. `events` are those of `up --json`, empty without it."""

    code: int
    out: str
    err: str
    events: tuple[Mapping[str, Any], ...] = ()

    @property
    def text(self) -> str:
        """What was printed, without the debug events of `--json`."""
        lines = [
            line for line in self.out.splitlines(keepends=True) if '"severity":"debug"' not in line.replace(" ", "")
        ]
        return "".join(lines) + self.err

    def ops(self) -> dict[str, str]:
        """What was done with each resource, by name: replacements as `replace`; the stack and providers left out."""
        done: dict[str, str] = {}
        for event in self.events:
            metadata = (event.get("resOutputsEvent") or event.get("resOpFailedEvent") or {}).get("metadata")
            if metadata and not metadata["type"].startswith(("pulumi:providers:", "pulumi:pulumi:")):
                name = metadata["urn"].rsplit("::", 1)[-1]
                if done.get(name) != "replace":
                    done[name] = "replace" if "replace" in metadata["op"] else metadata["op"]
        return done

    def diagnostics(self) -> list[str]:
        found = [event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event]
        return [diagnostic["message"] for diagnostic in found if diagnostic["severity"] != "debug"]


@dataclass(frozen=True)
class Engine:
    """`python -m sandbox`, or the CLI: the same words after the name."""

    name: str
    command: tuple[str, ...]

    def start(self, project: Path, *words: str, env: Mapping[str, str]) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*self.command, *words, "--cwd", str(project)],
            cwd=ROOT,
            env={**clean_environment(), **env},
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, project: Path, *words: str, env: Mapping[str, str], timeout: float = 120) -> Result:
        process = self.start(project, *words, env=env)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            pytest.fail(f"{self.name} {' '.join(words)} did not end within {timeout} s:\n{out}{err}")
        return Result(process.returncode, out, err, tuple(_events(out)) if "--json" in words else ())


def clean_environment() -> dict[str, str]:
    """The environment without anybody's own stacks and accounts."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


def _events(out: str) -> Iterator[Mapping[str, Any]]:
    for line in out.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


SANDBOX = Engine("sandbox", (sys.executable, "-m", "sandbox"))


def cli() -> Engine | None:
    """The Pulumi CLI on PATH."""
    found = shutil.which("pulumi")
    return Engine("pulumi", (found,)) if found else None


ENGINES = [
    pytest.param(SANDBOX, id="sandbox"),
    pytest.param(
        cli(),
        id="pulumi",
        marks=pytest.mark.skipif(cli() is None, reason="there is no Pulumi CLI on PATH"),
    ),
]
