"""`python -m pulumi_realtimekit status`: what a stack's recordings are doing, beside what its state says."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from typing import Any

import pytest
from pulumi_realtimekit.api.recordings import Recording
from pulumi_realtimekit.commands.status import Status, compare

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, Plugin, Resource
from tests.kit.waiting import at_once
from tests.wire.exports import CIPHERTEXT, URN, export, exported, run

AWS = {"type": "aws", "bucket": "meetings", "region": "r", "path": "daily", "access_key": "k-1", "secret": "s-1"}


def test_each_recording_is_shown_as_it_is_now(live: SandboxApi) -> None:
    plugin = Plugin(live, storages={"archive": AWS})
    live.meeting("later", live=False)
    standup = Resource(plugin, meeting_id="standup", layers={"default": {"outputs": ["archive", "realtimekit"]}})
    retro, gone = Resource(plugin, meeting_id="retro"), Resource(plugin, meeting_id="gone")
    later = Resource(plugin, meeting_id="later", when_idle="defer")
    for resource in (standup, retro, gone, later):
        resource.up()
    live.advance(75)
    live.meeting("retro", live=False)
    live.forget(str(gone.id))
    live.clear_requests()

    found = run(
        "status",
        exported(live, standup=standup, retro=retro, gone=gone, later=later),
        CLOUDFLARE_API_TOKEN=live.token,
    )

    rows = [[cell.strip() for cell in line[2:-2].split(" | ")] for line in found.stdout.splitlines()]
    assert rows[0] == ["recording", "meeting", "status", "for", "files", "differs"]
    assert [(row[0], row[2], row[4]) for row in rows[2:]] == [
        ("standup", "RECORDING", "aws meetings/daily, realtimekit"),
        ("retro", "UPLOADED (ALL_PEERS_LEFT)", "realtimekit"),
        ("gone", "UNKNOWN", "realtimekit"),
        ("later", "PENDING", "realtimekit"),
    ]
    assert [row[5:] for row in rows[2:]] == [
        [""],
        ["RECORDING in the state: ended since"],
        ["RECORDING in the state"],
        [""],
    ]
    assert (found.returncode, found.stderr) == (1, "")
    assert {request["method"] for request in live.requests()} == {"GET"}
    assert not {"k-1", "s-1"} & {*re.findall(r"[\w-]+", found.stdout)}


def recorded(api: SandboxApi) -> Resource:
    standup = Resource(Plugin(api), meeting_id="standup")
    standup.up()
    return standup


def status_of(state: str, **said: Any) -> Status:
    """What is made of one recording, of which the state and the service say this."""
    status, recording = Status("standup", URN, "r1", "m", state), Recording.read({"id": "r1", **said})
    assert recording
    compare(status, recording)
    return status


@pytest.mark.parametrize(
    ("state", "service", "differs"),
    [
        ("INVOKED", "RECORDING", None),
        ("RECORDING", "INVOKED", None),
        ("UPLOADING", "UPLOADED", None),
        ("ERRORED", "ERRORED", None),
        ("INVOKED", "UPLOADED", "ended"),
        ("PAUSED", "UPLOADING", "ended"),
        ("RECORDING", "PAUSED", "yes"),
        ("PAUSED", "RECORDING", "yes"),
        ("RECORDING", "ERRORED", "yes"),
        ("UPLOADING", "ERRORED", "yes"),
        ("UPLOADED", "RECORDING", "yes"),
    ],
)
def test_a_status_differs_from_the_state_s_or_has_ended(state: str, service: str, differs: str | None) -> None:
    assert status_of(state, status=service).differs == differs


AT_TEN = "2026-01-01T10:00:00.000Z"


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"recording_duration": 61.5}, 61),
        ({"started_time": AT_TEN, "stopped_time": "2026-01-01T11:00:01.000Z"}, 3601),
        ({}, None),
        ({"started_time": "yesterday", "stopped_time": AT_TEN}, None),
    ],
    ids=["its duration", "its times", "not said", "of no known time"],
)
def test_how_long_it_was_recorded(fields: dict[str, Any], seconds: int | None) -> None:
    assert status_of("UPLOADED", status="UPLOADED", **fields).seconds == seconds


def test_as_json_everything_is_told(live: SandboxApi) -> None:
    standup = recorded(live)
    found = run("status", exported(live, standup=standup), "--json", CLOUDFLARE_API_TOKEN=live.token)
    (status,) = json.loads(found.stdout)
    assert status.pop("seconds") >= 0
    assert status == {
        "name": "standup",
        "urn": f"{URN}standup",
        "id": standup.id,
        "meeting_id": "standup",
        "state": "RECORDING",
        "service": "RECORDING",
        "differs": None,
        "stop_reason": None,
        "files": ["realtimekit"],
        "problem": None,
    }
    assert found.returncode == 0


def test_an_app_that_refuses_is_asked_once_and_hides_no_other() -> None:
    with SandboxApi(tokens=(f"{ACCOUNT}=mine", "other=theirs"), start_seconds=0) as api:
        theirs = Plugin(api, apiToken="theirs", accountId="other")
        resources = {f"there-{number}": Resource(theirs, meeting_id=f"there-{number}") for number in range(40)}
        resources["here"] = Resource(Plugin(api, apiToken="mine"), meeting_id="here")
        at_once(resource.up for resource in resources.values())
        whole = exported(api, **resources)
        api.clear_requests()
        found = run("status", whole, CLOUDFLARE_API_TOKEN="mine")
        refused = [request for request in api.requests() if request["status"] == 403]
    assert found.returncode == 2
    assert "| here " in found.stdout
    assert "not known" in found.stdout
    (line,) = found.stderr.splitlines()
    assert line.startswith(f"status: app {APP} of account other: ")
    assert "answered 403" in line
    assert len(refused) <= 16


def test_what_is_encrypted_is_asked_for(live: SandboxApi) -> None:
    standup = recorded(live)
    standup.outputs |= {"app_id": CIPHERTEXT, "layers": CIPHERTEXT}
    found = run("status", exported(live, standup=standup), CLOUDFLARE_API_TOKEN=live.token)
    assert found.returncode == 2
    assert "use `pulumi stack export --show-secrets`" in found.stderr


TO_A_STORAGE = {"type": "STORAGE_CONFIG", "storage": "archive"}


@pytest.mark.parametrize(
    ("layers", "files"),
    [
        ({"d": {"outputs": [{**TO_A_STORAGE, "storage_config": CIPHERTEXT}]}}, ["encrypted"]),
        (
            {"d": {"outputs": [{**TO_A_STORAGE, "storage_config": {"type": CIPHERTEXT, "bucket": "b"}}]}},
            ["encrypted b"],
        ),
        ({"d": {"outputs": [{"type": "RTMP_OUT"}, {"type": "REALTIMEKIT_BUCKET"}]}}, ["RTMP_OUT", "realtimekit"]),
        ({"d": {"outputs": [CIPHERTEXT]}}, ["encrypted"]),
        ({"d": CIPHERTEXT}, ["encrypted"]),
        (CIPHERTEXT, ["encrypted"]),
        (None, []),
    ],
    ids=[
        "a storage of an encrypted config, as other languages keep it",
        "of an encrypted type",
        "in none",
        "an output",
        "a layer",
        "all layers",
        "looked up",
    ],
)
def test_where_the_files_go_is_said_as_far_as_it_is_told(live: SandboxApi, layers: Any, files: list[str]) -> None:
    standup = recorded(live)
    del standup.outputs["layers"]
    standup.outputs |= {"layers": layers} if layers else {}
    found = run("status", exported(live, standup=standup), "--json", CLOUDFLARE_API_TOKEN=live.token)
    (status,) = json.loads(found.stdout)
    assert status["files"] == files


def test_a_stack_without_recordings_has_an_empty_table(live: SandboxApi) -> None:
    found = run("status", export(live))
    assert (found.returncode, len(found.stdout.splitlines())) == (0, 2)


def test_it_is_asked_again_and_again_until_it_is_interrupted(live: SandboxApi) -> None:
    standup = recorded(live)
    environment = {**os.environ, "CLOUDFLARE_API_TOKEN": live.token}
    command = [sys.executable, "-m", "pulumi_realtimekit", "status", "--json", "--watch", "0.1"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(json.dumps(exported(live, standup=standup)))
        process.stdin.close()
        assert json.loads(process.stdout.readline())[0]["differs"] is None
        live.set_status(str(standup.id), "PAUSED")
        while json.loads(process.stdout.readline())[0]["service"] != "PAUSED":
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 1
        assert process.stderr.read() == ""


@pytest.mark.parametrize("seconds", ["-1", "0", "nan", "inf", "1e20", "soon"])
def test_what_is_no_pause_is_refused(seconds: str, live: SandboxApi) -> None:
    found = run("status", export(live), "--watch", seconds)
    assert (found.returncode, found.stdout) == (2, "")
    assert "argument --watch: " in found.stderr
    assert "Traceback" not in found.stderr


def test_on_a_terminal_the_table_is_drawn(live: SandboxApi) -> None:
    standup = recorded(live)
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "pulumi_realtimekit", "status"],
        input=json.dumps(exported(live, standup=standup)).encode(),
        env={**os.environ, "CLOUDFLARE_API_TOKEN": live.token, "COLUMNS": "120", "TERM": "xterm"},
        stdout=theirs,
        check=True,
        timeout=60,
    )
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "┏" in shown
    assert "standup" in shown
