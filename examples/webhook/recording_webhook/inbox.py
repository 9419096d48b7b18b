"""What is to be run, kept where a crash or a restart does not reach it.

One SQLite database, since three things have to happen together or not at all: the webhook's uuid is remembered, its job
is recorded, and the job is folded into the one that waits. That is one transaction here; with a file for each job it
would be three steps, and a crash between two of them would lose a job or run it twice. A commit is on the disk
(write-ahead log, `synchronous=FULL`) before the webhook is answered.

Of each stack there is at most one job running, one waiting, one for later and one given up: that is the table's primary
key.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from recording_webhook.lock import opening
from recording_webhook.settings import Action, Retry, Stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BUSY_SECONDS = 2.0
_DAY_SECONDS = 86_400.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (mark TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_at ON seen (at);
CREATE TABLE IF NOT EXISTS job (
    project TEXT NOT NULL,
    stack TEXT NOT NULL,
    state TEXT NOT NULL,
    action TEXT NOT NULL,
    webhooks INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    time REAL NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (project, stack, state)
) WITHOUT ROWID;
"""
# Two jobs of a stack in the same state become one: `up` includes `refresh`, the earlier time holds, and what a new
# webhook asks for is tried as often as if nothing had failed before. Of what is for later the later time holds: a look
# after the last start is one after each of them.
_FOLD = """
INSERT INTO job VALUES (:project, :stack, :state, :action, :webhooks, :attempts, :time, :detail)
ON CONFLICT (project, stack, state) DO UPDATE SET
    action = CASE WHEN 'up' IN (action, excluded.action) THEN 'up' ELSE 'refresh' END,
    webhooks = webhooks + excluded.webhooks,
    attempts = min(attempts, excluded.attempts),
    time = CASE state WHEN 'later' THEN max(time, excluded.time) ELSE min(time, excluded.time) END,
    detail = CASE excluded.detail WHEN '' THEN detail ELSE excluded.detail END
"""
# What starts a recording goes first: each second that it waits is missing from the recording.
_READY = """
SELECT project, stack FROM job WHERE state = 'running' OR (state IN ('waiting', 'later') AND time <= ?)
GROUP BY project, stack ORDER BY max(action = 'up') DESC, min(time)
"""
_ONE = "WHERE project = :project AND stack = :stack AND state = :state"


class State(str, Enum):
    """Where a job is; one that is done is no longer in the inbox."""

    WAITING = "waiting"
    LATER = "later"
    """A second look: it waits once it is due, unless another `up` does its work."""
    RUNNING = "running"
    GIVEN_UP = "given up"


class Job(NamedTuple):
    """What is to be done with a stack, for as many webhooks as came in meanwhile."""

    stack: Stack
    state: State
    action: Action
    webhooks: int
    """For how many it is; for none, where it is a second look."""
    attempts: int
    """How many runs of it were begun."""
    time: float
    """Unix time: of a job that waits, or is for later, its next run; of others since when."""
    detail: str = ""
    """How its last run failed."""


