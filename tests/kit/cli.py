"""The Pulumi CLI, which deploys whatever the tests deploy: the one on PATH, else the one that `make cli` has built."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest

import sandbox.cli

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "correct horse battery staple"
FOREIGN = ("PULUMI_", "CLOUDFLARE_", "REALTIMEKIT_", "AWS_")
MISSING = "no Pulumi CLI on PATH, and none built: run `make cli`"


@cache
def find() -> str | None:
    """The path of the CLI; None where there is none."""
    found = sandbox.cli.find()
    return None if found is None else str(found)


def executable() -> str:
    """The path of the CLI; skips the test where there is none."""
    return find() or pytest.skip(MISSING)


@cache
def version() -> str:
    """As in `v3.274.1`."""
    return subprocess.run([executable(), "version"], capture_output=True, text=True, check=True).stdout.strip()


def clean_environment() -> dict[str, str]:
    """The environment, without the developer's own stacks and accounts."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


@dataclass(frozen=True)
class Result:
    """How a command ended, and all that it printed."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """Those of `--json`, debug events included."""
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    def ops(self) -> dict[str, str]:
        """What `up --json` did with each resource, by name: replacements as `replace`; stack and providers left out."""
        done: dict[str, str] = {}
        for event in self.events:
            metadata = (event.get("resOutputsEvent") or event.get("resOpFailedEvent") or {}).get("metadata")
            if metadata and not metadata["type"].startswith(("pulumi:providers:", "pulumi:pulumi:")):
                name = metadata["urn"].rsplit("::", 1)[-1]
                if done.get(name) != "replace":
                    done[name] = "replace" if "replace" in metadata["op"] else metadata["op"]
        return done


def start(folder: Path, *words: str, env: Mapping[str, str]) -> "subprocess.Popen[str]":
    """A command in a project's folder, still running."""
    return subprocess.Popen(
        [executable(), *words],
        cwd=folder,
        env={**clean_environment(), **env},
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def run(folder: Path, *words: str, env: Mapping[str, str], timeout: float = 120) -> Result:
    """A command, to its end. Fails the test where that takes longer than `timeout` seconds."""
    process = start(folder, *words, env=env)
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        pytest.fail(f"pulumi {' '.join(words)} did not end within {timeout} s:\n{out}{err}")
    return Result(process.returncode, out, err)
