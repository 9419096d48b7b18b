"""The command that runs the API. It imports the server only when it runs, so that importing this costs little."""

from __future__ import annotations

import os
import signal
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sandbox.api.service import Server

PORT = 8700
DEFAULT_TOKEN = "sandbox-token"  # noqa: S105 - it is public
BACKLOG = 2_048


def _with_accounts(_: click.Context, __: click.Parameter, tokens: tuple[str, ...]) -> list[tuple[str | None, str]]:
    """Each token with the account that it is for; None: for every account."""
    accepted: list[tuple[str | None, str]] = []
    for text in tokens:
        account, equals, token = text.partition("=")
        if not text or (equals and not (account and token)):
            raise click.BadParameter(f"{text!r} is neither a token nor account=token")
        accepted.append((account, token) if equals else (None, text))
    return accepted


@click.command("api")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65_535), help="0: a free one.")
@click.option(
    "--dialect",
    type=click.Choice(["live", "documented", "reference"]),
    default="live",
    show_default=True,
    help="Which of the servers that the sources describe.",
)
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="File that outlives the process.")
@click.option(
    "--token",
    "tokens",
    multiple=True,
    metavar="[ACCOUNT=]TOKEN",
    default=[DEFAULT_TOKEN],
    show_default=True,
    callback=_with_accounts,
    help="A token, for one account or for all; may be repeated.",
)
@click.option(
    "--latency", default=0.0, show_default=True, type=click.FloatRange(0), help="Seconds that every call takes."
)
@click.option(
    "--request-limit",
    default=1_000,
    show_default=True,
    type=click.IntRange(0),
    help="Requests of an account in the window, 429 beyond; 0: no limit.",
)
@click.option(
    "--request-window",
    default=50.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Seconds of that window.",
)
@click.option(
    "--user-limit",
    default=3_500,
    show_default=True,
    type=click.IntRange(0),
    help="Requests with one token in its window, 429 beyond; 0: no limit.",
)
@click.option(
    "--user-window",
    default=300.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Seconds of that window.",
)
@click.option("--start-seconds", default=2.0, show_default=True, type=click.FloatRange(0), help="INVOKED to RECORDING.")
@click.option(
    "--upload-seconds", default=2.0, show_default=True, type=click.FloatRange(0), help="UPLOADING to UPLOADED."
)
@click.option(
    "--short-recordings",
    type=click.Choice(["errored", "uploaded"]),
    default="errored",
    show_default=True,
    help="What becomes of a recording of less than 5 s.",
)
@click.option("--while-stdin-open", is_flag=True, help="Stop at the end of standard input.")
def api(host: str, port: int, while_stdin_open: bool, **options: Any) -> None:
    """Run the RealtimeKit recordings API, emulated.

    The first line of output is its base URL, printed once it accepts connections. Stop it with Ctrl-C.
    """
    from sandbox.api.service import Server, Service
    from sandbox.api.settings import Settings
    from sandbox.api.store import UnusableState

    try:
        service = Service(Settings(**options))
    except UnusableState as error:
        raise click.ClickException(str(error)) from None
    listener = _listening(host, port)
    host, port = listener.getsockname()[:2]
    base_url = f"http://{f'[{host}]' if ':' in host else host}:{port}/client/v4"
    server = Server(service, accepting=lambda: click.echo(base_url))
    # uvicorn hands a signal that stopped it on to who was there before it: here itself, so that a stop is no failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    if while_stdin_open:
        threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    try:
        server.run(sockets=[listener])
    finally:
        service.close()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sends small answers without delay (TCP_NODELAY) only where it is.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise click.ClickException(f"can't listen on {host}:{port}: {reason}; --port 0 takes a free port") from None
    return listener


def _stop_at_end_of_input(server: Server) -> None:
    while os.read(0, 4_096):
        pass
    server.should_exit = True