class Inbox:
    """The jobs of all stacks. Every method is one transaction, and raises `sqlite3.Error` where the store fails."""

    def __init__(self, folder: Path, *, retry: Retry, remember_days: float) -> None:
        self._retry = retry
        self._remember_seconds = remember_days * _DAY_SECONDS
        self._turn = threading.Lock()
        with opening(folder):  # two services that make the database at the same time would get in each other's way
            self._connection = sqlite3.connect(
                folder / "inbox.sqlite3", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Leaves the database in one file."""
        with self._turn:
            self._connection.close()

    def accept(
        self,
        marks: Iterable[str],
        stacks: Iterable[Stack],
        action: Action,
        *,
        settle_seconds: float,
        look_again_seconds: float = 0,
    ) -> bool:
        """Records a job for each stack; nothing, and false, for a webhook that is known already by any of its marks.

        look_again_seconds: to a second run of it; 0: none.
        """
        with self._transaction() as connection:
            now = time.time()
            connection.execute("DELETE FROM seen WHERE at < ?", (now - self._remember_seconds,))
            for mark in marks:
                if not connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (mark, now)).rowcount:
                    return False
            for stack in stacks:
                _fold(connection, Job(stack, State.WAITING, action, 1, 0, now + settle_seconds))
                if look_again_seconds:
                    _fold(connection, Job(stack, State.LATER, action, 0, 0, now + look_again_seconds))
        return True

    def ready(self) -> list[Stack]:
        """Stacks with a job that is due, or with one that runs, or did when its service was killed: its lock tells."""
        with self._transaction(writes=False) as connection:
            return [_stack(*row) for row in connection.execute(_READY, (time.time(),))]

    def claim(self, stack: Stack) -> Job | None:
        """The job to run now, or one that has just been given up.

        The caller holds the stack's lock. So a job that is marked as running was left by a service that is gone.
        """
        with self._transaction() as connection:
            now = time.time()
            left = _take(connection, stack, State.RUNNING)
            if left is not None:
                left = self._again(
                    connection,
                    left._replace(detail="it is not known how its last run ended: was the service killed?", time=now),
                    pause=0,
                )
                if left.state is State.GIVEN_UP:
                    return left
            _recall(connection, stack, now)
            waiting = _take(connection, stack, State.WAITING)
            if waiting is None:
                return None
            if waiting.time > now:
                _fold(connection, waiting)
                return None
            job = waiting._replace(state=State.RUNNING, attempts=waiting.attempts + 1, time=now)
            _fold(connection, job)
            return job

    def succeed(self, job: Job) -> None:
        """It is done, and so is what was given up before and is included in it."""
        with self._transaction() as connection:
            _take(connection, job.stack, State.RUNNING)
            given_up = _take(connection, job.stack, State.GIVEN_UP)
            if given_up is not None and given_up.action is Action.UP and job.action is Action.REFRESH:
                _fold(connection, given_up)

    def fail(self, job: Job, detail: str) -> Job:
        """It waits for its next run or is given up, as the result says."""
        with self._transaction() as connection:
            _take(connection, job.stack, State.RUNNING)
            failed = job._replace(detail=detail, time=time.time())
            return self._again(connection, failed, pause=self._retry.pause(job.attempts))

    def postpone(self, job: Job, detail: str) -> None:
        """Somebody else is at work on the stack: it waits for that, however long, and this run does not count."""
        with self._transaction() as connection:
            _take(connection, job.stack, State.RUNNING)
            again = time.time() + self._retry.locked_seconds
            _fold(connection, job._replace(state=State.WAITING, attempts=job.attempts - 1, time=again, detail=detail))

    def release(self, job: Job) -> None:
        """It was interrupted because the service ends: that is not its failure, and it is the first to run again."""
        with self._transaction() as connection:
            _take(connection, job.stack, State.RUNNING)
            _fold(connection, job._replace(state=State.WAITING, attempts=job.attempts - 1, time=time.time()))

    def retry(self) -> list[Job]:
        """Everything given up waits again, to be run at once."""
        with self._transaction() as connection:
            jobs = [job for job in _jobs(connection) if job.state is State.GIVEN_UP]
            for job in jobs:
                _take(connection, job.stack, State.GIVEN_UP)
                _fold(connection, job._replace(state=State.WAITING, attempts=0, time=time.time()))
        return jobs

    def jobs(self) -> list[Job]:
        """Everything that is not done."""
        with self._transaction(writes=False) as connection:
            return _jobs(connection)

    def _again(self, connection: sqlite3.Connection, failed: Job, *, pause: float) -> Job:
        given_up = failed.attempts >= self._retry.attempts and _find(connection, failed.stack, State.WAITING) is None
        state, later = (State.GIVEN_UP, 0.0) if given_up else (State.WAITING, pause)
        return _fold(connection, failed._replace(state=state, time=failed.time + later))

    @contextmanager
    def _transaction(self, *, writes: bool = True) -> Iterator[sqlite3.Connection]:
        with self._turn:
            self._connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
            with self._connection:
                yield self._connection


def _recall(connection: sqlite3.Connection, stack: Stack, now: float) -> None:
    """What was for later and is due waits now, unless an `up` waits: that one runs late enough, after a failure too."""
    later = _find(connection, stack, State.LATER)
    if later is None or later.time > now:
        return
    _take(connection, stack, State.LATER)
    waiting = _find(connection, stack, State.WAITING)
    if waiting is None or waiting.action is not Action.UP:
        _fold(connection, later._replace(state=State.WAITING))


def _fold(connection: sqlite3.Connection, job: Job) -> Job:
    state = {"state": job.state.value, "action": job.action.value}
    connection.execute(_FOLD, {**job._asdict(), **_key(job.stack), **state})
    folded = _find(connection, job.stack, job.state)
    return job if folded is None else folded


def _find(connection: sqlite3.Connection, stack: Stack, state: State) -> Job | None:
    key = {**_key(stack), "state": state.value}
    row = connection.execute(f"SELECT * FROM job {_ONE}", key).fetchone()
    return None if row is None else _job(row)


def _take(connection: sqlite3.Connection, stack: Stack, state: State) -> Job | None:
    job = _find(connection, stack, state)
    connection.execute(f"DELETE FROM job {_ONE}", {**_key(stack), "state": state.value})
    return job


def _jobs(connection: sqlite3.Connection) -> list[Job]:
    return [_job(row) for row in connection.execute("SELECT * FROM job ORDER BY time")]


def _job(row: tuple[Any, ...]) -> Job:
    project, stack, state, action, *rest = row
    return Job(_stack(project, stack), State(state), Action(action), *rest)


def _key(stack: Stack) -> dict[str, str]:
    return {"project": str(stack.project), "stack": stack.stack}


def _stack(project: str, name: str) -> Stack:
    """As it was recorded: that its folder has since gone is for its run to say."""
    return Stack.model_construct(project=Path(project), stack=name)
