"""`pulumi new` makes a project of each template that installs and deploys as it is."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from sandbox.api.testing import SandboxApi
from tests.examples.gitops import document
from tests.examples.readmes import blocks
from tests.kit.cli import ROOT
from tests.kit.plugin import api, new_api
from tests.kit.project import ACCOUNT, APP
from tests.release.command_line import environment, offline, repository, shell, terminal, with_cli
from tests.release.test_release import REPOSITORY

__all__ = ["api", "new_api"]

TEMPLATES = sorted(file.parent.name for file in (ROOT / "templates").glob("*/Pulumi.yaml"))
SCHEMA = ROOT / "provider" / "pulumi_realtimekit" / "stack-config.schema.json"
ANSWERS = {
    "Project name": "",
    "Project description": "",
    "Cloudflare account": ACCOUNT,
    "RealtimeKit app": APP,
    "API token": "sandbox-token",
    "meeting to record": "standup",
}
"""What `pulumi new` asks, by a part of each question."""


@with_cli
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_project_is_made(template: str, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    template_folder = ROOT / "templates" / template
    options = "--name meetings --description Ours --generate-only --yes"
    shell(f"pulumi new '{template_folder}' {options}", folder, environment(tmp_path))

    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    assert (project["name"], project["description"]) == ("meetings", "Ours")
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert not [file for file in files if "${PROJECT}" in file.read_text()]
    assert not [file for file in files if "../" in file.read_text()]
    first = (folder / "Pulumi.dev.yaml").read_text().splitlines()[0]
    assert (folder / first.partition("$schema=")[2]).read_bytes() == SCHEMA.read_bytes()


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_token_is_asked_for_as_a_secret(template: str) -> None:
    keys = yaml.safe_load((ROOT / "templates" / template / "Pulumi.yaml").read_text())["template"]["config"]
    assert [key for key, asked in keys.items() if asked.get("secret")] == ["realtimekit:apiToken"]


def test_each_template_s_readme_has_the_same_commands() -> None:
    """Those that are run below."""
    first, *others = [blocks(ROOT / "templates" / template / "README.md") for template in TEMPLATES]
    assert others == [first] * len(others)


def guide(state: str, origin: str) -> Sequence[str]:
    """The commands of the guide, with a state and an origin of one's own, and the repository as it is here."""
    replacements = {
        "s3://acme-pulumi-state?region=eu-central-1": state,
        "git@github.com:acme/recordings.git": origin,
        f"{REPOSITORY}/tree/main": str(ROOT),
        f"{REPOSITORY}/main".replace("github.com", "raw.githubusercontent.com"): ROOT.as_uri(),
        "git commit": "git -c user.name=reader -c user.email=reader@example.invalid commit",
    }
    commands = "\0".join(block.commands for block in blocks(ROOT / "docs" / "guides" / "first-pipeline.md"))
    for text, instead in replacements.items():
        commands = commands.replace(text, instead)
    return commands.split("\0")


@with_cli
def test_from_nothing_to_a_pipeline(tmp_path: Path, api: SandboxApi) -> None:
    """The guide's commands, then those of the project's README, by somebody whose account is the sandbox's."""
    env = environment(tmp_path, **repository(tmp_path), **offline(), CLOUDFLARE_BASE_URL=api.base_url)
    origin = tmp_path / "origin.git"
    shell(f"git init --quiet --bare '{origin}'", tmp_path, env)
    state, project, recording, workflow, pipeline = guide(env["PULUMI_BACKEND_URL"], origin.as_uri())
    folder = tmp_path / "recordings"
    api.meeting("standup", live=False)
    asking = {**env, "PULUMI_SKIP_CONFIRMATIONS": "false"}
    shown = terminal(f"{state}\n{project}", tmp_path, asking, ANSWERS)
    assert api.token not in shown
    assert shell(f"{state}\n{recording}", folder, env).endswith("PENDING\n")
    shell(workflow, folder, env)
    shell(pipeline, folder, env)

    where = "import pulumi_realtimekit; print(pulumi_realtimekit.__file__)"
    assert shell(f".venv/bin/python -c '{where}'", folder, env).startswith(str(folder))
    committed = shell("git ls-tree -r --name-only main", origin, env).split()
    assert {".github/workflows/recordings.yaml", "Pulumi.dev.yaml", "__main__.py"} <= set(committed)
    assert not [file for file in committed if file.startswith(".venv")]
    jobs = document(folder / ".github" / "workflows" / "recordings.yaml")["jobs"]
    assert {name: job["strategy"]["matrix"] for name, job in jobs.items()} == {
        "preview": {"stack": ["dev"]},
        "up": {"stack": ["dev"]},
    }
    config = document(folder / "Pulumi.dev.yaml")["config"]
    assert config["realtimekit:apiToken"].keys() == {"secure"}
    assert config["recordings:meetingId"] == "standup"

    deploying, ending = blocks(folder / "README.md")
    api.meeting("standup", live=True)
    assert shell(f"{state}\n{deploying.commands}", folder, env).endswith("RECORDING\n")
    assert [recording["layers"].keys() for recording in api.recordings()] == [{"default"}]
    shell(f"{state}\n{ending.commands}", folder, env)
    assert not [recording for recording in api.recordings() if recording["active"]]
