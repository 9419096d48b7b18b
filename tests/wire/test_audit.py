"""`python -m pulumi_realtimekit audit`, a process of its own, fed what `pulumi stack export` writes."""

import json
from typing import Any

import httpx
import pytest
from pulumi_realtimekit.commands.export import StackExport
from pulumi_realtimekit.errors import NotAnExport

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, Plugin, Resource
from tests.wire.exports import CIPHERTEXT, PROVIDER, RECORDING, SECRET, URN, export, exported, run, with_provider

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
NOTHING = "nothing is recording"
APP_HERE = f"audit: app {APP} of account {ACCOUNT}"
NO_TOKEN = "set CLOUDFLARE_API_TOKEN in the environment: the export keeps the config's token encrypted"


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
    found = run("audit", exported(api, known=known), CLOUDFLARE_API_TOKEN=api.token)
    assert found.returncode == 1, found.stderr
    *lines, advice = found.stdout.splitlines()
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
    found = run("audit", exported(live, known=known), CLOUDFLARE_API_TOKEN=live.token)
    assert (found.returncode, found.stdout) == (0, "nothing is recording that the state does not know\n")


def test_every_app_that_the_state_records_in_is_looked_into(live: SandboxApi) -> None:
    elsewhere = Resource(Plugin(live), meeting_id=MEETING, app_id="app-2")
    elsewhere.up()
    lost = left_behind(live, "retro", app="app-2")
    found = run("audit", exported(live, elsewhere=elsewhere), CLOUDFLARE_API_TOKEN=live.token)
    assert found.returncode == 1
    assert f"recording {lost} " in found.stdout
    assert "in app app-2 " in found.stdout


def test_with_show_secrets_the_export_has_the_token(live: SandboxApi) -> None:
    lost = left_behind(live)
    token = {**SECRET, "plaintext": json.dumps(live.token)}
    found = run("audit", export(live, apiToken=token))
    assert found.returncode == 1
    assert lost in found.stdout


def interrupted(whole: dict[str, Any], provider: str = "", **inputs: Any) -> str:
    """The export of a stack whose `up` was killed while it created a recording with these inputs."""
    resource = {"urn": f"{URN}standup", "type": RECORDING, "inputs": inputs, "provider": provider}
    whole["deployment"]["pending_operations"] = [{"type": "creating", "resource": resource}]
    return json.dumps(whole)


def test_what_was_interrupted_is_named_and_its_app_looked_into(live: SandboxApi) -> None:
    lost = left_behind(live, "retro", app="app-eu")
    text = interrupted(export(live), account_id=ACCOUNT, app_id="app-eu", meeting_id="retro")
    found = run("audit", text, CLOUDFLARE_API_TOKEN=live.token)
    assert (found.returncode, found.stderr) == (1, "")
    assert f"interrupted while creating {URN}standup\n" in found.stdout
    assert f"recording {lost} of meeting retro " in found.stdout


def test_what_was_interrupted_is_looked_for_when_all_is_destroyed(live: SandboxApi) -> None:
    """The operation is all that is left of the stack; where the API is, when it is another, the environment says."""
    lost = left_behind(live, app="app-eu")
    text = interrupted({"deployment": {}}, account_id=ACCOUNT, app_id="app-eu")
    found = run("audit", text, CLOUDFLARE_API_TOKEN=live.token, CLOUDFLARE_BASE_URL=live.base_url)
    assert (found.returncode, found.stderr) == (1, "")
    assert f"recording {lost} " in found.stdout


@pytest.mark.parametrize("inputs", [{}, {"account_id": ACCOUNT}, {"account_id": ACCOUNT, "app_id": CIPHERTEXT}])
def test_what_was_interrupted_and_cannot_be_looked_for_is_not_called_nothing(
    live: SandboxApi, inputs: dict[str, Any]
) -> None:
    found = run("audit", interrupted(export(live), **inputs), CLOUDFLARE_API_TOKEN=live.token)
    assert found.returncode == 2
    assert NOTHING not in found.stdout
    assert found.stderr.startswith(f"audit: {URN}standup: the export does not tell its account and app")


def test_the_app_of_every_provider_is_looked_into_where_its_api_is(live: SandboxApi) -> None:
    whole = export(live, baseUrl="http://127.0.0.1:1/client/v4", appId=None)
    with_provider(whole, provider="eu", baseUrl=live.base_url, accountId=ACCOUNT, appId="app-eu")
    whole["deployment"]["resources"].append({"urn": "urn:…::x", "type": PROVIDER, "id": "1", "inputs": {"x:y": 1}})
    lost = left_behind(live, app="app-eu")
    found = run("audit", whole, CLOUDFLARE_API_TOKEN=live.token)
    assert (found.returncode, found.stderr) == (1, "")
    assert f"recording {lost} " in found.stdout


def test_what_an_explicit_provider_was_to_start_is_looked_for_where_its_api_is(live: SandboxApi) -> None:
    whole = export(live, baseUrl="http://127.0.0.1:1/client/v4", appId=None)
    reference = with_provider(whole, provider="eu", baseUrl=live.base_url, accountId=ACCOUNT)
    lost = left_behind(live, app="app-eu")
    text = interrupted(whole, reference, account_id=ACCOUNT, app_id="app-eu")
    found = run("audit", text, CLOUDFLARE_API_TOKEN=live.token)
    assert (found.returncode, found.stderr) == (1, "")
    assert f"recording {lost} " in found.stdout


