"""A start: look before, start, and where the answer is lost look again.

Never two: a start is sent again only where it certainly did nothing, or where a look that succeeded shows that nothing
began. Never lost: once the service has accepted, whatever fails later, the recording is found and its id returned.

Where a server accepts a second start while the first is not yet visible in its lists, a start whose answer is lost can
be doubled. The looks last `LOOK_SECONDS` for that reason, and what turns out to be double is stopped.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pulumi_realtimekit._api import (
    AlreadyRecording,
    AnswerLost,
    ApiError,
    App,
    Recording,
    RecordingsApi,
)
from pulumi_realtimekit._arguments import WhenActive
from pulumi_realtimekit._claims import Claims
from pulumi_realtimekit._engine import Engine, EngineGone
from pulumi_realtimekit._told import Told

STARTS: Final = 4
"""How often a start is sent, at the most."""

LOOK_SECONDS: Final = (0.3, 0.7, 1.0, 2.0, 3.0, 3.0)
"""The pauses before the looks that follow a lost answer; shorter in proportion where a call's timeout is."""


class StartFailed(Told):
    """A start that ended without a recording that is known; the text says what may be running."""


class AnotherActive(Told):
    """A track recording of the meeting began before this start, and is not to be taken over."""


@dataclass(frozen=True)
class Started:
    """A recording, and whether it was found running instead of started here."""

    recording: Recording
    adopted: bool


