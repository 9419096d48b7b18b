"""The project of the pipelines, as they run it, and what it reports of what has changed."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml

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
    answer = project.python("-m", "pulumi_realtimekit", "status", stdin=export, **account_of(api.base_url))
    return answer.returncode, answer.stdout + answer.stderr


def test_drift(project: Example, api: SandboxApi) -> None:
    assert report(project, api)[0] == 0

    by_meeting = {recording["meeting_id"]: recording["id"] for recording in api.recordings()}
    standup, all_hands = sorted(by_meeting.values(), key=lambda one: one != by_meeting[STANDUP])
    before = project.run("stack", "export", "--stack", "prod").out
    api.set_status(standup, "ERRORED")
    api.forget(all_hands)
    api.clear_requests()
    code, text = report(project, api)
    assert code == 1
    assert re.search(r"\| standup .*\| ERRORED .*\| RECORDING in the state ", text)
    assert re.search(r"\| all-hands .*\| UNKNOWN .*\| RECORDING in the state ", text)
    assert {request["method"] for request in api.requests()} == {"GET"}
    assert json.loads(project.run("stack", "export", "--stack", "prod").out) == json.loads(before)

    project.run("refresh", "--stack", "prod", "--yes", "--skip-preview", "--non-interactive")
    assert report(project, api)[0] == 0


STANDUP = "f3194a3b-381e-43e7-952c-466e473a1797"


def test_a_preview_only_reads(project: Example, api: SandboxApi) -> None:
    """From the state and from the service: its role needs no right to write, on which `up` alone depends."""
    state = project.written()
    api.clear_requests()
    api.meeting(STANDUP, live=False)
    api.meeting(STANDUP, live=True)
    project.run("preview", "--stack", "prod", "--refresh", "--diff", "--non-interactive")
    assert project.written() == state
    assert {request["method"] for request in api.requests() if "/_sandbox/" not in request["path"]} == {"GET"}


def test_without_the_right_to_write_the_state_nothing_is_started(project: Example, api: SandboxApi) -> None:
    locks = Path(project.env["PULUMI_BACKEND_URL"].removeprefix("file://")) / ".pulumi" / "locks"
    shutil.rmtree(locks)
    locks.write_text("no folder: nobody can lock a stack\n")
    api.meeting(STANDUP, live=False)
    api.meeting(STANDUP, live=True)
    before = api.recordings()
    project.run("up", "--stack", "prod", "--refresh", "--yes", "--skip-preview", "--non-interactive", code=1)
    assert api.recordings() == before
    assert not api.requests(method="PUT")


def test_the_gitlab_job_reports_all_that_differs(project: Example, api: SandboxApi, tmp_path: Path) -> None:
    """What has changed and what nobody knows, and the job has failed."""
    known = api.recordings()[0]
    api.set_status(known["id"], "ERRORED")
    app = api.app_url(known["account_id"], known["app_id"])
    body = {"meeting_id": "unknown", "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}}
    headers = {"Authorization": "Bearer sandbox-token"}
    httpx.post(f"{app}/recordings/track", json=body, headers=headers).raise_for_status()
    script = yaml.safe_load((project.folder / ".gitlab-ci.yml").read_text())["drift"]["script"]
    environment = {**project.env, "STACK": "prod"}
    if project.engine.name == "pulumi":  # exports a state as it is stored
        del environment["PULUMI_CONFIG_PASSPHRASE"]
    reader = Reader(tmp_path / "reader", project.engine).with_pulumi().with_environment(environment)
    shown = reader.types(project.folder, script, code=1)
    assert re.search(r"\| ERRORED .*\| RECORDING in the state ", shown)
    assert "of meeting unknown is " in shown


def test_the_readme(tmp_path: Path, engine: Engine, api: SandboxApi) -> None:
    """With what it says and nothing else; what the pipeline would do is the pipeline's own command."""
    folder = repository(tmp_path, api.port, "examples/gitops") / "examples" / "gitops"
    copied = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    installing, telling, stacks, committing, *_, reports = blocks(folder / "README.md")
    told = set(re.findall(r"^export (\w+)=", telling.commands, re.MULTILINE))
    given = {
        "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
        "CLOUDFLARE_API_TOKEN": "sandbox-token",
    }
    assert told == given.keys()
    (tmp_path / "state").mkdir()
    reader = Reader(tmp_path / "home", engine).with_pulumi().with_registry()
    reader.with_environment({**given, "CLOUDFLARE_BASE_URL": api.base_url, "PULUMI_SKIP_UPDATE_CHECK": "true"})
    origin = forge(tmp_path)
    up = ["export STACK=dev", *yaml.safe_load((folder / ".gitlab-ci.yml").read_text())[".up"]["script"]]
    commands = [installing.commands, stacks.commands, committing.commands, *up, reports.commands]
    shown = reader.types(folder, commands)
    assert re.search(r"\| standup .*\| RECORDING ", shown)
    assert "nothing is recording that the state does not know" in shown
    assert set(git(origin, "ls-tree", "-r", "--name-only", "main").splitlines()) == copied
    assert "encryptionsalt: v1:" in git(origin, "show", "main:Pulumi.prod.yaml")


def forge(folder: Path) -> Path:
    """An empty repository in the place of the README's, and a reader's home that has a name for commits."""
    origin = folder / "origin.git"
    git(folder, "init", "--bare", str(origin))
    config = f'[user]\nname = A reader\nemail = reader@acme.invalid\n[url "{origin.as_uri()}"]\n'
    (folder / "home" / ".gitconfig").write_text(f"{config}insteadOf = git@github.com:acme/recordings.git\n")
    return origin


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, timeout=60, check=True).stdout
