"""`python -m recording_webhook [--settings FILE] [jobs [--wait SECONDS]]`."""

import argparse
import logging
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path

import uvicorn
from pydantic import ValidationError
from pydantic_settings import SettingsError
from yaml import YAMLError

from recording_webhook.application import create_application
from recording_webhook.inbox import Inbox, Job
from recording_webhook.runner import Runner
from recording_webhook.settings import Settings, load

_USUAL_FILE = Path("settings.yaml")
_POLL_SECONDS = 0.2
_LOG = "%(asctime)s %(levelname)s %(message)s"
_ROW = "{:8} {:8} {:36} {:>8}  {:20} {}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0; 1 the store cannot be used, or a job fails; 2 settings or arguments; 3 the address (uvicorn's)."""
    options = _parser().parse_args(arguments)
    given = options.settings or os.environ.get("RECORDING_WEBHOOK_SETTINGS")
    file = Path(given).resolve() if given else _USUAL_FILE.resolve() if _USUAL_FILE.exists() else None
    try:
        if file:
            os.chdir(file.parent)  # relative paths in the settings start there
        settings = load(file)
    except ValidationError as error:
        for problem in error.errors():
            print(f"settings: {'.'.join(map(str, problem['loc']))}: {problem['msg']}", file=sys.stderr)
        return 2
    except (OSError, ValueError, YAMLError, SettingsError) as error:
        print(f"settings: {file}: {error}", file=sys.stderr)
        return 2
    try:
        inbox = Inbox(settings)
        if options.command == "jobs":
            return _show(inbox, options.wait)
    except (OSError, sqlite3.Error) as error:
        print(f"store: {settings.store}: cannot be used: {error}", file=sys.stderr)
        return 1
    _serve(settings, inbox)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m recording_webhook")
    parser.add_argument("--settings", metavar="FILE", help="else $RECORDING_WEBHOOK_SETTINGS, else settings.yaml")
    commands = parser.add_subparsers(dest="command", metavar="jobs")
    jobs = commands.add_parser("jobs", help="instead of serving, show what is not done; exit code 1 if a job fails")
    jobs.add_argument("--wait", type=float, default=0, metavar="SECONDS", help="until nothing waits or runs")
    return parser


def _serve(settings: Settings, inbox: Inbox) -> None:
    logging.basicConfig(level=logging.INFO, format=_LOG, datefmt="%Y-%m-%dT%H:%M:%S%z")
    runner = Runner(settings, inbox)
    host, port = settings.address
    _on_signals(lambda *_: sys.exit(0))  # uvicorn sets its own while it serves, and raises the signal again at the end
    runner.start()
    try:
        uvicorn.run(
            create_application(settings, inbox, runner),
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    finally:
        _on_signals(lambda *_: None)  # waiting is not cut short
        runner.stop()


def _on_signals(handler: Callable[..., None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _show(inbox: Inbox, wait_seconds: float) -> int:
    until = time.monotonic() + wait_seconds
    while _goes_on(jobs := inbox.jobs()) and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
    print(_ROW.format("STATE", "RUN", "MEETING", "ATTEMPTS", "DUE", "PROBLEM"))
    for job in jobs:
        due = datetime.fromtimestamp(job.due, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        row = _ROW.format(job.state, job.action, job.meeting, job.attempts, due, job.problem)
        print(row.rstrip())
    failing = any(job.state == "failed" for job in jobs)
    return int(failing or (wait_seconds > 0 and _goes_on(jobs)))


def _goes_on(jobs: Sequence[Job]) -> bool:
    return any(job.state in ("waiting", "running") for job in jobs)


if __name__ == "__main__":
    sys.exit(main())
