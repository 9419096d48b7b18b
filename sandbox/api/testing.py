"""The sandbox API for tests: a process of its own, its control calls as methods.

    with SandboxApi(dialect="documented", start_seconds=0) as api:
        api.meeting("standup", participants=3)
        api.fault("drop_after", method="POST", path="/recordings/track")
        ...  # a client of api.base_url with api.token
        assert [request["status"] for request in api.requests(method="POST")] == [None, 200]

It ends with the test, and with the test's process however that ends.
"""

from __future__ import annotations

import fnmatch
import os
import signal
import socket
import subprocess
import sys
import weakref
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from sandbox.api.dialects import DialectName
from sandbox.api.faults import FaultName
from sandbox.api.paths import part
from sandbox.api.recording import Status
from sandbox.api.server import DEFAULT_TOKEN

PROJECT = Path(__file__).resolve().parents[2]
END_SECONDS = 20
"""How long a stop may take before the process is killed."""


class SandboxApi:
    """A running API.

    Args:
        dialect: as the command's option, like all that follow.
        state: a file to keep recordings, meetings and the clock in; without one a restart forgets them.
        tokens: `token` or `account=token`.
        options: the others by their names, `start_seconds=0` for `--start-seconds=0`.
    """

    token = DEFAULT_TOKEN

    def __init__(
        self,
        dialect: DialectName = "live",
        *,
        state: Path | None = None,
        tokens: tuple[str, ...] = (),
        **options: float | str,
    ) -> None:
        self.dialect = dialect
        self._options = [f"--dialect={dialect}", *(f"--token={token}" for token in tokens)]
        if state is not None:
            self._options.append(f"--state={state.resolve()}")
        self._options += [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        self._process: subprocess.Popen[str] | None = None
        self._client: httpx.Client | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where the control calls are: `http://127.0.0.1:<port>`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """What a client of the API is given."""
        return f"{self.url}/client/v4"

    def app_url(self, account_id: str = "account", app_id: str = "app") -> str:
        return f"{self.base_url}/accounts/{part(account_id)}/realtime/kit/{part(app_id)}"

    def __enter__(self) -> SandboxApi:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Starts it, again on the same port where it has run before; returns once it accepts connections."""
        self._reserve_port()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "api", "--while-stdin-open", f"--port={self.port}", *self._options],
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        line = self._process.stdout.readline()
        if not line:
            self._ended()
            raise RuntimeError("the sandbox API did not start: what it says is on standard error")
        self.port = httpx.URL(line.strip()).port or 0
        # Plain HTTP to the loopback: a TLS context would be most of what starting takes.
        self._client = httpx.Client(base_url=self.url, timeout=30, verify=False, trust_env=False)  # noqa: S501

    def stop(self) -> int | None:
        """Stops it as Ctrl-C would; the exit code, None where it wasn't running."""
        return self._end(signal.SIGINT)

    def kill(self) -> int | None:
        """Kills it: nothing more is done or said."""
        return self._end(signal.SIGKILL)

    def meeting(self, meeting_id: str, **settings: Any) -> None:
        """`live`, `participants`, `start_seconds`, `upload_seconds`, `visible_seconds`, `fails`, `title`, `status`."""
        self._call("PUT", f"/meetings/{part(meeting_id)}", settings)

    def fault(self, fault: FaultName, *, method: str = "*", path: str = "*", **more: Any) -> None:
        """Adds one; `more`: `times`, `seconds`, `retry_after`, `status`."""
        self._call("POST", "/faults", [{"fault": fault, "method": method, "path": path, **more}])

    def random_faults(self, probability: float, *, seed: int, **rule: Any) -> None:
        """`rule`: `faults`, `method`, `path`, `seconds`, `retry_after`."""
        self._call("POST", "/faults", {"random": {"probability": probability, **rule}, "seed": seed})

    def faults(self) -> dict[str, Any]:
        """Those still due: `faults`, and the rule of the `random` ones."""
        faults: dict[str, Any] = self._call("GET", "/faults")
        return faults

    def clear_faults(self) -> None:
        self._call("DELETE", "/faults")

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self._call("POST", "/clock", {"advance": seconds})

    def now(self) -> str:
        return str(self._call("GET", "/clock")["now"])

    def requests(self, *, method: str = "*", path: str = "*") -> list[dict[str, Any]]:
        """What came in, in order; `path` is a glob."""
        entries: list[dict[str, Any]] = self._call("GET", "/requests")
        return [
            entry for entry in entries if method in {"*", entry["method"]} and fnmatch.fnmatchcase(entry["path"], path)
        ]

    def clear_requests(self) -> None:
        self._call("DELETE", "/requests")

    def recordings(self, meeting_id: str | None = None) -> list[dict[str, Any]]:
        """All there are, the oldest first, whatever the account."""
        recordings: list[dict[str, Any]] = self._call("GET", "/recordings")
        return [one for one in recordings if meeting_id in {None, one["meeting_id"]}]

    def set_status(self, recording_id: str, status: Status) -> None:
        """Sets a status as if somebody else had."""
        self._call("PATCH", f"/recordings/{part(recording_id)}", {"status": status})

    def forget(self, recording_id: str) -> None:
        """The service knows nothing of it any more."""
        self._call("DELETE", f"/recordings/{part(recording_id)}")

    def reset(self) -> None:
        """As if nothing had happened; only the clock goes on."""
        self._call("POST", "/reset", {})

    def _reserve_port(self) -> None:
        """Sees to it that nobody else gets the port while the server is down.

        On Linux a port may be bound by two that both say SO_REUSEADDR, and only the one that listens is connected to;
        it is given to no client's end of a connection meanwhile. Elsewhere the port is merely likely to be free.
        """
        if sys.platform == "linux" and self.port == 0:
            with socket.socket() as reserved:
                reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                reserved.bind(("127.0.0.1", 0))
                self.port = reserved.getsockname()[1]
                weakref.finalize(self, os.close, reserved.detach())

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        if self._client is None:
            raise RuntimeError("the sandbox API is not running: start() it, or use it in a with statement")
        response = self._client.request(method, f"/_sandbox{path}", json=body)
        if response.is_error:
            raise ValueError(f"{method} {path}: {response.json()['error']}")
        return response.json()

    def _end(self, number: signal.Signals) -> int | None:
        if self._process is None:
            return None
        self._process.send_signal(number)
        return self._ended()

    def _ended(self) -> int | None:
        if self._client is not None:
            self._client.close()
            self._client = None
        process, self._process = self._process, None
        if process is None:
            return None
        try:
            process.communicate(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return process.returncode
