"""A start: look before, start, and where the answer is lost look again.

Never two: a start is sent again only where it certainly did nothing, or where looks that succeeded show that nothing
began. Never lost: once the service has accepted, whatever fails later, the recording is found and its id returned.

Where a server accepts a second start while the first is not yet visible in its lists, a start whose answer is lost can
be doubled. The looks go on for ten seconds for that reason, after a start that timed out for as long again as the
service was given to answer it, and once more after a start that was repeated: what turns out to be double is stopped,
and what may still begin is told.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pulumi_realtimekit.api.client import App, RecordingsApi
from pulumi_realtimekit.api.recordings import Recording
from pulumi_realtimekit.declarations.recording import WhenActive
from pulumi_realtimekit.errors import (
    AlreadyRecording,
    AnotherActive,
    AnswerLost,
    ApiError,
    EngineGone,
    Refused,
    StartFailed,
    StartRefused,
)
from pulumi_realtimekit.plugin.engine import Engine
from pulumi_realtimekit.plugin.looks import Looks
from pulumi_realtimekit.plugin.ownership import Claims

STARTS: Final = 4
"""How often a start is sent, at the most."""

STILL_WORKING: Final = frozenset({504, 524})
"""What a gateway answers that has waited for the service for as long as it does: the service goes on."""


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

        Raises: AnotherActive; StartFailed; StartRefused; EngineGone; ApiError where it was not sent (nothing began).
        """
        with self._lock:
            in_turn = self._meetings[app, body["meeting_id"]]
        with in_turn:
            return _Start(self._api, self._engine, self._claims, app, body, when_active).run()


