"""Each example, from its first `up` to its end, by every engine there is."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.api.testing import SandboxApi
from tests.examples.copies import STACK, Example, account_of
from tests.kit.engines import ROOT, cli

NewExample = Callable[[str], Example]

SERVICE_BUCKET = [{"type": "REALTIMEKIT_BUCKET"}]
UUID = r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
PROJECTS = sorted(file.parent.name for file in (ROOT / "examples").glob("*/Pulumi.yaml"))


def starts(api: SandboxApi) -> dict[str, Mapping[str, Any]]:
    """What was started, by meeting: the bodies of the start requests."""
    sent = [request["body"] for request in api.requests(method="POST", path="*/recordings/track")]
    assert len(sent) == len({body["meeting_id"] for body in sent})
    return {body["meeting_id"]: body for body in sent}


def active(api: SandboxApi) -> list[dict[str, Any]]:
    return [recording for recording in api.recordings() if recording["active"]]


def test_one_recording(example: NewExample, api: SandboxApi) -> None:
    one = example("one-recording")
    outputs = one.up()
    assert outputs["status"] == "RECORDING"
    assert [recording["id"] for recording in active(api)] == [outputs["recording"]]
    (started,) = starts(api).values()
    assert started["layers"] == {
        "default": {"file_name_prefix": "standup-audio", "outputs": SERVICE_BUCKET},
        "default-video": {"file_name_prefix": "standup-video", "outputs": SERVICE_BUCKET},
    }
    one.deploy("destroy")
    assert not active(api)


def test_from_config(example: NewExample, api: SandboxApi) -> None:
    api.meeting("6fced11d-2bd8-41e6-847a-8387cdde8d51", live=False)
    many = example("from-config")
    assert many.up()["statuses"] == {
        "standup": "RECORDING",
        "all-hands": "RECORDING",
        "customer-call": "PENDING",
        "retrospective": "PAUSED",
    }
    shared = starts(api)["9dfb369b-ab13-4fae-a276-55daa05f1119"]["layers"]["default"]["outputs"]
    assert [output["type"] for output in shared] == ["REALTIMEKIT_BUCKET", "STORAGE_CONFIG"]

    api.meeting("6fced11d-2bd8-41e6-847a-8387cdde8d51", live=True)
    assert many.up()["statuses"]["customer-call"] == "RECORDING"
    many.deploy("destroy")
    assert not active(api)
    assert len(api.recordings()) == 4


def test_two_accounts(example: NewExample, api: SandboxApi) -> None:
    two = example("two-accounts")
    outputs = two.up()
    here, there = "023e105f4ecef8ad9ca31a8372d0c353", "9a7806061c88ada191ed06f989cc3dac"
    assert {name: output["account"] for name, output in outputs.items()} == {"standup": here, "europe-standup": there}
    assert {recording["account_id"] for recording in active(api)} == {here, there}
    two.deploy("destroy")
    assert not active(api)


def test_two_accounts_have_a_token_each(example: NewExample, new_api: Callable[..., SandboxApi]) -> None:
    here, there = "023e105f4ecef8ad9ca31a8372d0c353", "9a7806061c88ada191ed06f989cc3dac"
    service = new_api(tokens=(f"{here}=sandbox-token", f"{there}=token-of-europe"))
    two = example("two-accounts")
    two.run("config", "set", "--stack", STACK, "realtimekit:baseUrl", service.base_url)
    two.run("config", "set", "--stack", STACK, "--secret", "europeApiToken", "token-of-europe")
    two.up()
    two.deploy("refresh")
    two.deploy("destroy")
    assert {recording["account_id"] for recording in service.recordings()} == {here, there}
    assert not active(service)
    assert b"token-of-europe" not in two.written()


CREDENTIALS = {
    "to-amazon": {"access_key": "AKIASANDBOXACCESSKEY", "secret": "amazon-secret-key"},
    "to-azure": {"access_key": "DefaultEndpointsProtocol=https;AccountName=sandbox;AccountKey=c2FuZGJveA=="},
    "to-r2": {"access_key": "r2-access-key-id", "secret": "r2-secret-access-key"},
    "to-digitalocean": {"access_key": "DO00SANDBOX", "secret": "spaces-secret-key"},
    "to-google": {"secret": '{"type": "service_account", "project_id": "sandbox", "private_key_id": "sandbox"}'},
    "to-sftp-key": {"private_key": "-----BEGIN OPENSSH PRIVATE KEY-----\nsandbox\n-----END OPENSSH PRIVATE KEY-----\n"},
    "to-sftp-password": {"password": "open-sesame"},
}


def test_storages(example: NewExample, api: SandboxApi) -> None:
    storages = example("storages")
    assert set(storages.up()["statuses"]) == set(CREDENTIALS)
    sent = [body["layers"]["default"]["outputs"][0]["storage_config"] for body in starts(api).values()]
    assert {storage["type"] for storage in sent} == {"aws", "azure", "cloudflare", "digitalocean", "gcs", "sftp"}
    given = [
        {name: value for name, value in storage.items() if name in {"access_key", "secret", "password", "private_key"}}
        for storage in sent
    ]
    assert sorted(map(json.dumps, given)) == sorted(map(json.dumps, CREDENTIALS.values()))

    shown = storages.export() + storages.deploy("preview", "--diff").text
    for credentials in CREDENTIALS.values():
        for secret in credentials.values():
            for form in (secret, json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode()):
                assert form not in shown
                assert form.encode() not in storages.written()
    storages.deploy("destroy")
    assert not active(api)


def test_team(example: NewExample, api: SandboxApi) -> None:
    team = example("team")
    assert team.up() == {
        "platform": {"standup": "RECORDING", "planning": "RECORDING"},
        "support": {"handover": "RECORDING"},
    }
    resources = json.loads(team.export())["deployment"]["resources"]
    parents = {
        resource["urn"].rsplit("::", 1)[-1]: resource["parent"].rsplit("::", 1)[-1]
        for resource in resources
        if resource["type"].endswith(":TrackRecording")
    }
    assert parents == {
        "platform-standup": "platform",
        "platform-planning": "platform",
        "support-handover": "support",
    }
    team.run("config", "set", "--stack", STACK, "--path", "teams.support.escalation", "a-meeting-of-theirs")
    assert set(team.up()["support"]) == {"handover", "escalation"}
    assert len(starts(api)) == 4
    team.deploy("destroy")
    assert not active(api)


def test_team_in_another_account(example: NewExample, api: SandboxApi) -> None:
    """What the README says of providers: one that the component is given is that of all its recordings."""
    team = example("team")
    program = team.folder / "__main__.py"
    europe = 'europe = realtimekit.Provider("europe", account_id="europe", api_token="sandbox-token")\n\nfor'
    source = program.read_text().replace("import pulumi\n", "import pulumi\nimport pulumi_realtimekit as realtimekit\n")
    source = source.replace("\nfor", europe, 1).replace(
        "max_seconds=3600)", "max_seconds=3600, opts=pulumi.ResourceOptions(providers=[europe]))"
    )
    program.write_text(source)
    assert set(team.up()) == {"platform", "support"}
    assert [recording["account_id"] for recording in active(api)] == ["europe"] * 3
    team.deploy("destroy")
    assert not active(api)


def test_from_client(example: NewExample, api: SandboxApi) -> None:
    moved = example("from-client")
    meeting = "99356597-6fba-4662-b6a7-30b7b12e9eed"
    before = moved.python("before.py", meeting, **account_of(api.base_url))
    assert before.returncode == 0, before.stderr
    recording = before.stdout.strip()

    moved.run("config", "set", "--stack", STACK, "recordingId", recording)
    assert moved.up() == {"recording": recording, "status": "RECORDING", "adopted": True}
    forget_the_id(moved)
    assert moved.up()["recording"] == recording
    assert len(api.recordings()) == 1

    moved.deploy("destroy")
    assert not active(api)
    assert len(starts(api)) == 1


def forget_the_id(moved: Example) -> None:
    """Takes the id out of the stack file, as an editor would."""
    file = moved.folder / f"Pulumi.{STACK}.yaml"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "from-client:recordingId" not in line))


def test_automation_without_a_cli(tmp_path: Path) -> None:
    words = [sys.executable, str(ROOT / "examples/automation/record.py"), "start", "standup"]
    environment = {**os.environ, "PATH": str(tmp_path)}
    ended = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "there is no Pulumi CLI on PATH, which the Automation API runs: install it\n"


def recorder(folder: Path, api: SandboxApi) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs record.py in a folder that has nothing else of the project, where the `python3` on PATH is another one."""
    (folder / "state").mkdir()
    (folder / "bin").mkdir()
    (folder / "bin" / "python3").symlink_to("/bin/false")
    shutil.copy(ROOT / "examples/automation/record.py", folder)
    environment = {
        **os.environ,
        **account_of(api.base_url),
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "sandbox",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def record(*words: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "record.py", *words]
        ended = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended

    return record


with_cli = pytest.mark.skipif(
    cli() is None, reason="the Automation API starts the Pulumi CLI, and there is none on PATH"
)


@with_cli
def test_automation(tmp_path: Path, api: SandboxApi) -> None:
    record = recorder(tmp_path, api)
    first = record("start", "standup").stdout
    assert first == f"recording {active(api)[0]['id']} RECORDING\n"
    assert record("start", "standup").stdout == first
    assert record("stop", "standup").stdout == ""
    assert not active(api)
    assert len(api.recordings()) == 1


@with_cli
def test_automation_records_a_meeting_that_is_live_again(tmp_path: Path, api: SandboxApi) -> None:
    record = recorder(tmp_path, api)
    api.meeting("standup", live=True)
    record("start", "standup")
    (first,) = active(api)

    api.meeting("standup", live=False)
    assert not active(api)
    ended = record("start", "standup", code=1)
    assert ended.stdout == f"recording {first['id']} UPLOADED\n"
    assert f"\nmeeting standup is not being recorded: recording {first['id']} is UPLOADED, " in ended.stderr

    api.meeting("standup", live=True)
    again = record("start", "standup").stdout.rstrip()
    (second,) = active(api)
    assert second["id"] != first["id"]
    assert again == f"recording {second['id']} RECORDING"


@with_cli
def test_automation_of_a_meeting_that_has_not_begun(tmp_path: Path, api: SandboxApi) -> None:
    api.meeting("standup", live=False)
    refused = recorder(tmp_path, api)("start", "standup", code=1)
    assert refused.stdout == ""
    assert "meeting standup has no live session, so it cannot be recorded" in refused.stderr
    assert refused.stderr.count("Diagnostics:") == 1
    assert "Traceback" not in refused.stderr


def test_no_two_stacks_of_the_sandbox_record_the_same_meeting() -> None:
    """They share the sandbox's account: each would take over what another one records, and stop it."""
    files = [ROOT / "Pulumi.sandbox.yaml", *sorted((ROOT / "examples").glob("*/Pulumi.*.yaml"))]
    meetings = [meeting for file in files for meeting in set(re.findall(UUID, file.read_text()))]
    assert len(files) > len(PROJECTS)
    assert len(meetings) == len(set(meetings))


@pytest.mark.parametrize("name", PROJECTS)
def test_every_project_is_whole(name: str) -> None:
    folder = ROOT / "examples" / name
    assert (folder / "README.md").is_file()
    assert (folder / "__main__.py").is_file()
    assert "-e ../../provider" in (folder / "requirements.txt").read_text().splitlines()
    assert f"({name}/README.md)" in (ROOT / "examples" / "README.md").read_text()