class Starter:
    """Starts recordings, one at a time for each meeting."""

    def __init__(self, api: RecordingsApi, engine: Engine, claims: Claims) -> None:
        self._api, self._engine, self._claims = api, engine, claims
        self._meetings: defaultdict[tuple[App, str], threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def start(self, app: App, body: Mapping[str, Any], when_active: WhenActive) -> Started:
        """Starts a track recording of `body["meeting_id"]`, or takes over the one that is active.

        Raises: AnotherActive; StartFailed; ApiError where the service refused (nothing began); EngineGone.
        """
        with self._lock:
            in_turn = self._meetings[app, body["meeting_id"]]
        with in_turn:
            started = _Start(self._api, self._engine, self._claims, app, body, when_active).run()
            self._claims.add(started.recording.id)
        return started


class _Start:
    """One start: what was there before, and how often it was sent into doubt."""

    def __init__(
        self,
        api: RecordingsApi,
        engine: Engine,
        claims: Claims,
        app: App,
        body: Mapping[str, Any],
        when_active: WhenActive,
    ) -> None:
        self._api, self._engine, self._claims = api, engine, claims
        self._app, self._body, self._when_active = app, body, when_active
        self._meeting: str = body["meeting_id"]
        self._before: frozenset[str] = frozenset()
        self._lost = 0

    def run(self) -> Started:
        before = self._api.recordings(self._app, self._meeting)
        self._before = frozenset(recording.id for recording in before)
        running = self._first_active(before)
        if running:
            return self._take_over(running)
        for _ in range(STARTS):
            started = self._send()
            if started:
                return started
        raise StartFailed(
            f"meeting {self._meeting}: its track recording was started {STARTS} times, each answer was lost, and none "
            "shows in the service's list: one may be running nevertheless. Look with "
            "`pulumi stack export | python -m pulumi_realtimekit audit`; the next `up` takes over what it finds."
        )

    def _send(self) -> Started | None:
        """Sends the start, once for all that can be known; None where it certainly left nothing behind."""
        try:
            recording = self._api.start(self._app, self._body, self._require_engine)
        except AlreadyRecording as conflict:
            return self._after_conflict(conflict)
        except AnswerLost as lost:
            self._lost += 1
            return self._ours(self._look_for_ours(str(lost)))
        if recording is None:
            found = self._look_for_ours("the service accepted the start without naming the recording")
            if not found:
                raise StartFailed(
                    f"meeting {self._meeting}: the service accepted the start of its track recording, but named "
                    "none and lists none: it may be running. The next `up` takes over what it finds."
                )
            return self._ours(found)
        if self._lost:
            self._stop_doubles(recording)
        return self._ours([recording])

    def _ours(self, fresh: Sequence[Recording]) -> Started | None:
        """What began with this start; an engine that is gone cannot save it, so it must not run on."""
        if not fresh:
            return None
        kept, *doubles = fresh
        for double in doubles[: self._lost]:
            self._stop(double)
        if not self._engine.is_present():
            self._stop(kept)
            raise EngineGone(
                f"meeting {self._meeting}: the engine is gone, so its recording {kept.id} was stopped again"
            )
        return Started(kept, adopted=False)

    def _require_engine(self) -> None:
        if not self._engine.is_present():
            raise EngineGone(f"meeting {self._meeting}: the engine is gone, so no recording was started")

    def _look_for_ours(self, why: str) -> list[Recording]:
        """The track recordings that began since this start, the one to keep first."""
        return next((self._fresh(seen) for seen in self._looks(why) if self._fresh(seen)), [])

    def _looks(self, why: str) -> Iterator[list[Recording]]:
        """What the service lists of the meeting, several times over a while."""
        scale = min(1.0, self._api.timeout / 30)
        for pause in LOOK_SECONDS:
            time.sleep(pause * scale)
            try:
                seen = self._api.recordings(self._app, self._meeting)
            except ApiError as error:
                raise StartFailed(
                    f"meeting {self._meeting}: its track recording may be running. {why}; and the service's list, "
                    f"which would tell, cannot be read: {error}. The next `up` looks for it and takes it over."
                ) from None
            yield seen

    def _fresh(self, seen: Iterable[Recording]) -> list[Recording]:
        fresh = [r for r in seen if r.is_track and r.id not in self._before and r.id not in self._claims]
        return sorted(fresh, key=lambda r: (not r.active, r.invoked_time or ""))

    def _after_conflict(self, conflict: AlreadyRecording) -> Started | None:
        """A track recording is active. After a lost answer it is ours, else somebody began it since the look."""
        for seen in self._looks(str(conflict)):
            if self._lost and self._fresh(seen):
                return self._ours(self._fresh(seen))
            running = self._first_active(seen)
            if running:
                return self._take_over(running)
        if self._lost:
            raise StartFailed(
                f"meeting {self._meeting}: its track recording is running, but the service does not list it: "
                f"{conflict}. The next `up` takes over what it finds."
            )
        raise conflict

    def _first_active(self, recordings: Iterable[Recording]) -> Recording | None:
        """An active track recording; one that another resource of this run has is named in a refusal."""
        active = [recording for recording in recordings if recording.is_track and recording.active]
        free = [recording for recording in active if recording.id not in self._claims]
        if active and not free:
            raise AnotherActive(
                f"meeting {self._meeting}: its active track recording {active[0].id} belongs to another resource of "
                "this stack; a meeting has one. Declare it once."
            )
        return free[0] if free else None

    def _take_over(self, running: Recording) -> Started:
        if self._when_active == "fail":
            raise AnotherActive(
                f"meeting {self._meeting}: track recording {running.id} is {running.status} already, started elsewhere"
                ". Stop it, take it over with when_active 'adopt', or name it in recording_id."
            )
        self._engine.say(
            f"meeting {self._meeting}: took over track recording {running.id}, which was {running.status} already; its "
            "layers and limits are what that start asked for, not what is declared here.",
            "warning",
        )
        return Started(running, adopted=True)

    def _stop_doubles(self, kept: Recording) -> None:
        try:
            seen = self._api.recordings(self._app, self._meeting)
        except ApiError:
            return  # the id is known: nothing may raise any more
        for double in [r for r in self._fresh(seen) if r.id != kept.id and r.active][: self._lost]:
            self._stop(double)

    def _stop(self, recording: Recording) -> None:
        try:
            self._api.act(self._app, recording.id, "stop")
        except ApiError as error:
            self._engine.say(
                f"meeting {self._meeting}: recording {recording.id} must not run on, and could not be stopped: {error}"
                ". Stop it by hand.",
                "warning",
            )
