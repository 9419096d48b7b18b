"""One command at a time for each stack: a file lock (flock), which the system frees when the last holder is gone.

A lock with a time limit would be held too long after a crash, or be lost in a run that takes longer. The store is on a
local disk: two services share it on one machine.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recording_webhook.settings import Stack


@contextmanager
def opening(folder: Path) -> Iterator[None]:
    """Makes the store's folder, for its owner alone, and holds it while it is being set up."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = _open(folder / "opening.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def take(folder: Path, stack: Stack) -> int | None:
    """A file descriptor: the stack's lock is held until it and every copy of it are closed. None: somebody has it."""
    name = hashlib.sha256(f"{stack.project}\0{stack.stack}".encode()).hexdigest()[:16]
    descriptor = _open(folder / f"stack-{name}.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _open(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
