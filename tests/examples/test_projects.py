"""What all examples have in common, and the program that runs the Automation API."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.api.testing import SandboxApi
from sandbox.cli import backend_url
from tests.examples.copies import account_of
from tests.kit import cli
from tests.kit.cli import ROOT, clean_environment
from tests.kit.project import active

UUID = r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
PROJECTS = sorted(file.parent.name for file in (ROOT / "examples").glob("*/Pulumi.yaml"))


def test_no_two_stacks_of_the_sandbox_record_the_same_meeting() -> None:
    """They share the sandbox's account: each would take over what another one records, and stop it."""
    files = [ROOT / "Pulumi.sandbox.yaml", *sorted((ROOT / "examples").glob("*/Pulumi.*.yaml"))]
    meetings = [meeting for file in files for meeting in set(re.findall(UUID, file.read_text()))]
    assert len(files) > len(PROJECTS)
    assert len(meetings) == len(set(meetings))


@pytest.mark.parametrize("name", PROJECTS)
def test_every_project_is_whole(name: str) -> None:
    folder = ROOT / "examples" / name
    assert (folder / "README.md").is_file()
    if not re.search(r"^runtime: (yaml|nodejs)$", (folder / "Pulumi.yaml").read_text(), re.MULTILINE):
        assert (folder / "__main__.py").is_file()
        assert "-e ../../provider" in (folder / "requirements.txt").read_text().splitlines()
    assert f"({name}/README.md)" in (ROOT / "examples" / "README.md").read_text()


class Recorder:
    """Runs record.py in a folder that has nothing else of the project, where the `python3` on PATH is another one.

    path: where commands are looked for.
    """

    def __init__(self, folder: Path, base_url: str, *path: Path) -> None:
        self._folder = folder
        (folder / "state").mkdir()
        (folder / "bin").mkdir()
        (folder / "bin" / "python3").symlink_to("/bin/false")
        shutil.copy(ROOT / "examples/automation/record.py", folder)
        self._environment = {
            **clean_environment(),
            **account_of(base_url),
            "PATH": os.pathsep.join(map(str, (folder / "bin", *path))),
            "PULUMI_BACKEND_URL": backend_url(folder / "state"),
            "PULUMI_CONFIG_PASSPHRASE": "sandbox",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def run(self, *words: str, code: int = 0) -> tuple[str, str]:
        """What it prints, and what it says on standard error."""
        command = [sys.executable, "record.py", *words]
        ended = subprocess.run(
            command,
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == code, ended.stdout + ended.stderr
        assert "Traceback" not in ended.stderr
        return ended.stdout, ended.stderr


def test_automation_without_a_cli(tmp_path: Path) -> None:
    shown, said = Recorder(tmp_path, "http://service.invalid").run("start", "standup", code=2)
    assert (shown, said) == ("", "there is no Pulumi CLI on PATH, which the Automation API runs: install it\n")


def test_automation(tmp_path: Path, api: SandboxApi) -> None:
    """One that runs stays the only one; one that ended is followed by another, once the meeting is live again."""
    recorder = Recorder(
        tmp_path, api.base_url, Path(cli.executable()).parent, *map(Path, os.environ["PATH"].split(":"))
    )
    api.meeting("standup", live=False)
    shown, said = recorder.run("start", "standup", code=1)
    assert shown == ""
    assert "meeting standup has no live session, so it cannot be recorded" in said
    assert said.count("Diagnostics:") == 1

    api.meeting("standup", live=True)
    shown, _ = recorder.run("start", "standup")
    (first,) = active(api)
    assert shown == f"recording {first['id']} RECORDING\n"
    assert recorder.run("start", "standup")[0] == shown

    api.meeting("standup", live=False)
    shown, said = recorder.run("start", "standup", code=1)
    assert shown == f"recording {first['id']} UPLOADED\n"
    assert f"\nmeeting standup is not being recorded: recording {first['id']} is UPLOADED, " in said

    api.meeting("standup", live=True)
    shown, _ = recorder.run("start", "standup")
    (second,) = active(api)
    assert second["id"] != first["id"]
    assert shown == f"recording {second['id']} RECORDING\n"
    recorder.run("stop", "standup")
    assert not active(api)
    assert len(api.recordings()) == 2
