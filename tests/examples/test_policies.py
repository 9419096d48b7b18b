"""The policy pack refuses what breaks its rules before anything starts, on the Pulumi CLI."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.api.testing import SandboxApi
from tests.examples.copies import account_of
from tests.examples.readmes import blocks
from tests.kit.cli import ROOT
from tests.kit.plugin import api, new_api
from tests.native.yaml_project import YamlProject, project
from tests.release.command_line import environment, shell, with_cli

__all__ = ["api", "new_api", "project"]

STORAGE = """config:
  one-recording:meetingId: standup
  realtimekit:storages:
    archive: {type: sftp, host: files.example.com, username: pulumi, auth_method: PASSWORD}
"""
ARCHIVE = {"type": "sftp", "host": "h", "username": "u", "authMethod": "PASSWORD", "password": "a-password"}
PASSWORD = "pulumi config set --secret --path realtimekit:storages.archive.password a-password"


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with its environment, which takes a registry: `pulumi-policy` goes with no other requirement here."""
    folder = tmp_path_factory.mktemp("examples") / "policies"
    shutil.copytree(ROOT / "examples" / "policies", folder, ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    uv = Path(sys.executable).parent / "uv"
    for words in (["venv", "--python", sys.executable, ".venv"], ["pip", "install", "-r", "requirements.txt"]):
        ran = subprocess.run([uv, *words], cwd=folder, capture_output=True, text=True, timeout=180, check=False)
        if ran.returncode:
            assert "CI" not in os.environ, ran.stderr
            pytest.skip(f"the registry does not answer: {ran.stderr.strip().splitlines()[-1]}")
    return folder


@with_cli
def test_what_breaks_a_rule_does_not_start(pack: Path, api: SandboxApi, tmp_path: Path) -> None:
    """In the example that the README deploys, with the README's own commands once it breaks none."""
    folder = tmp_path / "one-recording"
    shutil.copytree(ROOT / "examples" / "one-recording", folder, ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    (folder / ".venv").symlink_to(sys.prefix)
    (tmp_path / "policies").symlink_to(pack)
    env = environment(tmp_path, **account_of(api.base_url))
    shell("pulumi stack init dev; pulumi config set meetingId standup", folder, env)
    program = folder / "__main__.py"
    as_it_was = program.read_text()
    up = "pulumi up --skip-preview --policy-pack ../policies"

    program.write_text(as_it_was.replace("max_seconds=3600,", ""))
    assert "declares no max_seconds" in shell(up, folder, env, code=1)
    program.write_text(as_it_was.replace("max_seconds=3600", "max_seconds=36000"))
    assert "may last 36000 s" in shell(up, folder, env, code=1)
    assert api.recordings() == []

    program.write_text(as_it_was)
    _, deploying = blocks(ROOT / "examples" / "policies" / "README.md")
    shell(deploying.commands, folder, env)
    assert [recording["status"] for recording in api.recordings()] == ["RECORDING"]
    shell("pulumi destroy", folder, env)

    (folder / "Pulumi.prod.yaml").write_text(STORAGE)
    shell(f"pulumi stack init prod; {PASSWORD}", folder, env)
    refused = shell(up, folder, env, code=1)
    assert "layer default goes to RealtimeKit's own bucket" in refused
    assert "layer default-video goes to RealtimeKit's own bucket" in refused
    program.write_text(as_it_was.replace('["realtimekit"]', '["archive"]'))
    shell(up, folder, env)
    assert [recording["active"] for recording in api.recordings()] == [False, True]


IN_YAML = {
    "of-ours": {"outputs": ["archive"]},
    "resolved": {"outputs": [{"type": "STORAGE_CONFIG", "storageConfig": ARCHIVE}]},
    "both": {"outputs": ["archive", "realtimekit"]},
    "typed": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]},
    "no-outputs": {"fileNamePrefix": "a"},
    "nothing": {},
}


@with_cli
def test_recordings_of_another_language_are_judged_as_they_are_declared(
    pack: Path, api: SandboxApi, project: YamlProject, tmp_path: Path
) -> None:
    """Their layers have the names of storages, may have no outputs, and may be absent: those of the config."""
    env = environment(tmp_path, **account_of(api.base_url))
    (project.folder / "Pulumi.prod.yaml").write_text(STORAGE.replace("one-recording", "recordings"))
    shell(f"pulumi stack init prod; {PASSWORD}", project.folder, env)
    up = f"pulumi up --skip-preview --policy-pack {pack}"

    project.declare({"all": {"properties": {"meetingId": "all", "maxSeconds": 60, "layers": IN_YAML}}})
    refused = shell(up, project.folder, env, code=1)
    named = {name for name in IN_YAML if f"layer {name} goes to RealtimeKit's own bucket" in refused}
    assert named == {"both", "typed", "no-outputs", "nothing"}, refused
    assert api.recordings() == []

    ours = {"meetingId": "ours", "maxSeconds": 60, "layers": {"default": IN_YAML["of-ours"]}}
    project.declare({"ours": {"properties": ours}, "config": {"properties": {"meetingId": "c", "maxSeconds": 60}}})
    shell(up, project.folder, env)
    assert [recording["status"] for recording in api.recordings()] == ["RECORDING"] * 2
