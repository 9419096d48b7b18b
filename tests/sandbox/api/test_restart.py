"""What outlives the process, however it ends; and state files that can't be used."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest

from sandbox.api.testing import PROJECT, SandboxApi


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_recordings_meetings_and_the_clock_stay(tmp_path, new_client, ending) -> None:
    with SandboxApi(state=tmp_path / "api.state") as api:
        client = new_client(api)
        running, stopped, forgotten = client.start("one"), client.start("two"), client.start("three")
        api.meeting("idle", live=False)
        api.meeting("slow", start_seconds=500)
        api.advance(1_000)
        client.act(stopped, "stop")
        api.forget(forgotten)
        before, port = [client.one(running), client.one(stopped)], api.port
        api.fault("503")

        getattr(api, ending)()
        api.start()

        assert api.port == port
        assert client.one(running) == before[0]
        assert client.one(stopped)["stopped_time"] == before[1]["stopped_time"]
        assert client.get(f"/recordings/{forgotten}").status_code == 404
        assert client.get("/meetings/idle/active-session").status_code == 404
        assert client.one(running)["invoked_time"] < before[1]["stopped_time"] < api.now(), "the clock went on"
        slow = client.start("slow")
        api.advance(400)
        assert client.one(slow)["status"] == "INVOKED"
        assert len(api.recordings()) == 3
        assert api.faults()["faults"] == []


def test_while_it_is_down_its_port_refuses_and_is_nobody_elses(new_client) -> None:
    with SandboxApi() as api:
        client, port = new_client(api), api.port
        api.kill()

        with pytest.raises(httpx.ConnectError):
            client.get("/recordings")
        others = [socket.create_server(("127.0.0.1", 0)) for _ in range(50)]
        assert port not in {other.getsockname()[1] for other in others}
        for other in others:
            other.close()
        api.start()

        assert client.get("/recordings").status_code == 200
        assert api.port == port


def test_what_was_answered_survives_a_kill_in_the_middle_of_many(tmp_path, new_client) -> None:
    with SandboxApi(state=tmp_path / "api.state", request_limit=0, user_limit=0) as api:
        client, answered = new_client(api), []

        def start(number: int) -> None:
            body = {"meeting_id": f"m{number}", "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}}
            answered.append(client.post("/recordings/track", json=body).json()["data"]["id"])
            if len(answered) == 100:
                api.kill()

        with ThreadPoolExecutor(8) as pool:
            failures = [future.exception() for future in [pool.submit(start, number) for number in range(300)]]
        assert any(failures)
        api.start()

        assert {recording["id"] for recording in api.recordings()} >= set(answered)
        assert len(api.recordings()) <= len(answered) + 8


def command(*options: str, **how) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "sandbox", "api", "--port=0", *options]
    return subprocess.run(run, check=False, cwd=PROJECT, capture_output=True, text=True, timeout=30, **how)


TEXT = b"recordings: []\n" * 100
UNUSABLE = {
    # what is done to a state of this sandbox, or to an empty file, and the reason that is given
    "another program's": ("create table recordings (name text)", False, "format 0, where this sandbox has 1"),
    "a later version's": ("pragma user_version = 99", False, "format 99, where this sandbox has 1"),
    "no clock": ("delete from clock", True, "not enough values to unpack (expected 1, got 0)"),
    "a clock beyond all dates": ("update clock set advanced = 1e12", True, "its clock has gone too far"),
    "not our facts": ("insert into meetings values ('m', '{}')", True, "its contents are not what this sandbox writes"),
    "text": (None, False, "file is not a database"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_file_that_is_no_state_is_left_alone(tmp_path, case) -> None:
    statement, is_ours, reason = UNUSABLE[case]
    path = tmp_path / "api.state"
    if is_ours:
        with SandboxApi(state=path):
            pass
    if statement is None:
        path.write_bytes(TEXT)
    else:
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(statement)
    before = path.read_bytes()

    ended = command(f"--state={path}")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1
    assert f"{path}: not a state of the sandbox API ({reason})" in ended.stderr
    assert path.read_bytes() == before


def test_two_servers_do_not_share_a_state(tmp_path) -> None:
    path = tmp_path / "api.state"
    with SandboxApi(state=path):
        ended = command(f"--state={path}")

    assert ended.returncode == 1
    assert "in use by another sandbox API" in ended.stderr


def test_a_folder_that_is_not_there_is_made(tmp_path) -> None:
    path = tmp_path / "deep" / "er" / "api.state"
    with SandboxApi(state=path):
        assert path.exists()
