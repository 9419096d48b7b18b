"""A stack that is deployed by one Python, and looked after by another."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

from sandbox.api.testing import SandboxApi
from tests.kit.project import PROJECT, Project, active, base_config

VERSIONS = range(10, 15)
PREFIX = "import sys, pulumi, pulumi_realtimekit; print(sys.prefix)"


@cache
def other_python() -> Path | None:
    """The prefix of a Python of another version that has this package installed: on PATH, or one of pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    on_path = [shutil.which(f"python3.{minor}") for minor in VERSIONS if minor != sys.version_info.minor]
    for python in [*filter(None, on_path), *pyenv.glob("3.*/bin/python")]:
        asked = subprocess.run([python, "-c", PREFIX], check=False, capture_output=True, text=True)
        if asked.returncode == 0 and Path(asked.stdout.strip()) != Path(sys.prefix):
            return Path(asked.stdout.strip())
    return None


@pytest.mark.skipif(other_python() is None, reason="no Python of another version has pulumi_realtimekit installed")
def test_another_python_changes_nothing_and_stops_what_runs(project: Project, api: SandboxApi) -> None:
    project.configure({**base_config(api), "recordings": {"standup": {"meeting_id": "m", "max_seconds": 60}}})
    assert project.deploy("up").code == 0
    runtime = {"name": "python", "options": {"virtualenv": str(other_python())}}
    (project.folder / "Pulumi.yaml").write_text(yaml.safe_dump({**PROJECT, "runtime": runtime}))

    results = [
        project.deploy("preview", "--expect-no-changes"),
        project.deploy("refresh"),
        project.deploy("up", "--json"),
    ]

    assert [result.code for result in results] == [0, 0, 0], "\n".join(result.text for result in results)
    assert results[-1].ops() == {"standup": "same"}
    assert len(active(api)) == 1
    assert project.deploy("destroy").code == 0
    assert active(api) == []
    assert len(api.requests(method="POST")) == 1
