"""`python -m sandbox api`: its first line, its options, its end."""

from __future__ import annotations

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
