"""What the change table leaves out, from YAML on the real engine: accounts, rotation, import, secrets, interruptions.

A command takes one to two seconds: each test lives one life, and looks at many things.
"""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from sandbox.api.testing import SandboxApi
from tests.interruptions.interruptions import INTERRUPTIONS, LOCKED, Running
from tests.kit.audit import shown_by_audit
from tests.kit.canaries import assert_hidden
from tests.kit.project import ACCOUNT, APP, STACK, Project, Secret, active, base_config
from tests.native.yaml_project import YamlProject
from tests.wire import exports as commands

STANDUP = {"standup": {"properties": {"meetingId": "standup"}}}


def started_elsewhere(
    api: SandboxApi,
    meeting: str,
    app: str = APP,
    kind: str = "/track",
    token: str = "sandbox-token",
    account: str = ACCOUNT,
) -> str:
    """The id of a recording that somebody else has started."""
    body: dict[str, Any] = {"meeting_id": meeting}
    body |= {"layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}} if kind else {}
    url, headers = f"{api.app_url(account, app)}/recordings{kind}", {"Authorization": f"Bearer {token}"}
    answer = httpx.post(url, headers=headers, json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    return str(api.recordings(meeting)[-1]["id"])


def test_two_accounts_whose_tokens_are_rotated(
    project: YamlProject, new_api: Callable[..., SandboxApi], tmp_path: Path
) -> None:
    """Without `--run-program` and the environment: the plugin reads the stack's config as it is now."""
    before = new_api(state=tmp_path / "service", tokens=(f"{ACCOUNT}=old", "europe=theirs"))
    europe = {"type": "pulumi:providers:realtimekit", "properties": {"accountId": "europe", "apiToken": "theirs"}}
    there = {"properties": {"meetingId": "there"}, "options": {"provider": "${europe}"}}
    standup = {"properties": {"meetingId": "standup", "layers": {"default": {"outputs": ["s", INLINE]}}}}
    project.declare({"standup": standup, "europe": europe, "there": there})
    storages = {"s": {"type": "gcs", "bucket": "c", "secret": Secret('{"type": "service_account"}')}}
    project.configure({**base_config(before), "apiToken": Secret("old"), "storages": storages})
    project.up()
    assert {one["account_id"] for one in active(before)} == {ACCOUNT, "europe"}
    asked_from_a_shell(project, before)

    before.stop()
    api = SandboxApi(state=tmp_path / "service", tokens=(f"{ACCOUNT}=new", "europe=theirs"), start_seconds=0)
    api.port = before.port
    with api:
        refused = project.deploy("refresh")
        assert refused.code != 0
        assert "is realtimekit:apiToken right" in refused.text
        project.configure({**base_config(api), "apiToken": Secret("new"), "storages": storages})
        refreshed = project.deploy("refresh")
        assert refreshed.code == 0, refreshed.text
        assert project.up("--json").ops() == {"standup": "same", "there": "same"}
        destroyed = project.deploy("destroy")
        assert destroyed.code == 0, destroyed.text
        assert active(api) == []


def asked_from_a_shell(project: YamlProject, api: SandboxApi) -> None:
    """`status` and `audit` of the stack, whose recordings are in two accounts, each with a token of its own."""
    lost = started_elsewhere(api, "lost", token="theirs", account="europe")
    opened = project.export("--show-secrets")
    status = commands.run("status", opened, "--json")
    assert status.returncode == 0, status.stderr
    assert {one["name"]: (one["meeting_id"], one["service"], one["files"]) for one in json.loads(status.stdout)} == {
        "standup": ("standup", "RECORDING", ["gcs c", "gcs b"]),
        "there": ("there", "RECORDING", ["realtimekit"]),
    }
    audit = commands.run("audit", opened)
    assert audit.returncode == 1, audit.stderr
    assert [one["id"] for one in active(api) if f"recording {one['id']} " in audit.stdout] == [lost]
    api.set_status(lost, "UPLOADED")
    closed = commands.run("status", project.export(), CLOUDFLARE_API_TOKEN="old")
    assert closed.returncode == 2
    assert "there: the export does not show its account and app; if they are encrypted" in closed.stderr
    assert re.search(r" standup \| standup \| RECORDING \| [\d:]+ \| encrypted ", " ".join(closed.stdout.split()))
    assert "CANARY" not in closed.stdout + closed.stderr


@pytest.mark.parametrize("language", ["YAML", "Python"])
def test_what_is_advised_about_a_recording_that_was_taken_over_works_as_it_is_typed(
    request: pytest.FixtureRequest, api: SandboxApi, tmp_path: Path, language: str
) -> None:
    """In every language: `up --replace` stops first in a Python program alone."""
    theirs = started_elsewhere(api, "standup")
    project: Project
    if language == "YAML":
        project = request.getfixturevalue("project")
        project.declare(STANDUP)
        project.configure(base_config(api))
    else:
        project = Project(tmp_path / "project")
        project.configure({**base_config(api), "recordings": {"standup": {"meeting_id": "standup"}}})
    assert project.deploy("up").code == 0
    (said,) = {*re.findall(r"was taken over: .* records as declared", project.deploy("up").text)}
    (urn,) = (one["urn"] for one in project.export()["deployment"]["resources"] if one["urn"].endswith("::standup"))
    for command in re.findall(r"`pulumi (.*?)`", said):
        words = [urn if word == "<urn>" else word for word in command.split()]
        done = project.deploy(*words)
        assert done.code == 0, done.text
    (ours,) = active(api)
    assert ours["id"] == project.resources()["standup"]["id"] != theirs
    assert project.resources()["standup"]["outputs"]["adopted"] is False


def test_import(project: YamlProject, api: SandboxApi) -> None:
    """The printed code is valid, and the next preview shows no change; what is not this app's is refused."""
    project.configure(base_config(api))
    running, other_app = started_elsewhere(api, "standup"), started_elsewhere(api, "elsewhere", app="other")
    composite = started_elsewhere(api, "composite", kind="")
    imported = project.import_("standup", running)
    assert imported.code == 0, imported.text
    for id_, said in (
        ("11111111-2222-4333-8444-555555555555", "the service knows no recording 1111"),
        (other_app, f"the service knows no recording {other_app}"),
        (composite, f"recording {composite} is no track recording"),
    ):
        refused = project.import_("refused", id_)
        assert refused.code != 0
        assert said in refused.text
        assert "Traceback" not in refused.text

    assert shown_by_audit(project, api) == set()
    printed = imported.out[imported.out.index("resources:") :]
    (project.folder / "Pulumi.yaml").write_text(
        re.sub(r"resources: .*", printed, (project.folder / "Pulumi.yaml").read_text())
    )
    preview = project.deploy("preview", "--expect-no-changes")
    assert preview.code == 0, preview.text
    assert project.resources()["standup"]["outputs"]["adopted"] is True
    assert project.deploy("destroy").code == 0
    assert running not in {one["id"] for one in active(api)}
    assert not api.requests(method="POST", path=f"*/{APP}/recordings/track")[1:]


INLINE = {
    "type": "STORAGE_CONFIG",
    "storageConfig": {"type": "gcs", "bucket": "b", "secret": '{"type": "service_account", "k": "CANARY-inline"}'},
}


def test_secrets(project: YamlProject, new_api: Callable[..., SandboxApi]) -> None:
    """In no byte that is printed or written, an imported recording's included; and they are sent."""
    api = new_api(tokens=("CANARY-token",))
    secret = Secret('{"type": "service_account", "k": "CANARY-config"}')
    archive = {"type": "gcs", "bucket": Secret("CANARY-bucket"), "secret": secret}
    project.configure(
        {
            **base_config(api),
            "apiToken": Secret("CANARY-token"),
            "appId": Secret("CANARY-app"),
            "storages": {"s": archive},
        }
    )
    layers = {"default": {"outputs": ["s", INLINE], "fileNamePrefix": "weekly"}}
    recorded = {"properties": {"meetingId": "standup", "layers": layers, "keepDownloadUrls": True}}
    taken_over = {
        "properties": {"meetingId": "other", "keepDownloadUrls": True},
        "options": {"import": started_elsewhere(api, "other", app="CANARY-app", token="CANARY-token")},
    }
    project.declare(
        {"standup": recorded, "other": taken_over}, {"layers": "${standup.layers}", "app": "${other.appId}"}
    )
    canaries = {"CANARY-token", "CANARY-config", "CANARY-inline", "CANARY-bucket", "CANARY-app"}
    for command in (
        ("preview", "--diff"),
        ("up", "--json", "--debug"),
        ("up", "--refresh", "--diff"),
        ("refresh", "--diff", "-v=9", "--logtostderr"),
        ("destroy", "--diff"),
    ):
        if command[0] == "refresh":
            for one in active(api):
                api.set_status(one["id"], "UPLOADED")
        result = project.deploy(*command)
        assert result.code == 0, result.text
        found = {name: one["outputs"].get("downloadUrls") for name, one in project.resources().items()}
        urls = {file["url"] for one in found.values() if one for file in one["<secret>"]}
        assert urls or command[0] != "refresh"
        assert_hidden(canaries | urls, result.text.encode() + project.written(), " ".join(command))
    sent = str([(request["path"], request["headers"], request["body"]) for request in api.requests()])
    assert [canary for canary in canaries if canary not in sent] == []


def test_an_explicit_provider_takes_the_rest_from_the_stack(project: YamlProject, api: SandboxApi) -> None:
    """All but the account and its token, which are never another account's."""
    europe = {"type": "pulumi:providers:realtimekit", "properties": {"accountId": "europe", "apiToken": api.token}}
    layers = {"default": {"fileNamePrefix": "shared"}}
    project.declare(
        {"europe": europe, "there": {"properties": {"meetingId": "m"}, "options": {"provider": "${europe}"}}}
    )
    project.configure({**base_config(api), "layers": layers})
    project.up()
    (recording,) = active(api)
    assert (recording["account_id"], recording["app_id"]) == ("europe", APP)
    (sent,) = api.requests(method="POST")
    assert sent["body"]["layers"]["default"]["file_name_prefix"] == "shared"

    del europe["properties"]["apiToken"]  # type: ignore[attr-defined]
    project.declare({"europe": europe})
    refused = project.deploy("preview", CLOUDFLARE_API_TOKEN=api.token)
    assert refused.code != 0
    assert "provider 'europe': apiToken: required, but absent" in refused.text


def test_mistakes_are_refused_before_anything_starts(project: YamlProject, api: SandboxApi) -> None:
    """Of the config, all at once; then of a resource; then of two, which record the same meeting."""
    config = {**base_config(api), "recordings": {"r": {"meeting_id": "left alone"}}}
    half, plain = {"type": "gcs", "bucket": "b"}, {"type": "gcs", "bucket": "b", "secret": "CANARY"}
    again = {"properties": {"meetingId": "standup"}, "options": {"dependsOn": ["${standup}"]}}
    layers = {"default": {"outputs": ["archve"]}}
    for more, resources, said in (
        (
            {"apiTokn": "x", "api_token": "x", "storages": {"s": half}},
            STANDUP,
            [
                "realtimekit:apiTokn: unknown key; did you mean 'apiToken'?",
                "realtimekit:api_token: unknown key; did you mean 'apiToken'?",
                "storages.s: secret: required for type 'gcs', but absent",
            ],
        ),
        (
            {"storages": {"s": plain, "t": {"type": "azure", "bucket": "b", "access_key": "CANARY"}}},
            STANDUP,
            [
                "storages.s: secret: a secret in plain text in the stack's config; encrypt it with",
                "encrypt it with `pulumi config set --secret --path 'realtimekit:storages.t.access_key'`",
            ],
        ),
        (
            {},
            {"standup": {"properties": {"meetingId": "standup", "maxSeconds": -1, "layers": layers}}},
            ["layers.default.outputs[0]: no storage named 'archve'", "maxSeconds: expected a number above 0"],
        ),
        (
            {},
            {**STANDUP, "again": again},
            ["the same meeting as TrackRecording 'standup': a meeting has one track recording"],
        ),
    ):
        project.configure({**config, **more})
        project.declare(resources)
        refused = project.deploy("preview")
        assert refused.code != 0
        assert [text for text in said if text not in " ".join(refused.text.split())] == [], refused.text
        assert "Traceback" not in refused.text
        assert "CANARY" not in refused.text
    assert api.requests() == []


@pytest.mark.parametrize("interruption", ["one interrupt", "two interrupts", "CLI killed", "plugin killed"])
def test_an_interrupted_start(project: YamlProject, new_api: Callable[..., SandboxApi], interruption: str) -> None:
    """Begun once, and not lost: what an engine that is gone could not save, the next `up` takes over."""
    api = new_api()
    project.configure({**base_config(api), "timeoutSeconds": 10})
    project.declare(STANDUP)
    api.fault("delay", method="POST", path="/recordings/track", seconds=2.5)
    process = project.start(*project.words("up"))
    running = Running(process, api)
    deadline = time.monotonic() + 60
    while not api.requests(method="POST"):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.find()
    INTERRUPTIONS[interruption](running)
    process.communicate(timeout=60)
    psutil.wait_procs([*running._roles.values()], timeout=40)  # not for the language host: that stays after a kill
    assert running.wait_for_children(0) == []
    if interruption in LOCKED:
        assert project.run("cancel", "--stack", STACK, "--yes").code == 0
    project.up()
    assert project.resources()["standup"]["id"] in {one["id"] for one in active(api)}
    begun = [one for one in api.recordings() if not one.get("stop_reason")]
    assert len(active(api)) == 1
    assert len(begun) == 1 or interruption in LOCKED, api.recordings()
