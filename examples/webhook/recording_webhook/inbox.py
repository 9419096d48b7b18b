"""The durable queue: one SQLite database.

A webhook is remembered and its job recorded in one transaction, so that a crash loses neither. A job stays in the
database until its run has succeeded: whatever ends the service, the next one runs it again. Queue libraries remove a
job when it begins, and know neither of the two; what they would save is less than what they would need around them.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Literal, NamedTuple

from recording_webhook.settings import Action, Settings

State = Literal["waiting", "later", "running", "failed"]

_DAY_SECONDS = 86_400
_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (mark TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    meeting TEXT NOT NULL,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    due REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    problem TEXT NOT NULL DEFAULT ''
);
"""
_INSERT = "INSERT INTO job (meeting, action, state, due) VALUES (?, ?, ?, ?)"


class Job(NamedTuple):
    """What a webhook asks for. The settings say which stack its meeting belongs to."""

    id: int
    meeting: str
    action: Action
    state: State
    """`later`: the second `up` after a start. `running`: it is, or was when the service was killed."""
    due: float
    """Unix time of the next run; for a running job, of the run that follows if the service is killed."""
    attempts: int
    """Runs begun, without those that the end of the service interrupted."""
    problem: str
    """Why the last run failed."""


class Inbox:
    """Jobs in the order in which they came. Each method is one transaction, and raises `sqlite3.Error` if it fails."""

    def __init__(self, settings: Settings) -> None:
        settings.store.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._settings = settings
        with self._transaction() as connection:
            connection.executescript(_SCHEMA)

    def accept(self, marks: Iterable[str], meetings: Iterable[str], action: Action, *, again: bool) -> bool:
        """Record a job for each meeting, a second one if `again`; nothing, and return False, if a mark is known."""
        now = time.time()
        with self._transaction() as connection:
            connection.execute("DELETE FROM seen WHERE at < ?", (now - self._settings.remember_days * _DAY_SECONDS,))
            for mark in marks:
                if not connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (mark, now)).rowcount:
                    return False
            for meeting in meetings:
                connection.execute(_INSERT, (meeting, action, "waiting", now + self._settings.settle_seconds))
                if again and self._settings.look_again_seconds:
                    connection.execute(_INSERT, (meeting, action, "later", now + self._settings.look_again_seconds))
        return True

    def jobs(self) -> list[Job]:
        """Everything that is not done."""
        with self._transaction() as connection:
            return [Job(*row) for row in connection.execute("SELECT * FROM job ORDER BY id")]

    def update(self, jobs: Iterable[Job], state: State, due: float, attempts: int, problem: str = "") -> None:
        """Only whoever holds the lock of the jobs' stack may call this or `remove`."""
        with self._transaction() as connection:
            connection.executemany(
                "UPDATE job SET state = ?, due = ?, attempts = ?, problem = ? WHERE id = ?",
                [(state, due, attempts, problem, job.id) for job in jobs],
            )

    def remove(self, jobs: Iterable[Job]) -> None:
        """They are done."""
        with self._transaction() as connection:
            connection.executemany("DELETE FROM job WHERE id = ?", [(job.id,) for job in jobs])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._settings.store / "inbox.sqlite3")) as connection, connection:
            connection.execute("PRAGMA synchronous = EXTRA")  # a commit is on the disk, after a power cut too
            yield connection
