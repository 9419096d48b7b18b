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
from tests.kit.engines import ROOT, Engine, clean_environment

from sandbox.api.testing import SandboxApi
from tests.examples.copies import Example, account_of, repository
from tests.examples.readmes import Reader, blocks
from tests.kit.scripted import Answer, scripted

TYPE = "pulumi-python:dynamic/realtimekit:TrackRecording"
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
    assert f"| standup | {standup} | RECORDING | ERRORED | differs |" in text
    assert f"| all-hands | {all_hands} | RECORDING | unknown | differs |" in text
    assert {request["method"] for request in api.requests()} == {"GET"}
    assert json.loads(project.run("stack", "export", "--stack", "prod").out) == json.loads(before)

    project.run("refresh", "--stack", "prod", "--yes", "--skip-preview", "--non-interactive")
    assert report(project, api)[0] == 0


def test_a_recording_that_ended_with_its_meeting_is_no_failure(project: Example, api: SandboxApi) -> None:
    api.meeting(STANDUP, live=False)
    (standup,) = api.recordings(STANDUP)
    code, text = report(project, api)
    assert (code, text.splitlines()[2:]) == (0, [f"| standup | {standup['id']} | RECORDING | UPLOADED | ended |"])


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


def test_drift_without_an_answer(project: Example, api: SandboxApi) -> None:
    api.stop()
    code, text = report(project, api)
    assert code == 2
    assert re.fullmatch(r"app \w+ of account \w+ cannot be asked: .+\n", text)
    assert "sandbox-token" not in text


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
    assert "| RECORDING | ERRORED | differs |" in shown
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
