"""`python -m recording_webhook [--settings FILE] [serve | jobs [--wait SECONDS] | retry]`."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sqlite3
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from recording_webhook.application import create_application
from recording_webhook.connections import ACCEPTED_AT_ONCE, QUEUE, Connections
from recording_webhook.inbox import Inbox, State
from recording_webhook.settings import ENVIRONMENT_PREFIX, Settings, SettingsError, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recording_webhook.inbox import Job

logger = logging.getLogger("recording_webhook")

_USUAL_FILE = Path("settings.yaml")
_POLL_SECONDS = 0.2
_IDLE_SECONDS = 5


def main() -> int:
    """Exit codes: 0; 1 the store or address cannot be used, or a job was given up; 2 wrong settings or arguments.

    README.md tells more of them.
    """
    options = _options()
    file = options.settings or os.environ.get(f"{ENVIRONMENT_PREFIX}SETTINGS")
    try:
        settings = load(Path(file) if file else _USUAL_FILE if _USUAL_FILE.is_file() else None, os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        inbox = Inbox(settings.store, retry=settings.retry, remember_days=settings.remember_days)
        if options.verb == "jobs":
            return _show(inbox, options.wait)
        if options.verb == "retry":
            sys.stdout.write("".join(f"{job.action.value} of {job.stack} waits again\n" for job in inbox.retry()))
            return 0
    except (OSError, sqlite3.Error) as error:
        sys.stderr.write(f"store: {settings.store}: cannot be used: {error}\n")
        return 1
    return _serve(settings, inbox)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m recording_webhook", description=sys.modules["recording_webhook"].__doc__
    )
    parser.add_argument(
        "--settings", metavar="FILE", help=f"default: ${ENVIRONMENT_PREFIX}SETTINGS, else {_USUAL_FILE}"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="serve | jobs | retry")
    verbs.add_parser("serve", help="take webhooks and run their jobs; the default")
    jobs = verbs.add_parser(
        "jobs", help="what waits, is for later, runs, or was given up; exit code 1 with anything given up"
    )
    jobs.add_argument(
        "--wait", type=float, default=0, metavar="SECONDS", help="until nothing waits or runs, at most so long"
    )
    verbs.add_parser("retry", help="let what was given up run again")
    return parser.parse_args()


def _serve(settings: Settings, inbox: Inbox) -> int:
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _exit)  # uvicorn takes its place while it runs, and raises the signal again at the end
    try:
        listening = _bound(*settings.address)
    except OSError as error:
        sys.stderr.write(f"listen: {settings.listen} cannot be used: {error.strerror}\n")
        return 1
    connections = Connections(most=settings.connections, head_seconds=settings.head_seconds)
    connections.make_room()
    config = uvicorn.Config(
        create_application(settings, inbox),
        http=connections.protocol(),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=ACCEPTED_AT_ONCE,
        timeout_keep_alive=min(_IDLE_SECONDS, int(settings.head_seconds)),
        timeout_graceful_shutdown=5,
    )
    stacks = ",".join(str(stack) for stack in settings.stacks(None))
    logger.info("starting stacks=%s command=%r store=%s", stacks, " ".join(settings.command), settings.store)
    _Server(config).run(sockets=[listening])
    return 0


def _bound(host: str, port: int) -> socket.socket:
    """A socket of this address. Raises OSError where it is taken, or not this machine's."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that linger do not hold it
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening


def _exit(_number: int, _frame: object) -> None:
    logger.info("ended")
    sys.exit(0)


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Says where it listens once it does; with port 0 nothing else tells."""
        await super().startup(sockets)
        for listening in sockets or []:
            listening.listen(QUEUE)  # uvicorn's `backlog` is this and how many are accepted at once, in one number
            address, port, *_ = listening.getsockname()
            logger.info("listening url=http://%s:%d", f"[{address}]" if ":" in address else address, port)


def _show(inbox: Inbox, wait_seconds: float) -> int:
    until = time.monotonic() + wait_seconds
    while _goes_on(jobs := inbox.jobs()) and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
    sys.stdout.write(_table(jobs))
    return int(any(job.state is State.GIVEN_UP for job in jobs) or (wait_seconds > 0 and _goes_on(jobs)))


def _goes_on(jobs: Sequence[Job]) -> bool:
    return any(job.state in (State.WAITING, State.RUNNING) for job in jobs)


def _table(jobs: Sequence[Job]) -> str:
    if not jobs:
        return "nothing waits, runs or was given up\n"
    heads = ("STATE", "RUN", "STACK", "WEBHOOKS", "ATTEMPTS", "TIME", "LAST PROBLEM")
    rows = [heads, *(_row(job) for job in jobs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    return "".join("  ".join(map(str.ljust, row, widths)).rstrip() + "\n" for row in rows)


def _row(job: Job) -> tuple[str, ...]:
    moment = datetime.fromtimestamp(job.time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return job.state.value, job.action.value, str(job.stack), str(job.webhooks), str(job.attempts), moment, job.detail


if __name__ == "__main__":
    sys.exit(main())