def test_an_explicit_provider_s_account_is_not_the_environment_s(live: SandboxApi) -> None:
    whole = export(live)
    with_provider(whole, provider="eu", baseUrl=live.base_url, accountId=CIPHERTEXT, appId="app-eu")
    found = run("audit", whole, CLOUDFLARE_API_TOKEN=live.token, CLOUDFLARE_ACCOUNT_ID=ACCOUNT)
    assert found.returncode == 2
    assert f"{PROVIDER}::eu: the export does not tell its account and app" in found.stderr
    assert not live.requests(path="*/app-eu/*")


def test_with_show_secrets_each_provider_has_its_own_token() -> None:
    with SandboxApi(tokens=(f"{ACCOUNT}=token-us", "account-eu=token-eu")) as api:
        lost = left_behind(api, app="app-eu", account="account-eu", token="token-eu")
        whole = export(api, apiToken={**SECRET, "plaintext": '"token-us"'})
        own = {"apiToken": {**SECRET, "plaintext": '"token-eu"'}, "accountId": "account-eu", "appId": "app-eu"}
        with_provider(whole, provider="eu", baseUrl=api.base_url, **own)
        found = run("audit", whole)
    assert (found.returncode, found.stderr) == (1, "")
    assert f"recording {lost} " in found.stdout


def test_an_app_that_refuses_does_not_hide_what_is_found_in_the_others() -> None:
    """One token, two accounts: the one that it is not for cannot be looked into."""
    with SandboxApi(tokens=(f"{ACCOUNT}=token-us", "account-eu=token-eu")) as api:
        lost = left_behind(api, token="token-us")
        whole = export(api)
        resources = whole["deployment"]["resources"]
        with_provider(whole, provider="eu", baseUrl=api.base_url, accountId="account-eu", appId="app-eu")
        resources.insert(0, resources.pop())  # the order of the state says nothing
        found = run("audit", whole, CLOUDFLARE_API_TOKEN="token-us")
    assert found.returncode == 2
    assert f"recording {lost} " in found.stdout
    (line,) = found.stderr.splitlines()
    assert line.startswith("audit: app app-eu of account account-eu: ")
    assert " answered 40" in line


def test_nothing_found_where_an_app_refuses_is_not_called_nothing(live: SandboxApi) -> None:
    whole = export(live)
    with_provider(whole, provider="eu", baseUrl="http://127.0.0.1:1/client/v4", accountId="account", appId="app")
    found = run("audit", whole, CLOUDFLARE_API_TOKEN=live.token)
    assert (found.returncode, found.stdout) == (2, "")
    assert "app app of account account: cannot reach 127.0.0.1" in found.stderr


@pytest.mark.parametrize(
    "text", ["", "[]", "3", '{"deployment": {"resources": 7}}', '{"deployment": {"resources": [1]}}']
)
def test_what_is_no_export_is_refused(text: str) -> None:
    with pytest.raises(NotAnExport, match="expected the output of `pulumi stack export` on standard input"):
        StackExport(text)


def test_what_is_refused_is_one_line() -> None:
    found = run("audit", "{}")
    assert found.returncode == 2
    assert found.stderr == "audit: expected the output of `pulumi stack export` on standard input\n"


def test_an_empty_stack_has_no_app_to_look_in() -> None:
    found = run("audit", '{"deployment": {}}', CLOUDFLARE_API_TOKEN="t")
    assert found.returncode == 2
    assert "no app to look in" in found.stderr
    assert "name them in CLOUDFLARE_ACCOUNT_ID and REALTIMEKIT_APP_ID" in found.stderr


def test_the_environment_stands_in_for_what_a_stack_does_not_have(live: SandboxApi) -> None:
    lost = left_behind(live)
    place = {"CLOUDFLARE_ACCOUNT_ID": ACCOUNT, "REALTIMEKIT_APP_ID": APP, "CLOUDFLARE_BASE_URL": live.base_url}
    found = run("audit", '{"deployment": {}}', CLOUDFLARE_API_TOKEN=live.token, **place)
    assert (found.returncode, found.stderr) == (1, "")
    assert f"recording {lost} " in found.stdout


def test_an_app_that_is_encrypted_is_asked_for(live: SandboxApi) -> None:
    known = Resource(Plugin(live), meeting_id=MEETING)
    known.up()
    known.outputs["app_id"] = CIPHERTEXT
    found = run("audit", exported(live, known=known), CLOUDFLARE_API_TOKEN=live.token)
    assert found.returncode == 2
    assert "`pulumi stack export --show-secrets` does" in found.stderr


@pytest.mark.parametrize(("token", "says"), [("", f"{APP_HERE}: {NO_TOKEN}\n"), ("wrong", "answered 401")])
def test_without_a_token_that_works_it_is_not_known(live: SandboxApi, token: str, says: str) -> None:
    found = run("audit", export(live), CLOUDFLARE_API_TOKEN=token)
    assert found.returncode == 2
    assert says in found.stderr
    assert "config set" not in found.stderr, "it may be set, and cannot be read here"
    assert "Traceback" not in found.stderr
    assert "wrong" not in found.stderr
