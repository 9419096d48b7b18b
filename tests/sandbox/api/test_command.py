"""`python -m sandbox api`: its first line, its options, its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sandbox.api.testing import PROJECT, SandboxApi

RUN = [sys.executable, "-m", "sandbox", "api"]


def started(*options: str, **how) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [*RUN, *options],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **how,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def refused(option: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, option], check=False, cwd=PROJECT, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_line_is_the_base_url_and_a_signal_ends_it(number) -> None:
    process, line = started("--port=0")
    response = httpx.get(
        f"{line}/accounts/a/realtime/kit/b/recordings", headers={"authorization": "Bearer sandbox-token"}
    )
    assert response.status_code == 200

    process.send_signal(number)
    out, err = process.communicate(timeout=10)

    assert (process.returncode, out, err) == (0, "", "")


def test_a_call_that_is_under_way_does_not_hold_up_the_end() -> None:
    with SandboxApi() as api:
        api.fault("delay", seconds=60)
        with ThreadPoolExecutor() as pool:
            call = pool.submit(httpx.get, f"{api.app_url()}/recordings", timeout=20)
            while not api.requests():
                time.sleep(0.01)
            began = time.monotonic()
            assert api.stop() == 0

            assert call.result().status_code == 500
            assert time.monotonic() - began < 10


def test_it_ends_with_its_standard_input() -> None:
    process, _ = started("--port=0", "--while-stdin-open", stdin=subprocess.PIPE)

    out, err = process.communicate(timeout=10)

    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = refused(f"--port={port}")

    assert ended.returncode == 1
    assert (
        ended.stderr == f"Error: can't listen on 127.0.0.1:{port}: Address already in use; --port 0 takes a free port\n"
    )


@pytest.mark.parametrize(
    "option",
    ["--dialect=klingon", "--latency=-1", "--request-limit=some", "--port=65536", "--token=", "--token=account="],
)
def test_wrong_options(option) -> None:
    ended = refused(option)

    assert ended.returncode == 2
    assert option.partition("=")[0] in ended.stderr


def test_to_know_of_the_command_does_not_load_the_server() -> None:
    code = "import sys, sandbox.api.server; print({'uvicorn', 'starlette', 'pydantic'} & sys.modules.keys())"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}

    out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert out.stdout == "set()\n"


def test_short_recordings_may_be_kept() -> None:
    with SandboxApi(short_recordings="uploaded", start_seconds=0, upload_seconds=0) as api:
        headers = {"authorization": f"Bearer {api.token}"}
        body = {"meeting_id": "m", "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}}
        with httpx.Client(base_url=api.app_url(), headers=headers) as client:
            recording_id = client.post("/recordings/track", json=body).json()["data"]["id"]
            answer = client.put(f"/recordings/{recording_id}", json={"action": "stop"}).json()["data"]

    assert answer["status"] == "UPLOADED"
    assert answer["download_url"] is not None
