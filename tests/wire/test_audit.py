"""`python -m pulumi_realtimekit audit`, a process of its own, fed what `pulumi stack export` writes."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pulumi_realtimekit.commands.export import StackExport
from pulumi_realtimekit.errors import NotAnExport

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, MEETING, Plugin, Resource
from tests.kit.service import started_elsewhere
from tests.kit.waiting import eventually
from tests.wire.exports import CIPHERTEXT, PROVIDER, RECORDING, SECRET, URN, export, exported, run, with_provider

EU = "app-eu"
NOWHERE = "http://127.0.0.1:1/client/v4"
EMPTY: dict[str, Any] = {"deployment": {}}
NO_TOKEN = "set CLOUDFLARE_API_TOKEN in the environment: the export keeps the config's token encrypted"
NOT_TOLD = "the export does not show its account and app"


def recorded(api: SandboxApi, **declared: Any) -> Resource:
    resource = Resource(Plugin(api), **{"meeting_id": "known", **declared})
    resource.up()
    return resource


def interrupted(whole: dict[str, Any], provider: str = "", **inputs: Any) -> dict[str, Any]:
    """The export of a stack whose `up` was killed while it created a recording with these inputs."""
    resource = {"urn": f"{URN}standup", "type": RECORDING, "inputs": inputs, "provider": provider}
    pending = [{"type": "creating", "resource": resource}]
    return {**whole, "deployment": {**whole["deployment"], "pending_operations": pending}}


def with_eu(whole: dict[str, Any], api: SandboxApi, **inputs: Any) -> dict[str, Any]:
    """With an explicit provider before all others, and one that is none of ours: their order says nothing."""
    with_provider(whole, provider="eu", **{"baseUrl": api.base_url, "accountId": ACCOUNT, "appId": EU, **inputs})
    resources = whole["deployment"]["resources"]
    resources.insert(0, resources.pop())
    resources.append({"urn": "urn:…::x", "type": PROVIDER, "id": "1", "inputs": {"x:y": 1}})
    return whole


def by_a_provider(api: SandboxApi) -> dict[str, Any]:
    whole = export(api, baseUrl=NOWHERE, appId=None)
    reference = with_provider(whole, provider="eu", baseUrl=api.base_url, accountId=ACCOUNT)
    return interrupted(whole, reference, account_id=ACCOUNT, app_id=EU)


def test_what_runs_and_the_state_does_not_know_is_listed(api: SandboxApi) -> None:
    known, stopped = recorded(api), recorded(api, meeting_id="stopped")
    stopped.destroy()
    started_elsewhere(api, "composite", kind="")
    unknown = {started_elsewhere(api): MEETING, started_elsewhere(api, "retro"): "retro"}
    api.clear_requests()

    found = run("audit", exported(api, known=known), CLOUDFLARE_API_TOKEN=api.token)

    assert found.returncode == 1, found.stderr
    *lines, advice = found.stdout.splitlines()
    assert {line.partition(" has been RECORDING since 2")[0] for line in lines} == {
        f"recording {one} of meeting {meeting}" for one, meeting in unknown.items()
    }
    assert all(f"in app {APP} of account {ACCOUNT}" in line for line in lines)
    assert "recording_id" in advice
    assert {request["method"] for request in api.requests()} == {"GET"}


def test_nothing_left_behind(live: SandboxApi) -> None:
    found = run("audit", exported(live, known=recorded(live)), CLOUDFLARE_API_TOKEN=live.token)
    assert (found.returncode, found.stdout) == (0, "no recording is running that the state does not know\n")


FOUND: Mapping[str, tuple[Callable[[SandboxApi], Any], dict[str, str]]] = {
    "an app of a recording": (lambda api: exported(api, elsewhere=recorded(api, app_id=EU)), {}),
    "with --show-secrets, which has the token": (
        lambda api: export(api, appId=EU, apiToken={**SECRET, "plaintext": json.dumps(api.token)}),
        {"CLOUDFLARE_API_TOKEN": ""},
    ),
    "the app of a provider, where its API is": (
        lambda api: with_eu(export(api, baseUrl=NOWHERE, appId=None), api),
        {},
    ),
    "what was interrupted": (lambda api: interrupted(export(api), account_id=ACCOUNT, app_id=EU), {}),
    "what was interrupted, where the API of its provider is": (by_a_provider, {}),
    "what was interrupted, which is all that is left": (
        lambda api: interrupted(EMPTY, account_id=ACCOUNT, app_id=EU),
        {"CLOUDFLARE_BASE_URL": "{base_url}"},
    ),
    "nothing, and what the environment says": (
        lambda _: EMPTY,
        {"CLOUDFLARE_ACCOUNT_ID": ACCOUNT, "REALTIMEKIT_APP_ID": EU, "CLOUDFLARE_BASE_URL": "{base_url}"},
    ),
}


@pytest.mark.parametrize(("export_of", "environment"), FOUND.values(), ids=FOUND)
def test_every_app_that_the_export_tells_of_is_looked_into(
    live: SandboxApi, export_of: Callable[[SandboxApi], Any], environment: dict[str, str]
) -> None:
    whole, lost = export_of(live), started_elsewhere(live, app=EU)
    variables = {name: value.format(base_url=live.base_url) for name, value in environment.items()}

    found = run("audit", whole, **{"CLOUDFLARE_API_TOKEN": live.token, **variables})

    assert (found.returncode, found.stderr) == (1, "")
    (line,) = [line for line in found.stdout.splitlines() if line.startswith("recording ")]
    assert line.startswith(f"recording {lost} of meeting {MEETING} has been ")
    assert f" in app {EU} " in line
    is_interrupted = "pending_operations" in whole["deployment"]
    assert (f"interrupted while creating {URN}standup\n" in found.stdout) == is_interrupted


def encrypted_app(api: SandboxApi) -> dict[str, Any]:
    known = recorded(api)
    known.outputs["app_id"] = CIPHERTEXT
    return exported(api, known=known)


NOT_KNOWN: Mapping[str, tuple[Callable[[SandboxApi], Any], dict[str, str], str]] = {
    "no export": (lambda _: {}, {}, "audit: expected the output of `pulumi stack export` on standard input\n"),
    "no stack": (lambda _: EMPTY, {}, "name them in CLOUDFLARE_ACCOUNT_ID and REALTIMEKIT_APP_ID"),
    "no token": (export, {"CLOUDFLARE_API_TOKEN": ""}, f"app {APP} of account {ACCOUNT}: {NO_TOKEN}\n"),
    "a wrong token": (export, {"CLOUDFLARE_API_TOKEN": "wrong"}, "answered 401"),
    "an encrypted app": (encrypted_app, {}, "use `pulumi stack export --show-secrets`"),
    "an encrypted address, which is not the service's own": (
        lambda api: export(api, baseUrl=CIPHERTEXT),
        {},
        "the export does not show realtimekit:baseUrl, which is encrypted",
    ),
    "an operation without account and app": (lambda api: interrupted(export(api)), {}, f"{URN}standup: {NOT_TOLD}"),
    "an operation without app": (
        lambda api: interrupted(export(api), account_id=ACCOUNT),
        {},
        f"{URN}standup: {NOT_TOLD}",
    ),
    "an operation with an encrypted app": (
        lambda api: interrupted(export(api), account_id=ACCOUNT, app_id=CIPHERTEXT),
        {},
        f"{URN}standup: {NOT_TOLD}",
    ),
    "a provider's encrypted account, which is not the environment's": (
        lambda api: with_eu(export(api), api, accountId=CIPHERTEXT),
        {"CLOUDFLARE_ACCOUNT_ID": ACCOUNT},
        f"{PROVIDER}::eu: {NOT_TOLD}",
    ),
    "a provider whose API is not there": (
        lambda api: with_eu(export(api), api, baseUrl=NOWHERE),
        {},
        f"app {EU} of account {ACCOUNT}: cannot reach 127.0.0.1",
    ),
}


@pytest.mark.parametrize(("export_of", "environment", "says"), NOT_KNOWN.values(), ids=NOT_KNOWN)
def test_what_cannot_be_looked_into_is_not_called_nothing(
    live: SandboxApi, export_of: Callable[[SandboxApi], Any], environment: dict[str, str], says: str
) -> None:
    whole = export_of(live)
    found = run("audit", whole, **{"CLOUDFLARE_API_TOKEN": live.token, **environment})
    assert (found.returncode, found.stdout.replace(f"interrupted while creating {URN}standup\n", "")) == (2, "")
    assert says in found.stderr
    assert "config set" not in found.stderr, "it may be set, and cannot be read here"
    assert "Traceback" not in found.stderr
    assert "wrong" not in found.stderr
    assert not live.requests(path=f"*/{EU}/*")


def test_the_environment_stands_in_for_an_encrypted_address(live: SandboxApi) -> None:
    found = run(
        "audit",
        export(live, baseUrl=CIPHERTEXT),
        CLOUDFLARE_API_TOKEN=live.token,
        CLOUDFLARE_BASE_URL=live.base_url,
    )
    assert (found.returncode, found.stderr) == (0, "")
    assert live.requests()


@pytest.mark.parametrize("shows_secrets", [True, False])
def test_each_provider_has_a_token_of_its_own_and_one_that_refuses_hides_no_other(shows_secrets: bool) -> None:
    """Two accounts: with their tokens both are looked into, with one token the other says that it cannot be."""
    with SandboxApi(tokens=(f"{ACCOUNT}=token-us", "other=token-eu")) as api:
        in_us = started_elsewhere(api, token="token-us")
        in_eu = started_elsewhere(api, app=EU, account="other", token="token-eu")
        own, eu = (
            {"apiToken": {**SECRET, "plaintext": f'"token-{one}"'}} if shows_secrets else {} for one in ("us", "eu")
        )
        whole = with_eu(export(api, **own), api, accountId="other", **eu)
        found = run("audit", whole, CLOUDFLARE_API_TOKEN="" if shows_secrets else "token-us")
    assert f"recording {in_us} " in found.stdout
    if shows_secrets:
        assert (found.returncode, found.stderr) == (1, "")
        assert f"recording {in_eu} " in found.stdout
    else:
        (line,) = found.stderr.splitlines()
        assert line.startswith(f"audit: app {EU} of account other: ")
        assert " answered 40" in line
        assert found.returncode == 2


@pytest.mark.parametrize("command", ["audit", "status"])
def test_a_terminal_is_not_waited_for(command: str) -> None:
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "pulumi_realtimekit", command]
    found = subprocess.run(words, stdin=theirs, capture_output=True, text=True, timeout=60, check=False)
    for end in (ours, theirs):
        os.close(end)
    said = f"{command}: expected the output of `pulumi stack export` on standard input\n"
    assert (found.returncode, found.stdout, found.stderr) == (2, "", said)


@pytest.mark.parametrize("command", ["audit", "status"])
def test_an_interrupted_command_ends_without_a_traceback(live: SandboxApi, command: str) -> None:
    whole = exported(live, known=recorded(live))
    live.clear_requests()
    live.fault("delay", method="GET", path="*/recordings*", seconds=1.5)
    words = [sys.executable, "-m", "pulumi_realtimekit", command]
    environment = {**os.environ, "CLOUDFLARE_API_TOKEN": live.token}
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(json.dumps(whole))
        process.stdin.close()
        eventually(live.requests, "the command asks")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    "text", ["", "[]", "3", '{"deployment": {"resources": 7}}', '{"deployment": {"resources": [1]}}']
)
def test_what_is_no_export_is_refused(text: str) -> None:
    with pytest.raises(NotAnExport, match="expected the output of `pulumi stack export` on standard input"):
        StackExport(text)
