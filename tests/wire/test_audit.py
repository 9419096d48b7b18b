"""`python -m pulumi_realtimekit audit`, a process of its own, fed what `pulumi stack export` writes."""

import json
import os
import subprocess
import sys
from typing import Any

import httpx
import pytest
from pulumi_realtimekit._audit import NotAnExport, StackExport

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, Plugin, Resource

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
CIPHERTEXT = {**SECRET, "ciphertext": "v1:abc:def"}


def export(api: SandboxApi, *resources: Resource, **inputs: Any) -> dict[str, Any]:
    """A stack's export: the default provider, and recordings."""
    config = {
        "realtimekit:baseUrl": api.base_url,
        "realtimekit:accountId": ACCOUNT,
        "realtimekit:appId": APP,
        "realtimekit:apiToken": CIPHERTEXT,
        "realtimekit:storages": CIPHERTEXT,
        "realtimekit:layers": json.dumps({"default": {"outputs": ["archive"]}}),
        **inputs,
    }
    provider = "urn:pulumi:prod::p::pulumi:providers:pulumi-python::default"
    states = [
        {
            "urn": f"urn:pulumi:prod::p::pulumi-python:dynamic/realtimekit:TrackRecording::r{number}",
            "type": "pulumi-python:dynamic/realtimekit:TrackRecording",
            "id": resource.id,
            "inputs": resource.inputs,
            "outputs": resource.outputs,
        }
        for number, resource in enumerate(resources)
    ]
    return {
        "version": 3,
        "deployment": {
            "resources": [
                {"urn": "urn:pulumi:prod::p::pulumi:pulumi:Stack::p-prod", "type": "pulumi:pulumi:Stack"},
                {"urn": provider, "type": "pulumi:providers:pulumi-python", "inputs": config},
                *states,
            ]
        },
    }


def audit(text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pulumi_realtimekit", "audit"],
        input=text,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def left_behind(api: SandboxApi, meeting: str = MEETING, kind: str = "/track", app: str = APP) -> str:
    body = {"meeting_id": meeting, "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}}
    httpx.post(
        f"{api.app_url(ACCOUNT, app)}/recordings{kind}",
        json=body if kind else {"meeting_id": meeting},
        headers={"authorization": f"Bearer {api.token}"},
    ).raise_for_status()
    return str(api.recordings()[-1]["id"])


def test_what_runs_and_the_state_does_not_know_is_listed(api: SandboxApi) -> None:
    known, stopped = Resource(Plugin(api), meeting_id="known"), Resource(Plugin(api), meeting_id="stopped")
    known.up()
    stopped.up()
    stopped.destroy()
    left_behind(api, "composite", kind="")
    unknown = [left_behind(api), left_behind(api, "retro")]
    api.clear_requests()
    run = audit(json.dumps(export(api, known)), CLOUDFLARE_API_TOKEN=api.token)
    assert run.returncode == 1, run.stderr
    *lines, advice = run.stdout.splitlines()
    assert sorted(line.split()[1] for line in lines) == sorted(unknown)
    assert all("is RECORDING since 2" in line and f"in app {APP} of account {ACCOUNT}" in line for line in lines)
    assert {"of meeting retro ", f"of meeting {MEETING} "} <= {
        line[line.index("of meeting") : line.index("is RECORDING")] for line in lines
    }
    assert "recording_id" in advice
    assert {request["method"] for request in api.requests()} == {"GET"}


def test_nothing_left_behind(live: SandboxApi) -> None:
    known = Resource(Plugin(live), meeting_id=MEETING)
    known.up()
    run = audit(json.dumps(export(live, known)), CLOUDFLARE_API_TOKEN=live.token)
    assert (run.returncode, run.stdout) == (0, "nothing is recording that the state does not know\n")


def test_every_app_that_the_state_records_in_is_looked_into(live: SandboxApi) -> None:
    elsewhere = Resource(Plugin(live), meeting_id=MEETING, app_id="app-2")
    elsewhere.up()
    lost = left_behind(live, "retro", app="app-2")
    run = audit(json.dumps(export(live, elsewhere)), CLOUDFLARE_API_TOKEN=live.token)
    assert run.returncode == 1
    assert f"recording {lost} " in run.stdout
    assert "in app app-2 " in run.stdout


def test_with_show_secrets_the_export_has_the_token(live: SandboxApi) -> None:
    lost = left_behind(live)
    token = {**SECRET, "plaintext": json.dumps(live.token)}
    run = audit(json.dumps(export(live, **{"realtimekit:apiToken": token})))
    assert run.returncode == 1
    assert lost in run.stdout


def test_what_was_interrupted_is_named(live: SandboxApi) -> None:
    exported = export(live)
    urn = "urn:pulumi:prod::p::pulumi-python:dynamic/realtimekit:TrackRecording::standup"
    exported["deployment"]["pending_operations"] = [{"type": "creating", "resource": {"urn": urn}}]
    run = audit(json.dumps(exported), CLOUDFLARE_API_TOKEN=live.token)
    assert f"interrupted while creating {urn}" in run.stdout


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "3", "{", '{"deployment": 3}', '{"deployment": {"resources": 7}}', '{"deployment": [1]}']
)
def test_what_is_no_export_is_refused(text: str) -> None:
    with pytest.raises(NotAnExport, match="expected the output of `pulumi stack export` on standard input"):
        StackExport(text)


def test_what_is_refused_is_one_line() -> None:
    run = audit("{}")
    assert run.returncode == 2
    assert run.stderr == "audit: expected the output of `pulumi stack export` on standard input\n"


def test_an_empty_stack_has_no_app_to_look_in() -> None:
    run = audit('{"deployment": {}}', CLOUDFLARE_API_TOKEN="t")
    assert run.returncode == 2
    assert "no app to look in" in run.stderr


def test_an_app_that_is_encrypted_is_asked_for(live: SandboxApi) -> None:
    known = Resource(Plugin(live), meeting_id=MEETING)
    known.up()
    known.outputs["app_id"] = CIPHERTEXT
    run = audit(json.dumps(export(live, known)), CLOUDFLARE_API_TOKEN=live.token)
    assert run.returncode == 2
    assert "`pulumi stack export --show-secrets` does" in run.stderr


@pytest.mark.parametrize(("token", "says"), [("", "realtimekit:apiToken: required"), ("wrong", "answered 401")])
def test_without_a_token_that_works_it_is_not_known(live: SandboxApi, token: str, says: str) -> None:
    run = audit(json.dumps(export(live)), CLOUDFLARE_API_TOKEN=token)
    assert run.returncode == 2
    assert says in run.stderr
    assert "Traceback" not in run.stderr
    assert "wrong" not in run.stderr
