"""`pulumi new` makes a project of each template that installs and deploys as it is."""

import os
import pty
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.api.testing import SandboxApi
from tests.kit.engines import ROOT, clean_environment
from tests.kit.plugin import api, new_api
from tests.kit.project import ACCOUNT, APP
from tests.release.test_release import REPOSITORY

__all__ = ["api", "new_api"]

PULUMI = shutil.which("pulumi")
TEMPLATES = sorted(file.parent.name for file in (ROOT / "templates").glob("*/Pulumi.yaml"))
SCHEMA = ROOT / "provider" / "pulumi_realtimekit" / "stack-config.schema.json"

pytestmark = pytest.mark.skipif(PULUMI is None, reason="`pulumi new` needs the Pulumi CLI, and there is none on PATH")


def environment(folder: Path, **more: str) -> Mapping[str, str]:
    """Somebody with a backend of their own."""
    (folder / "state").mkdir(exist_ok=True)
    return {
        **clean_environment(),
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        **more,
    }


def registry(folder: Path) -> Mapping[str, str]:
    """The repository at its address, as it is here, and dependencies from what is installed here: no network."""
    published = folder / "repository"
    shutil.copytree(ROOT / "provider", published / "provider", ignore=shutil.ignore_patterns("__pycache__"))
    author = ("-c", "user.name=author", "-c", "user.email=author@example.invalid")
    for words in (("init", "--quiet"), ("add", "."), (*author, "commit", "--quiet", "--message", "Release")):
        subprocess.run(["git", *words], cwd=published, check=True, timeout=60)
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{published.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": REPOSITORY,
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def pulumi(*words: str, cwd: Path, env: Mapping[str, str]) -> str:
    run = subprocess.run(["pulumi", *words], cwd=cwd, env=env, capture_output=True, text=True, timeout=180, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def answered(*words: str, cwd: Path, env: Mapping[str, str], answers: Mapping[str, str]) -> str:
    """Runs the CLI on a terminal, and types an answer to each question; returns what the terminal shows."""
    terminal, end = pty.openpty()
    process = subprocess.Popen(["pulumi", *words], cwd=cwd, env=env, stdin=end, stdout=end, stderr=end)
    os.close(end)
    shown, asked = "", dict(answers)
    while True:
        try:
            shown += os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # the other end is closed: it has ended
            break
        for question in [question for question in asked if question in shown]:
            os.write(terminal, f"{asked.pop(question)}\r".encode())
    os.close(terminal)
    assert process.wait(timeout=180) == 0, shown
    assert not asked, shown
    return shown


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_is_made(template: str, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    words = ("new", str(ROOT / "templates" / template), "--name", "meetings", "--description", "All of ours")
    pulumi(*words, "--generate-only", "--yes", cwd=folder, env=environment(tmp_path))

    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    assert (project["name"], project["description"]) == ("meetings", "All of ours")
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert not [file for file in files if "${PROJECT}" in file.read_text()]
    assert not [file for file in files if "../" in file.read_text()]
    first = (folder / "Pulumi.dev.yaml").read_text().splitlines()[0]
    assert (folder / first.partition("$schema=")[2]).read_bytes() == SCHEMA.read_bytes()


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_token_is_asked_for_as_a_secret(template: str) -> None:
    keys = yaml.safe_load((ROOT / "templates" / template / "Pulumi.yaml").read_text())["template"]["config"]
    assert [key for key, asked in keys.items() if asked.get("secret")] == ["realtimekit:apiToken"]


def test_the_python_project_deploys(tmp_path: Path, api: SandboxApi) -> None:
    """From an empty folder to a recording and its end, with what its README says."""
    folder = tmp_path / "project"
    folder.mkdir()
    env = environment(tmp_path, **registry(tmp_path), CLOUDFLARE_BASE_URL=api.base_url)
    words = ("new", str(ROOT / "templates" / "recordings-python"), "--name", "meetings", "--description", "Ours")
    answers = {
        "Cloudflare account": ACCOUNT,
        "RealtimeKit app": APP,
        "API token": api.token,
        "meeting to record": "standup",
    }
    shown = answered(*words, "--stack", "dev", cwd=folder, env=env, answers=answers)
    assert api.token not in shown
    config: Mapping[str, Any] = yaml.safe_load((folder / "Pulumi.dev.yaml").read_text())["config"]
    assert config["realtimekit:apiToken"].keys() == {"secure"}
    assert config["meetings:meetingId"] == "standup"

    api.meeting("standup", live=False)
    sure = ("--yes", "--skip-preview", "--non-interactive")
    pulumi("up", *sure, cwd=folder, env=env)
    assert pulumi("stack", "output", "status", cwd=folder, env=env).strip() == "PENDING"
    api.meeting("standup", live=True)
    pulumi("up", *sure, cwd=folder, env=env)
    assert pulumi("stack", "output", "status", cwd=folder, env=env).strip() == "RECORDING"
    (recording,) = api.recordings()
    assert recording["layers"].keys() == {"default"}
    where = subprocess.run(
        [folder / ".venv" / "bin" / "python", "-c", "import pulumi_realtimekit; print(pulumi_realtimekit.__file__)"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert where.stdout.startswith(str(folder))
    pulumi("destroy", *sure, cwd=folder, env=env)
    assert not [recording for recording in api.recordings() if recording["active"]]
