"""How the engine finds the plugin: on PATH, or as the package's own folder; and what answers a shell there."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.api.testing import SandboxApi
from tests.kit.cli import ROOT
from tests.kit.project import active, base_config
from tests.native.test_life import started_elsewhere
from tests.native.yaml_project import EXECUTABLES, PLUGIN, YamlProject

STANDUP = {"standup": {"type": "realtimekit:TrackRecording", "properties": {"meetingId": "standup"}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the package's folder whose environment is there already: Pulumi would install it from the registry."""
    copy = tmp_path / "provider"
    copy.mkdir()
    for name in ("PulumiPlugin.yaml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / "provider" / name, copy)
    (copy / "pulumi_realtimekit").symlink_to(ROOT / "provider" / "pulumi_realtimekit")
    venv.create(copy / ".venv", symlinks=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(copy / ".venv")})
    Path(packages, "tests.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT / 'provider'}\n")
    return copy


def asked(export: Any, command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """What the plugin itself answers to a command from a shell."""
    return subprocess.run(
        [EXECUTABLES / PLUGIN, command],
        input=json.dumps(export),
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_it_is_found_on_path(project: YamlProject, api: SandboxApi) -> None:
    document = {"name": "recordings", "runtime": "yaml", "resources": STANDUP}
    (project.folder / "Pulumi.yaml").write_text(yaml.safe_dump(document))
    project.configure(base_config(api))
    project.env["PATH"] = os.pathsep.join((str(EXECUTABLES), os.environ["PATH"]))
    project.up()
    assert len(active(api)) == 1
    known = asked(project.export(), "status", CLOUDFLARE_API_TOKEN=api.token)
    assert (known.returncode, known.stderr) == (0, "")
    assert "| standup " in known.stdout
    lost = started_elsewhere(api, "lost")
    found = asked(project.export(), "audit", CLOUDFLARE_API_TOKEN=api.token)
    assert (found.returncode, found.stderr) == (1, "")
    assert f"recording {lost} of meeting lost has been RECORDING" in found.stdout
    api.set_status(lost, "UPLOADED")
    assert project.deploy("destroy").code == 0
    assert active(api) == []


def test_a_project_of_the_template_deploys(project: YamlProject, api: SandboxApi, folder: Path, tmp_path: Path) -> None:
    """As `pulumi new` makes it, with the package's folder in the place of the repository's address."""
    before = {file: file.stat().st_mtime_ns for file in Path(sys.prefix).glob("*")}
    (tmp_path / "new").mkdir()
    template = str(ROOT / "templates" / "recordings-yaml")
    made = project.run(
        *("new", template, "--cwd", str(tmp_path / "new")),
        *("--name", "recordings", "--description", "Ours", "--generate-only", "--yes"),
    )
    assert made.code == 0, made.text
    document = yaml.safe_load((tmp_path / "new" / "Pulumi.yaml").read_text())
    assert document["packages"]["realtimekit"].endswith("/provider")
    document["packages"]["realtimekit"] = str(folder)
    (project.folder / "Pulumi.yaml").write_text(yaml.safe_dump(document))
    project.configure({**base_config(api), "recordings:meetingId": "standup"})
    project.up()
    assert [recording["meeting_id"] for recording in active(api)] == ["standup"]
    assert project.deploy("destroy").code == 0
    assert active(api) == []
    assert {file: file.stat().st_mtime_ns for file in Path(sys.prefix).glob("*")} == before, "another's environment"
