"""The start of a track recording: never two, never lost.

Never two: a start is sent again only where it certainly did nothing, or where looks at the service's list show that
nothing began. Never lost: once the service has accepted it, whatever fails later, the recording is found and returned.

A server may accept a second start while the first is not yet visible in its lists, so a start whose answer is lost can
be doubled. That is why the looks go on for ten seconds, after a start that timed out for as long as the service was
given to answer it, and once more after a start that was repeated: a recording that turns out to be double is stopped,
and one that may still begin is reported.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from pulumi_realtimekit.errors import (
    AlreadyRecording,
    AnotherActive,
    AnswerLost,
    ApiError,
    EngineGone,
    MeetingIdle,
    NotFound,
    Refused,
    StartFailed,
    StartRefused,
    TooManyRequests,
    Unauthorized,
)

if TYPE_CHECKING:
    from pulumi_realtimekit.api.client import App, RecordingsApi
    from pulumi_realtimekit.api.recordings import Recording
    from pulumi_realtimekit.declarations.recording import WhenActive, WhenIdle
    from pulumi_realtimekit.plugin.engine import Engine
    from pulumi_realtimekit.plugin.ownership import Claims

STARTS: Final = 4
"""How often a start is sent at most."""

LOOK_SECONDS: Final = 10
"""How long the list is looked at after a lost answer, at the least."""

ACCEPTED_SECONDS: Final = 60
"""How long the list is searched for a recording whose start was accepted without naming it."""

LOOK_TIMEOUT: Final = 10
"""The timeout of a call, in seconds, below which these looks and their pauses are shorter in proportion."""

LOOK_BACK: Final = timedelta(days=7)
"""Recordings that ended so long before the newest one are not looked at: a meeting can have years of them."""

STILL_WORKING: Final = frozenset({504, 524})
"""What a gateway answers that has stopped waiting for the service, which goes on."""

LEAST_SECONDS: Final = 1
"""How long a look may take, at the least, that begins shortly before the end of a wait."""

INVALID: Final = 422
"""The status by which the service refuses what was sent, whether the meeting is live or not."""


@dataclass(frozen=True)
class Started:
    """A recording, and whether it was taken over instead of started here."""

    recording: Recording
    adopted: bool


class Start:
    """One start of a meeting's track recording; body: of the request."""

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
        self._look_scale = min(1.0, api.timeout / LOOK_TIMEOUT)
        """How long it is looked for what a start began, and how long the pauses are, as a part of the usual times."""
        self._before: frozenset[str] = frozenset()
        self._sent = 0
        """How often it was sent in a way that may have begun a recording."""

    def begin(self, when_idle: WhenIdle, wait_seconds: float) -> Started | None:
        """Starts it once the meeting is live, as `when_idle` says; None where a later `up` is to start it.

        Raises: MeetingIdle, and what `run` raises.
        """
        waits = self._engine.waits(
            f"meeting {self._meeting}: waiting for a live session", wait_seconds, self._api.pause_scale
        )
        was_live = False
        while True:
            try:
                return self.run()
            except StartRefused as error:
                refusal = error.refusal
            if isinstance(refusal, Unauthorized | TooManyRequests) or refusal.status == INVALID:
                raise refusal
            if self._is_live(refusal):
                if was_live:
                    raise refusal
                was_live = True  # nobody knows since when: the session may have begun after the refusal
                time.sleep(self._api.pause_scale)
            elif when_idle == "defer":
                return None
            elif when_idle == "fail":
                raise MeetingIdle(
                    f"meeting {self._meeting} has no live session, so it cannot be recorded ({refusal}). Begin the "
                    "meeting first, or declare when_idle: 'wait' waits for a session, 'defer' starts with a later `up`."
                )
            elif not self._becomes_live(waits):
                raise MeetingIdle(
                    f"meeting {self._meeting} had no live session within {wait_seconds:g} s (wait_seconds), so nothing "
                    "was started"
                )

    def run(self) -> Started:
        """Starts it, or takes over the one that is active.

        Raises: AnotherActive; StartFailed; EngineGone; StartRefused, or an ApiError where it was not sent.
        """
        with self._claims.turn((self._app, self._meeting)):
            active = self._free_active(self._look_before())
            if active:
                return self._take_over(active)
            conflict = None
            for _ in range(STARTS):
                try:
                    named = self._api.start(self._app, self._body, self._require_engine)
                except AlreadyRecording as error:  # nothing began, since one is active: a lost start's, or another
                    conflict = error
                    found = self._find_active(error)
                    if found:
                        return found
                except AnswerLost as error:  # it may have begun: look before it is sent again
                    conflict, self._sent = None, self._sent + 1
                    ours = self._look_for_ours(str(error), self._seconds_after(error), enough=self._sent)
                    if ours:
                        return self._keep_first(ours)
                except ApiError as error:  # nothing began
                    if self._sent:
                        raise self._in_doubt(f"an answer to its start was lost, and then: {error}") from None
                    if isinstance(error, Refused):
                        raise StartRefused(error) from None
                    raise
                else:  # it began
                    self._sent += 1
                    ours = [named] if named else self._look_for_accepted()
                    return self._keep_first([*ours, *self._look_for_doubles(ours)])
            if conflict:
                raise AnotherActive(
                    f"meeting {self._meeting}: a track recording is active, but the service does not list it "
                    f"({conflict}). The next `up` looks again; where its id is known, name it in recording_id."
                )
            raise self._in_doubt(f"it was started {STARTS} times, each answer was lost, and the service lists none")

    # Looks at the service's list

    def _look_before(self) -> list[Recording]:
        """What is active before the start. Whatever is listed now counts as older from here on."""
        listed = self._list()
        self._before = frozenset(recording.id for recording in listed)
        return self._tracks(listed)

    def _look_for_ours(self, why: str, seconds: float, enough: int) -> list[Recording]:
        """The track recordings that began since this start, the one to keep first; looks until there are enough."""
        ours: list[Recording] = []
        try:
            for seen in self._looks(f"looking for its recording, since {why}", seconds):
                ours = self._new(seen)
                if len(ours) >= enough:
                    break
        except ApiError as error:
            if not ours:
                raise self._in_doubt(f"{why}; and the service's list, which would tell: {error}") from None
        return ours

    def _look_for_accepted(self) -> list[Recording]:
        """The recording of a start that the service has accepted without naming the recording."""
        why = "the service accepted the start without naming the recording"
        ours = self._look_for_ours(why, ACCEPTED_SECONDS * self._look_scale, enough=1)
        if not ours:
            raise self._in_doubt("the service accepted its start, but named no recording and lists none")
        return ours

    def _look_for_doubles(self, ours: Sequence[Recording]) -> list[Recording]:
        """The recordings that earlier starts began, and that the list did not show before the start was repeated."""
        doubles: list[Recording] = []
        if len(ours) >= self._sent:
            return doubles
        known = {recording.id for recording in ours}
        try:
            for seen in self._looks("making sure that it is recorded once", LOOK_SECONDS * self._look_scale):
                doubles = [recording for recording in self._new(seen) if recording.id not in known]
                if len(ours) + len(doubles) >= self._sent:
                    break
        except ApiError as error:  # the id is known: nothing may raise any more
            self._warn(f"meeting {self._meeting}: it may be recorded twice, the list says: {error}")
        return doubles

    def _find_active(self, conflict: AlreadyRecording) -> Started | None:
        """The active track recording: ours where an answer was lost, else one that somebody began since the look.

        None where none is listed: one that was just stopped may count as active for a moment longer.
        """
        try:
            for seen in self._looks(f"looking for the active recording ({conflict})", LOOK_SECONDS * self._look_scale):
                ours = self._new(seen) if self._sent else []
                if ours:
                    return self._keep_first(ours, may_be_doubled=False)
                active = self._free_active(seen)
                if active:
                    return self._take_over(active)
        except ApiError as error:
            if self._sent:
                raise self._in_doubt(f"an answer to its start was lost, and then: {error}") from None
            raise
        return None

    def _looks(self, why: str, seconds: float) -> Iterator[list[Recording]]:
        """What is active or new, several times; the last look begins when so many seconds are over.

        Raises ApiError where the last look failed; earlier ones may fail.
        """
        waits = self._engine.waits(f"meeting {self._meeting}: {why}", seconds, self._look_scale)
        for left in itertools.chain(waits, [0]):
            try:
                seen = self._tracks(self._list())
            except ApiError:
                if not left:
                    raise
            else:
                yield seen
            if not left:
                return

    def _list(self) -> list[Recording]:
        return self._api.recordings(self._app, self._meeting, look_back=LOOK_BACK)

    def _tracks(self, listed: Iterable[Recording]) -> list[Recording]:
        """The track recordings that are active or new, without those that this run stopped: a list may lag behind."""
        return [
            recording
            for recording in listed
            if (recording.active or recording.id not in self._before)
            and not self._claims.has_ended(recording.id)
            and self._is_track(recording)
        ]

    def _is_track(self, recording: Recording) -> bool:
        """Whether it is of no other kind. What the list leaves open, the recording itself may tell."""
        try:
            kind = recording.kind or self._api.recording(self._app, recording.id).kind
        except NotFound:
            return False  # the list is behind: there is no such recording
        return kind != "other"

    def _new(self, seen: Iterable[Recording]) -> list[Recording]:
        """What began since the start and belongs to no other resource, the one to keep first."""
        new = [one for one in seen if one.id not in self._before and one.id not in self._claims]
        return sorted(new, key=lambda recording: (not recording.active, recording.invoked_time or ""))

    def _free_active(self, seen: Iterable[Recording]) -> Recording | None:
        """An active track recording that belongs to no other resource. Raises AnotherActive where all of them do."""
        active = [recording for recording in seen if recording.active]
        free = [recording for recording in active if recording.id not in self._claims]
        if active and not free:
            raise self._belongs_to_another(active[0])
        return free[0] if free else None

    def _seconds_after(self, lost: AnswerLost) -> float:
        """How long to look: the service may still be working on a start that timed out, here or at a gateway."""
        usual = LOOK_SECONDS * self._look_scale
        return max(usual, self._api.timeout) if lost.timed_out or lost.status in STILL_WORKING else usual

    # What was found

    def _keep_first(self, ours: Sequence[Recording], *, may_be_doubled: bool = True) -> Started:
        """Keeps the first of what began with this start, and stops the others.

        An engine that is gone cannot save the id, so all of them are stopped. Raises EngineGone.
        """
        kept, *others = ours
        self._claims.take(kept.id)
        active = [other for other in others if other.active]
        doubles, strangers = active[: self._sent - 1], active[self._sent - 1 :]
        is_present = self._engine.is_present()
        for recording in doubles if is_present else [kept, *doubles]:
            self._stop(recording)
        if not is_present:
            raise EngineGone(
                f"meeting {self._meeting}: the engine is gone, so its recording {kept.id} was stopped again"
            )
        for double in doubles:
            self._warn(
                f"meeting {self._meeting}: its start was sent {self._sent} times, since answers were lost, and began "
                f"more than one recording: {kept.id} counts as this one's, {double.id} was stopped. If somebody else "
                "had started that, start it again."
            )
        for stranger in strangers:
            self._warn(
                f"meeting {self._meeting}: of two recordings that began at the same moment, {kept.id} counts as this "
                f"one's; {stranger.id} runs on. If nobody else started it, stop it by hand."
            )
        if len(ours) < self._sent and may_be_doubled:
            self._warn(
                f"meeting {self._meeting}: besides the start of recording {kept.id}, {self._sent - len(ours)} went "
                "unanswered, and may still begin another; `pulumi stack export | python -m pulumi_realtimekit audit` "
                "shows what is running."
            )
        return Started(kept, adopted=False)

    def _take_over(self, active: Recording) -> Started:
        if self._when_active == "fail":
            raise AnotherActive(
                f"meeting {self._meeting}: track recording {active.id} is {active.status} already, started elsewhere. "
                "Stop it, take it over with when_active 'adopt', or name it in recording_id."
            )
        if not self._claims.take(active.id, taken_over=True):
            raise self._belongs_to_another(active)
        self._warn(
            f"meeting {self._meeting}: took over track recording {active.id}, which was {active.status} already; its "
            "layers and limits are what that start asked for, not what is declared here."
        )
        return Started(active, adopted=True)

    def _stop(self, recording: Recording) -> None:
        self._claims.end(recording.id)
        try:
            self._api.act(self._app, recording.id, "stop")
        except ApiError as error:
            self._warn(
                f"meeting {self._meeting}: recording {recording.id} must not run on, and could not be stopped: "
                f"{error}. Stop it by hand."
            )

    # The meeting and the engine

    def _is_live(self, refusal: Refused) -> bool:
        """Whether the meeting is live. Where that cannot be known, the refusal of the start is the answer."""
        try:
            return self._api.is_live(self._app, self._meeting)
        except ApiError:
            raise refusal from None

    def _becomes_live(self, waits: Iterator[float]) -> bool:
        for left in waits:
            if not self._engine.is_present():
                raise EngineGone(f"meeting {self._meeting}: the engine is gone, so no recording was started")
            try:
                if self._api.is_live(self._app, self._meeting, timeout=max(left, LEAST_SECONDS)):
                    return True
            except Refused:
                raise
            except ApiError:
                continue  # there is time for another look
        return False

    def _require_engine(self) -> None:
        if not self._engine.is_present():
            earlier = "one whose answer was lost may be running" if self._sent else "no recording was started"
            raise EngineGone(f"meeting {self._meeting}: the engine is gone, so its start was not sent; {earlier}")

    def _warn(self, message: str) -> None:
        self._engine.say(message, "warning")

    def _belongs_to_another(self, recording: Recording) -> AnotherActive:
        return AnotherActive(
            f"meeting {self._meeting}: its active track recording {recording.id} belongs to another resource of this "
            "stack; a meeting has one. Declare it once; a resource that was renamed needs an alias."
        )

    def _in_doubt(self, why: str) -> StartFailed:
        return StartFailed(
            f"meeting {self._meeting}: its track recording may be running: {why}. The next `up` takes it over where "
            "it finds it; `pulumi stack export | python -m pulumi_realtimekit audit` shows what is running."
        )
