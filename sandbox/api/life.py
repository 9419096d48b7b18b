"""The life of a recording: its status and times at a moment, computed only from the facts and the clock.

INVOKED → RECORDING (↔ PAUSED) → UPLOADING → UPLOADED or ERRORED, with time, and by statuses that are set.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.api.meeting import Session
from sandbox.api.recording import Change, Recording, Status, StopReason

ACTIVE: frozenset[Status] = frozenset({"INVOKED", "RECORDING", "PAUSED"})

EMPTY_SECONDS = 60.0
"""A recording ends when nobody has been there for so long (documentation, "Stop recording")."""
MAX_SECONDS = 86_400.0
"""The longest that a recording without `max_seconds` lasts (same page)."""
SHORT_SECONDS = 5.0
"""One with less recorded than that may end as ERRORED."""


@dataclass(frozen=True)
class Life:
    status: Status
    since: float
    recorded_before: float = 0.0
    """Seconds recorded before `since`, pauses left out."""
    started_at: float | None = None
    stopped_at: float | None = None
    stop_reason: StopReason | None = None

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    def recorded(self, now: float) -> float:
        """Seconds recorded so far."""
        return self.recorded_before + (now - self.since if self.status == "RECORDING" else 0.0)


@dataclass(frozen=True)
class Step:
    at: float
    status: Status
    reason: StopReason | None = None


def life_at(recording: Recording, session: Session | None, now: float) -> Life:
    """Where the recording stands at `now`.

    What somebody set holds: only ends that come later than that are taken for the recording's own.
    """
    life = Life(status="INVOKED", since=recording.invoked_at)
    changes = iter(recording.changes)
    change = next(changes, None)
    while True:
        by_itself = min(_own_steps(life, recording, session), key=lambda step: step.at, default=None)
        if change is not None and (by_itself is None or change.at < by_itself.at):
            step = Step(change.at, change.status, _reason(change, life))
            change = next(changes, None)
        elif by_itself is not None:
            step = by_itself
        else:
            return life
        if step.at > now:
            return life
        life = _after(life, step)


def _own_steps(life: Life, recording: Recording, session: Session | None) -> Iterator[Step]:
    if life.status == "UPLOADING":
        short = recording.short_fails and life.recorded_before < SHORT_SECONDS
        yield Step(life.since + recording.upload_seconds, "ERRORED" if short else "UPLOADED", life.stop_reason)
    if not life.active:
        return
    if life.status == "INVOKED":
        if recording.stays_invoked:
            return
        started = life.since + recording.start_seconds
        yield Step(started, "ERRORED", "INTERNAL_ERROR") if recording.fails else Step(started, "RECORDING")
    for end, reason in _ends(life, recording, session):
        if end >= life.since:
            yield Step(end, "UPLOADING", reason)


def _ends(life: Life, recording: Recording, session: Session | None) -> Iterator[tuple[float, StopReason | None]]:
    if session is not None:
        yield math.inf if session.ended_at is None else session.ended_at, "ALL_PEERS_LEFT"
        emptied = session.emptied(recording.invoked_at, EMPTY_SECONDS)
        yield math.inf if emptied is None else emptied, "ALL_PEERS_LEFT"
    if life.started_at is not None:
        # The service documents no reason for this end.
        yield life.started_at + (recording.max_seconds or MAX_SECONDS), None


def _reason(change: Change, life: Life) -> StopReason | None:
    if change.status in ACTIVE:
        return None
    if change.status == "ERRORED":
        return "INTERNAL_ERROR"
    return "API_CALL" if life.active else life.stop_reason


def _after(life: Life, step: Step) -> Life:
    active = step.status in ACTIVE
    started_at = life.started_at
    if started_at is None and step.status == "RECORDING":
        started_at = step.at
    stopped_at = step.at if life.active or life.stopped_at is None else life.stopped_at
    return Life(
        status=step.status,
        since=step.at,
        recorded_before=life.recorded(step.at),
        started_at=started_at,
        stopped_at=None if active else stopped_at,
        stop_reason=None if active else step.reason,
    )
