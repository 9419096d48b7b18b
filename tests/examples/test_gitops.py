"""The project of the pipelines, as they run it, and what it reports of what has changed."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml

from sandbox.api.testing import SandboxApi
from tests.examples.copies import Example, account_of, repository
from tests.examples.readmes import Reader, blocks
from tests.kit.cli import ROOT, clean_environment
from tests.kit.scripted import Answer, scripted

TYPE = "pulumi-python:dynamic/realtimekit:TrackRecording"
TOKEN = {"CLOUDFLARE_API_TOKEN": "sandbox-token"}


STANDUP = "f3194a3b-381e-43e7-952c-466e473a1797"


def report(project: Example, api: SandboxApi) -> tuple[int, str]:
    export = project.run("stack", "export", "--stack", "prod").out
    answer = project.python("drift.py", stdin=export, **account_of(api.base_url))
    return answer.returncode, answer.stdout + answer.stderr


def test_a_life(tmp_path: Path, api: SandboxApi) -> None:
    """The example on its stack `prod`, with the environment of a pipeline."""
    project = Example(tmp_path, "gitops", api)
    project.env |= TOKEN
    project.run("stack", "init", "prod")
    project.deploy("up", stack="prod")
    by_meeting = {recording["meeting_id"]: recording["id"] for recording in api.recordings()}
    standup, all_hands = sorted(by_meeting.values(), key=lambda one: one != by_meeting[STANDUP])
    assert report(project, api) == (0, "Every recording is as the state says.\n")

    api.meeting(STANDUP, live=False)
    code, text = report(project, api)
    assert (code, text.splitlines()[2:]) == (0, [f"| standup | {standup} | RECORDING | UPLOADED | ended |"])

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
    assert f"| standup | {standup} | RECORDING | ERRORED | differs |" in text
    assert f"| all-hands | {all_hands} | RECORDING | unknown | differs |" in text
    gitlab_job(project, api, tmp_path)
    project.deploy("refresh", stack="prod")
    assert report(project, api)[0] == 0

    api.stop()
    code, text = report(project, api)
    assert code == 2
    assert re.fullmatch(r"app \w+ of account \w+ cannot be asked: .+\n", text)
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
    assert "| RECORDING | ERRORED | differs |" in shown
    assert "of meeting unknown is " in shown


def drift(export: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The script, without a stack."""
    return subprocess.run(
        [sys.executable, str(ROOT / "examples" / "gitops" / "drift.py")],
        env={**clean_environment(), **environment},
        input=export,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def exported(base_url: str, *accounts: str, status: str = "RECORDING") -> str:
    """A state with a recording in each account, whose provider asks at this address."""
    urn = "urn:pulumi:prod::recordings::"
    provider = {
        "type": "pulumi:providers:pulumi-python",
        "urn": f"{urn}pulumi:providers:pulumi-python::default",
        "inputs": {"realtimekit:baseUrl": base_url},
    }
    states = [
        {
            "type": TYPE,
            "urn": f"{urn}{TYPE}::of-{account}",
            "id": f"recording-of-{account}",
            "outputs": {"account_id": account, "app_id": "app", "status": status},
        }
        for account in accounts
    ]
    return json.dumps({"version": 3, "deployment": {"resources": [provider, *states]}})


@pytest.mark.parametrize(
    ("state", "service", "kind"),
    [
        ("RECORDING", "RECORDING", None),
        ("INVOKED", "RECORDING", None),
        ("RECORDING", "INVOKED", None),
        ("UPLOADING", "UPLOADED", None),
        ("ERRORED", "ERRORED", None),
        ("INVOKED", "UPLOADED", "ended"),
        ("RECORDING", "UPLOADING", "ended"),
        ("RECORDING", "UPLOADED", "ended"),
        ("PAUSED", "UPLOADING", "ended"),
        ("PAUSED", "UPLOADED", "ended"),
        ("RECORDING", "PAUSED", "differs"),
        ("PAUSED", "RECORDING", "differs"),
        ("RECORDING", "ERRORED", "differs"),
        ("UPLOADING", "ERRORED", "differs"),
        ("UPLOADED", "RECORDING", "differs"),
        ("ERRORED", "UPLOADED", "differs"),
    ],
)
def test_what_a_status_means_beside_the_state_s(state: str, service: str, kind: str | None) -> None:
    found = Answer(json.dumps({"success": True, "data": {"id": "recording-of-one", "status": service}}).encode())
    with scripted(lambda _: found) as api:
        answer = drift(exported(api.base_url, "one", status=state), **TOKEN)
    row = f"| of-one | recording-of-one | {state} | {service} | {kind} |" if kind else ""
    assert answer.returncode == (kind == "differs")
    assert answer.stdout.splitlines()[2:] == ([row] if kind else [])


@pytest.mark.parametrize("text", ["", "null", "[]", "<html>", '{"deployment": {"resources": [1]}}'])
def test_drift_of_no_export(text: str) -> None:
    answer = drift(text, **TOKEN)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == "expected the output of `pulumi stack export` on standard input\n"


def test_drift_without_a_token() -> None:
    answer = drift(exported("https://service.invalid/client/v4", "one"))
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == "the service cannot be asked: CLOUDFLARE_API_TOKEN is not set\n"


def test_drift_does_not_send_a_token_in_clear() -> None:
    answer = drift(exported("http://service.invalid/client/v4", "one"), **TOKEN)
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)
    assert "in clear" in answer.stderr


@pytest.mark.parametrize("status", [200, 404, 502])
def test_a_gateway_s_page_is_no_answer_of_the_service(status: int) -> None:
    page = Answer(b"<html>not here</html>", status, {"content-type": "text/html"})
    with scripted(lambda _: page) as gateway:
        answer = drift(exported(gateway.base_url, "one"), **TOKEN)
    assert len(gateway.requests) == 1
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
    assert answer.stderr.startswith("app app of account one cannot be asked: ")


def test_drift_asks_where_the_stack_records_and_tells_of_every_account(new_api: Callable[..., SandboxApi]) -> None:
    elsewhere = new_api()
    service = new_api(tokens=("mine=sandbox-token", "theirs=another-token"))
    export = exported(service.base_url, "theirs", "mine")
    answer = drift(export, **TOKEN, CLOUDFLARE_BASE_URL=elsewhere.base_url)
    assert answer.returncode == 2
    assert "app app of account theirs cannot be asked: answered 403" in answer.stderr
    assert "| of-mine | recording-of-mine | RECORDING | unknown | differs |" in answer.stdout
    assert elsewhere.requests() == []


def test_the_readme(tmp_path: Path, api: SandboxApi) -> None:
    """With what it says and nothing else; what the pipeline would do is the pipeline's own command."""
    folder = repository(tmp_path, api, "examples/gitops") / "examples" / "gitops"
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
    reader = Reader(tmp_path / "home").with_registry()
    reader.with_environment({**given, "CLOUDFLARE_BASE_URL": api.base_url, "PULUMI_SKIP_UPDATE_CHECK": "true"})
    origin = forge(tmp_path)
    up = ["export STACK=dev", *yaml.safe_load((folder / ".gitlab-ci.yml").read_text())[".up"]["script"]]
    commands = [installing.commands, stacks.commands, committing.commands, *up, reports.commands]
    shown = reader.types(folder, commands)
    assert "Every recording is as the state says." in shown
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