class _Start:
    """One start: what was there before, and how often it was sent in a way that may have begun a recording."""

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
        self._looks = Looks(api, engine, claims, app, self._meeting)
        self._sent = 0
        self._conflict: AlreadyRecording | None = None

    def run(self) -> Started:
        running = self._first_active(self._looks.before())
        if running:
            return self._take_over(running)
        for _ in range(STARTS):
            try:
                started = self._send()
            except ApiError as error:
                if not self._sent:
                    raise
                raise self._in_doubt(f"an answer to its start was lost, and then: {error}") from None
            if started:
                return started
        if self._conflict:
            raise AnotherActive(
                f"meeting {self._meeting}: a track recording is active, but the service does not list it "
                f"({self._conflict}). The next `up` looks again; where its id is known, name it in recording_id."
            )
        raise self._in_doubt(f"it was started {STARTS} times, each answer was lost, and the service lists none")

    def _send(self) -> Started | None:
        """Sends the start once; None where it certainly did nothing, or looks show that nothing began."""
        try:
            recording = self._api.start(self._app, self._body, self._require_engine)
        except AlreadyRecording as conflict:
            return self._after_conflict(conflict)
        except AnswerLost as lost:
            self._sent, self._conflict = self._sent + 1, None
            return self._keep_one(self._look_for_ours(str(lost), self._seconds_after(lost), enough=self._sent))
        except Refused as refusal:
            if self._sent:
                raise
            raise StartRefused(refusal) from None
        self._sent, self._conflict = self._sent + 1, None
        ours = [recording] if recording else self._accepted()
        return self._keep_one([*ours, *self._missing_from(ours)])

    def _seconds_after(self, lost: AnswerLost) -> float:
        """How long is looked: the service may still be working on a start that timed out, here or at a gateway."""
        is_late = lost.timed_out or lost.status in STILL_WORKING
        return max(self._looks.usual, self._api.timeout) if is_late else self._looks.usual

    def _accepted(self) -> list[Recording]:
        """What the service has accepted without naming it."""
        why = "the service accepted the start without naming the recording"
        ours = self._look_for_ours(why, self._looks.long, enough=1)
        if not ours:
            raise self._in_doubt("the service accepted its start, but named no recording and lists none")
        return ours

    def _keep_one(self, ours: Sequence[Recording]) -> Started | None:
        """The first of what began with this start; an engine that is gone cannot save it, so it must not run on."""
        if not ours:
            return None
        kept, *others = ours
        self._claims.take(kept.id)
        doubles = [other for other in others if other.active]
        ours_too, strangers = doubles[: self._sent - 1], doubles[self._sent - 1 :]
        is_present = self._engine.is_present()
        for double in ours_too if is_present else [kept, *ours_too]:
            self._stop(double)
        if not is_present:
            raise EngineGone(
                f"meeting {self._meeting}: the engine is gone, so its recording {kept.id} was stopped again"
            )
        self._say_which(kept, ours_too, strangers)
        if len(ours) < self._sent and not self._conflict:
            self._engine.say(
                f"meeting {self._meeting}: besides the start of recording {kept.id}, {self._sent - len(ours)} went "
                "unanswered, and may still begin another; `pulumi stack export | python -m pulumi_realtimekit audit` "
                "shows what is running.",
                "warning",
            )
        return Started(kept, adopted=False)

    def _say_which(self, kept: Recording, stopped: Sequence[Recording], strangers: Sequence[Recording]) -> None:
        """Of recordings that began at once, nobody can tell which start began which: so it is told what was done."""
        for double in stopped:
            self._engine.say(
                f"meeting {self._meeting}: its start was sent {self._sent} times, since answers were lost, and began "
                f"more than one recording: {kept.id} counts as this one's, {double.id} was stopped. If somebody else "
                "had started that, start it again.",
                "warning",
            )
        for stranger in strangers:
            self._engine.say(
                f"meeting {self._meeting}: of two recordings that began at the same moment, {kept.id} counts as this "
                f"one's; {stranger.id} runs on. If nobody else started it, stop it by hand.",
                "warning",
            )

    def _require_engine(self) -> None:
        if not self._engine.is_present():
            earlier = "one whose answer was lost may be running" if self._sent else "no recording was started"
            raise EngineGone(f"meeting {self._meeting}: the engine is gone, so its start was not sent; {earlier}")

    def _look_for_ours(self, why: str, seconds: float, enough: int) -> list[Recording]:
        """The track recordings that began since this start, the one to keep first; looks until there are enough."""
        ours: list[Recording] = []
        try:
            for seen in self._looks.repeatedly(f"looking for its recording, since {why}", seconds):
                ours = self._looks.new(seen)
                if len(ours) >= enough:
                    break
        except ApiError as error:
            if not ours:
                raise self._in_doubt(f"{why}; and the service's list, which would tell: {error}") from None
        return ours

    def _missing_from(self, ours: Sequence[Recording]) -> list[Recording]:
        """What earlier starts began that had not shown by the time they were repeated."""
        missing: list[Recording] = []
        if len(ours) >= self._sent:
            return missing
        known = {recording.id for recording in ours}
        try:
            for seen in self._looks.repeatedly("making sure that it is recorded once", self._looks.usual):
                missing = [recording for recording in self._looks.new(seen) if recording.id not in known]
                if len(ours) + len(missing) >= self._sent:
                    break
        except ApiError as error:  # the id is known: nothing may raise any more
            self._engine.say(f"meeting {self._meeting}: it may be recorded twice, the list says: {error}", "warning")
        return missing

    def _after_conflict(self, conflict: AlreadyRecording) -> Started | None:
        """A track recording is active: ours where an answer was lost, else somebody began it since the look.

        None where none is listed: one that was just stopped may count as active for a moment longer.
        """
        self._conflict = conflict
        for seen in self._looks.repeatedly(f"looking for the active recording ({conflict})", self._looks.usual):
            ours = self._looks.new(seen) if self._sent else []
            if ours:
                return self._keep_one(ours)
            running = self._first_active(seen)
            if running:
                return self._take_over(running)
        return None

    def _first_active(self, tracks: Iterable[Recording]) -> Recording | None:
        """An active track recording; one that another resource of this run has is named in a refusal."""
        active = [recording for recording in tracks if recording.active]
        free = [recording for recording in active if recording.id not in self._claims]
        if active and not free:
            raise self._anothers(active[0])
        return free[0] if free else None

    def _take_over(self, running: Recording) -> Started:
        if self._when_active == "fail":
            raise AnotherActive(
                f"meeting {self._meeting}: track recording {running.id} is {running.status} already, started elsewhere"
                ". Stop it, take it over with when_active 'adopt', or name it in recording_id."
            )
        if not self._claims.take(running.id, taken_over=True):
            raise self._anothers(running)
        self._engine.say(
            f"meeting {self._meeting}: took over track recording {running.id}, which was {running.status} already; its "
            "layers and limits are what that start asked for, not what is declared here.",
            "warning",
        )
        return Started(running, adopted=True)

    def _anothers(self, recording: Recording) -> AnotherActive:
        return AnotherActive(
            f"meeting {self._meeting}: its active track recording {recording.id} belongs to another resource of this "
            "stack; a meeting has one. Declare it once; a resource that was renamed needs an alias."
        )

    def _stop(self, recording: Recording) -> None:
        try:
            self._api.act(self._app, recording.id, "stop")
        except ApiError as error:
            self._engine.say(
                f"meeting {self._meeting}: recording {recording.id} must not run on, and could not be stopped: {error}"
                ". Stop it by hand.",
                "warning",
            )

    def _in_doubt(self, why: str) -> StartFailed:
        return StartFailed(
            f"meeting {self._meeting}: its track recording may be running: {why}. The next `up` takes it over where "
            "it finds it; `pulumi stack export | python -m pulumi_realtimekit audit` shows what is running."
        )
