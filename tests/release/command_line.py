"""The Pulumi CLI as somebody has it who copied a part of the repository: a backend of their own, and no repository."""

import os
import pty
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.cli import backend_url
from tests.kit import cli
from tests.kit.cli import ROOT, clean_environment
from tests.release.test_release import REPOSITORY

with_cli = pytest.mark.skipif(cli.find() is None, reason=cli.MISSING)


def environment(folder: Path, **more: str) -> Mapping[str, str]:
    """Somebody with the CLI on PATH and a backend of their own."""
    (folder / "state").mkdir(exist_ok=True)
    path = os.environ["PATH"]
    if found := cli.find():
        path = f"{Path(found).parent}{os.pathsep}{path}"
    return {
        **clean_environment(),
        "PATH": path,
        "PULUMI_BACKEND_URL": backend_url(folder / "state"),
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_SKIP_CONFIRMATIONS": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        **more,
    }


def repository(folder: Path) -> Mapping[str, str]:
    """The environment in which the repository is at its address, as it is here."""
    published = folder / "repository"
    shutil.copytree(ROOT / "provider", published / "provider", ignore=shutil.ignore_patterns("__pycache__"))
    author = ("-c", "user.name=author", "-c", "user.email=author@example.invalid")
    for words in (("init", "--quiet"), ("add", "."), (*author, "commit", "--quiet", "--message", "Release")):
        subprocess.run(["git", *words], cwd=published, check=True, timeout=60)
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{published.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": REPOSITORY,
    }


def offline() -> Mapping[str, str]:
    """The environment in which pip finds what is installed here, and needs no network."""
    return {
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def run(*words: str | Path, cwd: Path, env: Mapping[str, str], code: int = 0) -> str:
    """What a command prints; it has to end with this exit code."""
    ended = subprocess.run(
        [*map(str, words)],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == code, f"{' '.join(map(str, words))}\n---\n{ended.stdout}"
    return ended.stdout


def shell(commands: str, cwd: Path, env: Mapping[str, str], code: int = 0) -> str:
    """Runs commands as they stand in a document; returns what they print."""
    return run("bash", "-euo", "pipefail", "-c", commands, cwd=cwd, env=env, code=code)


def terminal(commands: str, cwd: Path, env: Mapping[str, str], answers: Mapping[str, str]) -> str:
    """Runs commands on a terminal, and types an answer to each question; returns what the terminal shows."""
    screen, end = pty.openpty()
    words = ["bash", "-euo", "pipefail", "-c", commands]
    process = subprocess.Popen(words, cwd=cwd, env=env, stdin=end, stdout=end, stderr=end)
    os.close(end)
    shown, asked = "", dict(answers)
    while True:
        try:
            shown += os.read(screen, 4096).decode(errors="replace")
        except OSError:  # the other end is closed: it has ended
            break
        for question in [question for question in asked if question in shown]:
            os.write(screen, f"{asked.pop(question)}\r".encode())
    os.close(screen)
    assert process.wait(timeout=180) == 0, shown
    assert not asked, shown
    return shown
