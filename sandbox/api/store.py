"""What outlives the process: recordings, meetings and the clock, in memory and, row by row, in one SQLite file.

A row is written before the call that made it is answered, so that a killed server has forgotten nothing it said. Faults
and the log of requests are not kept.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from sandbox.api.clock import LATEST
from sandbox.api.meeting import Meeting
from sandbox.api.recording import Recording

FORMAT = 1
TABLES = """
create table recordings (id text primary key, fact text not null) without rowid;
create table meetings (id text primary key, fact text not null) without rowid;
create table clock (advanced real not null);
insert into clock values (0);
"""


class UnusableState(Exception):
    """The state file can't be used as it is; the text says why and what to do. It has not been touched."""


class Store:
    """All recordings and meetings.

    Args:
        path: the state file, made where there is none; None keeps everything in memory.

    Raises:
        UnusableState: the file is something else, another version's, or in use.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._recordings: dict[str, Recording] = {}
        self._by_meeting: dict[tuple[str, str, str], dict[str, None]] = {}
        self._meetings: dict[str, Meeting] = {}
        self.advanced = 0.0
        """Seconds that the clock was ahead of real time when the file was opened."""
        self._database = _connected(path)
        try:
            _prepare(self._database)
            self._read()
        except (sqlite3.Error, ValueError) as error:
            self._database.close()
            raise UnusableState(f"{path}: {_explained(error)}") from None

    def _read(self) -> None:
        ((self.advanced,),) = self._database.execute("select advanced from clock").fetchall()
        if time.time() + self.advanced > LATEST:
            raise ValueError("its clock has gone too far")
        for (fact,) in self._database.execute("select fact from recordings"):
            self._remember(Recording.model_validate_json(fact))
        for (fact,) in self._database.execute("select fact from meetings"):
            meeting = Meeting.model_validate_json(fact)
            self._meetings[meeting.id] = meeting

    def close(self) -> None:
        self._database.close()

    def save_clock(self, advanced: float) -> None:
        self._database.execute("update clock set advanced = ?", (advanced,))

    def recording(self, recording_id: str) -> Recording | None:
        return self._recordings.get(recording_id)

    def recordings(self) -> Iterable[Recording]:
        """All of all accounts."""
        return self._recordings.values()

    def recordings_of(self, account_id: str, app_id: str, meeting_id: str | None = None) -> list[Recording]:
        """Those of an app, or of one of its meetings, in no particular order."""
        if meeting_id is not None:
            ids = self._by_meeting.get((account_id, app_id, meeting_id), {})
            return [self._recordings[recording_id] for recording_id in ids]
        return [one for one in self._recordings.values() if (one.account_id, one.app_id) == (account_id, app_id)]

    def save_recording(self, recording: Recording) -> None:
        self._write("recordings", recording)
        self._remember(recording)

    def forget_recording(self, recording: Recording) -> None:
        self._database.execute("delete from recordings where id = ?", (recording.id,))
        del self._recordings[recording.id]
        del self._by_meeting[_place(recording)][recording.id]

    def meeting(self, meeting_id: str) -> Meeting | None:
        return self._meetings.get(meeting_id)

    def meetings(self) -> Iterable[Meeting]:
        return self._meetings.values()

    def save_meeting(self, meeting: Meeting) -> None:
        self._write("meetings", meeting)
        self._meetings[meeting.id] = meeting

    def clear(self) -> None:
        """Forgets every recording and meeting; the clock stays."""
        self._database.execute("delete from recordings")
        self._database.execute("delete from meetings")
        self._recordings.clear()
        self._by_meeting.clear()
        self._meetings.clear()

    def _remember(self, recording: Recording) -> None:
        self._recordings[recording.id] = recording
        self._by_meeting.setdefault(_place(recording), {})[recording.id] = None

    def _write(self, table: str, fact: Recording | Meeting) -> None:
        row = (fact.id, fact.model_dump_json(exclude_defaults=True))
        self._database.execute(f"insert or replace into {table} values (?, ?)", row)  # noqa: S608 - a name of ours


def _place(recording: Recording) -> tuple[str, str, str]:
    return recording.account_id, recording.app_id, recording.meeting_id


def _connected(path: Path | None) -> sqlite3.Connection:
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(path or ":memory:", isolation_level=None, timeout=0)
    except (OSError, sqlite3.OperationalError) as error:
        raise UnusableState(f"{path}: {error}; name another file with --state") from None


def _prepare(database: sqlite3.Connection) -> None:
    database.execute("pragma locking_mode = exclusive")
    (version,) = database.execute("pragma user_version").fetchone()
    (tables,) = database.execute("select count(*) from sqlite_master").fetchone()
    fresh = version == 0 and tables == 0
    if version != FORMAT and not fresh:
        raise ValueError(f"format {version}, where this sandbox has {FORMAT}")
    # Each write is in the file before it is answered, and nothing waits for the disk: what a killed process wrote is
    # there, and a sandbox need not survive a power cut.
    database.execute("pragma journal_mode = wal").fetchone()
    database.execute("pragma synchronous = off")
    if fresh:
        database.executescript(f"begin exclusive; {TABLES} pragma user_version = {FORMAT}; commit")


def _explained(error: Exception) -> str:
    if "locked" in str(error):
        return "in use by another sandbox API; stop that one, or name another file with --state"
    reason = "its contents are not what this sandbox writes" if isinstance(error, ValidationError) else str(error)
    return f"not a state of the sandbox API ({reason}); remove it, or name another file with --state"
