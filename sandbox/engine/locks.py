"""Locks of a stack: one file for each process at work, in the folder that the CLI looks into.

Source: `pkg/backend/diy/lock.go` of pulumi/pulumi.
"""

import getpass
import json
import os
import socket
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timezone
from pathlib import Path

from sandbox.engine.errors import UserError
from sandbox.engine.files import write_whole


class StackLockedError(UserError):
    """Somebody else is at work on the stack, or was killed while being so."""


class StackLock(AbstractContextManager[None]):
    """A lock of one's own. Two that try at once may both be refused, never both admitted."""

    def __init__(
        self, folder: Path, *, on_entry: Callable[[], None] = lambda: None, on_exit: Callable[[], None] = lambda: None
    ) -> None:
        self._folder = folder
        self._path = folder / f"{uuid.uuid4()}.json"
        self._on_entry, self._on_exit = on_entry, on_exit

    def __enter__(self) -> None:
        self._refuse_others()
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._path, json.dumps(_holder()).encode(), via=self._folder.parent)
        try:
            self._refuse_others()
            self._on_entry()
        except BaseException:
            self._path.unlink(missing_ok=True)
            raise

    def __exit__(self, *_: object) -> None:
        try:
            self._on_exit()
        finally:
            self._path.unlink(missing_ok=True)

    def _refuse_others(self) -> None:
        others = [path for path in locks_in(self._folder) if path != self._path]
        if not others:
            return
        lines = [f"\n  file://{path}: created by {_described(path)}" for path in others]
        raise StackLockedError(
            f"the stack is currently locked by {len(others)} lock(s). Either wait for the other process(es) to end"
            f" or delete the lock file with `python -m sandbox cancel`.{''.join(lines)}"
        )


def locks_in(folder: Path) -> list[Path]:
    """The lock files, oldest name first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix != ".attrs")


def _holder() -> dict[str, object]:
    return {
        "pid": os.getpid(),
        "username": _user(),
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def _described(path: Path) -> str:
    try:
        holder = json.loads(path.read_bytes())
        return f"{holder['username']}@{holder['hostname']} (pid {holder['pid']}) at {holder['timestamp']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "an unknown process"
