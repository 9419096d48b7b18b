"""The project of the pipelines, as they run it, and what it reports of what has changed."""

import re
import shutil
import subprocess
from pathlib import Path

import httpx
import yaml

from sandbox.api.testing import SandboxApi
from sandbox.cli import backend_url
from tests.examples.copies import Example, account_of, repository
from tests.examples.readmes import Reader, blocks

TOKEN = {"CLOUDFLARE_API_TOKEN": "sandbox-token"}


STANDUP = "f3194a3b-381e-43e7-952c-466e473a1797"


def report(project: Example, api: SandboxApi) -> tuple[int, str]:
    export = project.run("stack", "export", "--stack", "prod").out
    answer = project.python("-m", "pulumi_realtimekit", "status", stdin=export, **account_of(api.base_url))
    return answer.returncode, answer.stdout + answer.stderr


def test_a_life(tmp_path: Path, api: SandboxApi) -> None:
    """The example on its stack `prod`, with the environment of a pipeline."""
    project = Example(tmp_path, "gitops", api)
    project.env |= TOKEN
    project.run("stack", "init", "prod")
    project.deploy("up", stack="prod")
    by_meeting = {recording["meeting_id"]: recording["id"] for recording in api.recordings()}
    standup, all_hands = sorted(by_meeting.values(), key=lambda one: one != by_meeting[STANDUP])
    assert report(project, api)[0] == 0

    api.meeting(STANDUP, live=False)
    code, text = report(project, api)
    assert code == 0  # it ended by itself, which a pipeline is not to fail for
    assert re.search(r"\| standup .*\| UPLOADED .*\| RECORDING in the state: ended since ", text)

    # A preview only reads, state and service alike: its role needs no right to write.
    state = project.written()
    api.meeting(STANDUP, live=True)
    api.clear_requests()
    project.deploy("preview", "--refresh", "--diff", stack="prod")
    assert project.written() == state
    assert {request["method"] for request in api.requests()} == {"GET"}

    # Without the right to write the state, which locks are part of, nothing is started.
    locks = project.state / ".pulumi" / "locks"
    shutil.rmtree(locks)
    locks.write_text("no folder: nobody can lock a stack\n")
    before = api.recordings()
    project.deploy("up", "--refresh", stack="prod", code=1)
    assert api.recordings() == before
    locks.unlink()

    api.set_status(standup, "ERRORED")
    api.forget(all_hands)
    code, text = report(project, api)
    assert code == 1
    assert re.search(r"\| standup .*\| ERRORED .*\| RECORDING in the state ", text)
    assert re.search(r"\| all-hands .*\| UNKNOWN .*\| RECORDING in the state ", text)
    gitlab_job(project, api, tmp_path)
    project.deploy("refresh", stack="prod")
    assert report(project, api)[0] == 0

    api.stop()
    code, text = report(project, api)
    assert code == 2
    assert "sandbox-token" not in text


def gitlab_job(project: Example, api: SandboxApi, folder: Path) -> None:
    """It reports what has changed and what nobody knows, and has failed."""
    body = {"meeting_id": "unknown", "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}}
    (known,) = [one for one in api.recordings() if one["meeting_id"] == STANDUP]
    app = api.app_url(known["account_id"], known["app_id"])
    httpx.post(f"{app}/recordings/track", json=body, headers={"Authorization": "Bearer sandbox-token"})
    script = yaml.safe_load((project.folder / ".gitlab-ci.yml").read_text())["drift"]["script"]
    environment = {**project.env, "STACK": "prod"}
    del environment["PULUMI_CONFIG_PASSPHRASE"]  # the job has none
    shown = Reader(folder / "reader").with_environment(environment).types(project.folder, script, code=1)
    assert re.search(r"\| ERRORED .*\| RECORDING in the state ", shown)
    assert "of meeting unknown has been " in shown


def test_the_readme(tmp_path: Path, api: SandboxApi) -> None:
    """With what it says and nothing else; what the pipeline would do is the pipeline's own command."""
    folder = repository(tmp_path, api, "examples/gitops") / "examples" / "gitops"
    copied = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    installing, telling, stacks, committing, *_, reports = blocks(folder / "README.md")
    told = set(re.findall(r"^export (\w+)=", telling.commands, re.MULTILINE))
    given = {
        "PULUMI_BACKEND_URL": backend_url(tmp_path / "state"),
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
        "CLOUDFLARE_API_TOKEN": "sandbox-token",
    }
    assert told == given.keys()
    (tmp_path / "state").mkdir()
    reader = Reader(tmp_path / "home").with_registry()
    reader.with_environment({**given, "CLOUDFLARE_BASE_URL": api.base_url, "PULUMI_SKIP_UPDATE_CHECK": "true"})
    origin = forge(tmp_path)
    up = ["export STACK=dev", *yaml.safe_load((folder / ".gitlab-ci.yml").read_text())[".up"]["script"]]
    commands = [installing.commands, stacks.commands, committing.commands, *up, reports.commands]
    shown = reader.types(folder, commands)
    assert re.search(r"\| standup .*\| RECORDING ", shown)
    assert "no recording is running that the state does not know" in shown
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
