"""The project of the pipelines, as they run it, and what it reports of what has changed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.api.testing import SandboxApi
from tests.examples.copies import Example, account_of, repository
from tests.examples.readmes import Reader, blocks
from tests.kit.engines import Engine

TOKEN = {"CLOUDFLARE_API_TOKEN": "sandbox-token"}


@pytest.fixture
def project(example: Callable[[str], Example], api: SandboxApi) -> Example:
    """The example, deployed to its stack `prod` with the environment of a pipeline."""
    found = example("gitops")
    found.env |= {"CLOUDFLARE_BASE_URL": api.base_url, **TOKEN}
    found.run("stack", "init", "prod")
    found.run("up", "--stack", "prod", "--yes", "--skip-preview", "--non-interactive")
    return found


def report(project: Example, api: SandboxApi) -> tuple[int, str]:
    export = project.run("stack", "export", "--stack", "prod").out
    answer = project.python("drift.py", stdin=export, **account_of(api.base_url))
    return answer.returncode, answer.stdout + answer.stderr


def test_drift(project: Example, api: SandboxApi) -> None:
    assert report(project, api) == (0, "Every recording is as the state says.\n")

    by_meeting = {recording["meeting_id"]: recording["id"] for recording in api.recordings()}
    standup, all_hands = sorted(by_meeting.values(), key=lambda one: one != by_meeting[STANDUP])
    before = project.run("stack", "export", "--stack", "prod").out
    api.set_status(standup, "ERRORED")
    api.forget(all_hands)
    api.clear_requests()
    code, text = report(project, api)
    assert code == 1
    assert f"| standup | {standup} | RECORDING | ERRORED |" in text
    assert f"| all-hands | {all_hands} | RECORDING | unknown |" in text
    assert {request["method"] for request in api.requests()} == {"GET"}
    assert json.loads(project.run("stack", "export", "--stack", "prod").out) == json.loads(before)

    project.run("refresh", "--stack", "prod", "--yes", "--skip-preview", "--non-interactive")
    assert report(project, api)[0] == 0


STANDUP = "4c8a4e5e-9d8e-4f6c-8a0b-0c8d2a3f1b7d"


def test_drift_without_an_answer(project: Example, api: SandboxApi) -> None:
    api.stop()
    code, text = report(project, api)
    assert code == 2
    assert "the service cannot be asked" in text
    assert "sandbox-token" not in text


def test_the_readme(tmp_path: Path, engine: Engine, api: SandboxApi) -> None:
    folder = repository(tmp_path, api.port, "examples/gitops") / "examples" / "gitops"
    (folder / ".venv").symlink_to(tmp_path / ".venv")
    reader = Reader(tmp_path / "home", engine).with_pulumi().with_account(api.base_url, tmp_path / "state")
    stacks, _, reports = blocks(folder / "README.md")
    up = "pulumi up --stack dev"
    shown = reader.with_environment(TOKEN).types(folder, [stacks.commands, up, reports.commands])
    assert "Every recording is as the state says." in shown
    assert "nothing is recording that the state does not know" in shown
