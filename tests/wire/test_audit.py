"""`python -m pulumi_realtimekit audit`, a process of its own, fed what `pulumi stack export` writes."""

import json
import os
import subprocess
import sys
from typing import Any

import httpx
import pytest
from pulumi_realtimekit.commands.audit import StackExport
from pulumi_realtimekit.errors import NotAnExport

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, Plugin, Resource

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
CIPHERTEXT = {**SECRET, "ciphertext": "v1:abc:def"}
RECORDING, PROVIDER = "pulumi-python:dynamic/realtimekit:TrackRecording", "pulumi:providers:pulumi-python"
URN = f"urn:pulumi:prod::p::{RECORDING}::standup"
NOTHING = "nothing is recording"
APP_HERE = f"audit: app {APP} of account {ACCOUNT}"
NO_TOKEN = "set CLOUDFLARE_API_TOKEN in the environment: the export keeps the config's token encrypted"


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


def left_behind(
    api: SandboxApi,
    meeting: str = MEETING,
    kind: str = "/track",
    app: str = APP,
    account: str = ACCOUNT,
    token: str = SandboxApi.token,
) -> str:
    body = {"meeting_id": meeting, "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}}
    httpx.post(
        f"{api.app_url(account, app)}/recordings{kind}",
        json=body if kind else {"meeting_id": meeting},
        headers={"authorization": f"Bearer {token}"},
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


def interrupted(exported: dict[str, Any], provider: str = "", **inputs: Any) -> str:
    """The export of a stack whose `up` was killed while it created a recording with these inputs."""
    resource = {"urn": URN, "type": RECORDING, "inputs": inputs, "provider": provider}
    exported["deployment"]["pending_operations"] = [{"type": "creating", "resource": resource}]
    return json.dumps(exported)


def test_what_was_interrupted_is_named_and_its_app_looked_into(live: SandboxApi) -> None:
    lost = left_behind(live, "retro", app="app-eu")
    text = interrupted(export(live), account_id=ACCOUNT, app_id="app-eu", meeting_id="retro")
    run = audit(text, CLOUDFLARE_API_TOKEN=live.token)
    assert (run.returncode, run.stderr) == (1, "")
    assert f"interrupted while creating {URN}\n" in run.stdout
    assert f"recording {lost} of meeting retro " in run.stdout


def test_what_was_interrupted_is_looked_for_when_all_is_destroyed(live: SandboxApi) -> None:
    """The operation is all that is left of the stack; where the API is, when it is another, the environment says."""
    lost = left_behind(live, app="app-eu")
    text = interrupted({"deployment": {}}, account_id=ACCOUNT, app_id="app-eu")
    run = audit(text, CLOUDFLARE_API_TOKEN=live.token, CLOUDFLARE_BASE_URL=live.base_url)
    assert (run.returncode, run.stderr) == (1, "")
    assert f"recording {lost} " in run.stdout


@pytest.mark.parametrize("inputs", [{}, {"account_id": ACCOUNT}, {"account_id": ACCOUNT, "app_id": CIPHERTEXT}])
def test_what_was_interrupted_and_cannot_be_looked_for_is_not_called_nothing(
    live: SandboxApi, inputs: dict[str, Any]
) -> None:
    run = audit(interrupted(export(live), **inputs), CLOUDFLARE_API_TOKEN=live.token)
    assert run.returncode == 2
    assert NOTHING not in run.stdout
    assert run.stderr.startswith(f"audit: {URN}: the export does not tell its account and app")


def with_provider(exported: dict[str, Any], **inputs: Any) -> str:
    """Adds an explicit provider; a reference to it."""
    urn = f"urn:pulumi:prod::p::{PROVIDER}::{inputs['provider']}"
    keys = {f"realtimekit:{key}": value for key, value in inputs.items()}
    exported["deployment"]["resources"].append({"urn": urn, "type": PROVIDER, "id": "4b-5c", "inputs": keys})
    return f"{urn}::4b-5c"


def test_the_app_of_every_provider_is_looked_into_where_its_api_is(live: SandboxApi) -> None:
    exported = export(live, **{"realtimekit:baseUrl": "http://127.0.0.1:1/client/v4", "realtimekit:appId": None})
    with_provider(exported, provider="eu", baseUrl=live.base_url, accountId=ACCOUNT, appId="app-eu")
    exported["deployment"]["resources"].append({"urn": "urn:…::x", "type": PROVIDER, "id": "1", "inputs": {"x:y": 1}})
    lost = left_behind(live, app="app-eu")
    run = audit(json.dumps(exported), CLOUDFLARE_API_TOKEN=live.token)
    assert (run.returncode, run.stderr) == (1, "")
    assert f"recording {lost} " in run.stdout


def test_what_an_explicit_provider_was_to_start_is_looked_for_where_its_api_is(live: SandboxApi) -> None:
    exported = export(live, **{"realtimekit:baseUrl": "http://127.0.0.1:1/client/v4", "realtimekit:appId": None})
    reference = with_provider(exported, provider="eu", baseUrl=live.base_url, accountId=ACCOUNT)
    lost = left_behind(live, app="app-eu")
    text = interrupted(exported, reference, account_id=ACCOUNT, app_id="app-eu")
    run = audit(text, CLOUDFLARE_API_TOKEN=live.token)
    assert (run.returncode, run.stderr) == (1, "")
    assert f"recording {lost} " in run.stdout


def test_an_explicit_provider_s_account_is_not_the_environment_s(live: SandboxApi) -> None:
    exported = export(live)
    with_provider(exported, provider="eu", baseUrl=live.base_url, accountId=CIPHERTEXT, appId="app-eu")
    run = audit(json.dumps(exported), CLOUDFLARE_API_TOKEN=live.token, CLOUDFLARE_ACCOUNT_ID=ACCOUNT)
    assert run.returncode == 2
    assert f"{PROVIDER}::eu: the export does not tell its account and app" in run.stderr
    assert not live.requests(path="*/app-eu/*")


def test_with_show_secrets_each_provider_has_its_own_token() -> None:
    with SandboxApi(tokens=(f"{ACCOUNT}=token-us", "account-eu=token-eu")) as api:
        lost = left_behind(api, app="app-eu", account="account-eu", token="token-eu")
        exported = export(api, **{"realtimekit:apiToken": {**SECRET, "plaintext": '"token-us"'}})
        own = {"apiToken": {**SECRET, "plaintext": '"token-eu"'}, "accountId": "account-eu", "appId": "app-eu"}
        with_provider(exported, provider="eu", baseUrl=api.base_url, **own)
        run = audit(json.dumps(exported))
    assert (run.returncode, run.stderr) == (1, "")
    assert f"recording {lost} " in run.stdout


def test_an_app_that_refuses_does_not_hide_what_is_found_in_the_others() -> None:
    """One token, two accounts: the one that it is not for cannot be looked into."""
    with SandboxApi(tokens=(f"{ACCOUNT}=token-us", "account-eu=token-eu")) as api:
        lost = left_behind(api, token="token-us")
        exported = export(api)
        resources = exported["deployment"]["resources"]
        with_provider(exported, provider="eu", baseUrl=api.base_url, accountId="account-eu", appId="app-eu")
        resources.insert(0, resources.pop())  # the order of the state says nothing
        run = audit(json.dumps(exported), CLOUDFLARE_API_TOKEN="token-us")
    assert run.returncode == 2
    assert f"recording {lost} " in run.stdout
    (line,) = run.stderr.splitlines()
    assert line.startswith("audit: app app-eu of account account-eu: ")
    assert " answered 40" in line


def test_nothing_found_where_an_app_refuses_is_not_called_nothing(live: SandboxApi) -> None:
    exported = export(live)
    with_provider(exported, provider="eu", baseUrl="http://127.0.0.1:1/client/v4", accountId="account", appId="app")
    run = audit(json.dumps(exported), CLOUDFLARE_API_TOKEN=live.token)
    assert (run.returncode, run.stdout) == (2, "")
    assert "app app of account account: cannot reach 127.0.0.1" in run.stderr


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
    assert "name them in CLOUDFLARE_ACCOUNT_ID and REALTIMEKIT_APP_ID" in run.stderr


def test_the_environment_stands_in_for_what_a_stack_does_not_have(live: SandboxApi) -> None:
    lost = left_behind(live)
    place = {"CLOUDFLARE_ACCOUNT_ID": ACCOUNT, "REALTIMEKIT_APP_ID": APP, "CLOUDFLARE_BASE_URL": live.base_url}
    run = audit('{"deployment": {}}', CLOUDFLARE_API_TOKEN=live.token, **place)
    assert (run.returncode, run.stderr) == (1, "")
    assert f"recording {lost} " in run.stdout


def test_an_app_that_is_encrypted_is_asked_for(live: SandboxApi) -> None:
    known = Resource(Plugin(live), meeting_id=MEETING)
    known.up()
    known.outputs["app_id"] = CIPHERTEXT
    run = audit(json.dumps(export(live, known)), CLOUDFLARE_API_TOKEN=live.token)
    assert run.returncode == 2
    assert "`pulumi stack export --show-secrets` does" in run.stderr


@pytest.mark.parametrize(("token", "says"), [("", f"{APP_HERE}: {NO_TOKEN}\n"), ("wrong", "answered 401")])
def test_without_a_token_that_works_it_is_not_known(live: SandboxApi, token: str, says: str) -> None:
    run = audit(json.dumps(export(live)), CLOUDFLARE_API_TOKEN=token)
    assert run.returncode == 2
    assert says in run.stderr
    assert "config set" not in run.stderr, "it may be set, and cannot be read here"
    assert "Traceback" not in run.stderr
    assert "wrong" not in run.stderr
