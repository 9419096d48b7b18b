"""A server that answers what a test says, down to the bytes and the pauses between them."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Answer:
    """An answer; `trickle` seconds lie between its bytes, from the first byte of `trickles` on (`head` or `body`)."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    trickle: float = 0
    trickles: str = "body"

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Script = Callable[[Request], Answer]


class Scripted:
    """A running server: where it is, and what it was asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.base_url = f"{self.url}/client/v4"
        self.token = "scripted-token"
        self.requests: list[Request] = []


@contextmanager
def scripted(script: Script) -> Iterator[Scripted]:
    """Runs a server that answers by the script."""
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            content = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, json.loads(content) if content else None)
            running.requests.append(request)
            answer = script(request)
            head = f"HTTP/1.1 {answer.status} Scripted\r\n"
            for name, value in {"content-length": str(len(answer.content)), **answer.headers}.items():
                head += f"{name}: {value}\r\n"
            self.say(f"{head}\r\n".encode(), answer.trickle if answer.trickles == "head" else 0)
            self.say(answer.content, answer.trickle)

        def say(self, content: bytes, trickle: float) -> None:
            step = 1 if trickle else max(len(content), 1)
            try:
                for start in range(0, len(content), step):
                    if trickle and stop.wait(trickle):
                        return
                    self.wfile.write(content[start : start + step])
            except OSError:
                self.close_connection = True  # the client has gone

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # a client that has gone

    with Server(("127.0.0.1", 0), Handler) as server:
        running = Scripted(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield running
        finally:
            stop.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[[Script], Scripted]]:
    """Starts services that answer as a test has written it; they end with the test."""
    with ExitStack() as running:
        yield lambda script: running.enter_context(scripted(script))
