"""Looks at what the service lists of a meeting, before a start and after one whose answer says too little."""

import itertools
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from pulumi_realtimekit.api.client import App, RecordingsApi
from pulumi_realtimekit.api.recordings import Recording
from pulumi_realtimekit.errors import ApiError, NotFound
from pulumi_realtimekit.plugin.engine import Engine
from pulumi_realtimekit.plugin.ownership import Claims

LOOK_SECONDS: Final = 10
"""How long is looked after a lost answer, at the least."""

ACCEPTED_SECONDS: Final = 60
"""How long is looked for what the service has accepted without naming it: nothing is sent again meanwhile."""

PAUSES: Final = (0.3, 0.7, 1.0, 2.0, 3.0)
"""The pauses before looks, the last one for all that follow."""

FULL_TIMEOUT: Final = 10
"""The timeout of a call, in seconds, below which all of these are shorter in proportion."""

LOOK_BACK: Final = timedelta(days=7)
"""How much older than the newest one a recording that has ended may be to be looked at: a meeting can have years."""


class Looks:
    """The track recordings of a meeting, as one start sees them; times are seconds."""

    def __init__(self, api: RecordingsApi, engine: Engine, claims: Claims, app: App, meeting: str) -> None:
        self._api, self._engine, self._claims, self._app, self._meeting = api, engine, claims, app, meeting
        self._pace = min(1.0, api.timeout / FULL_TIMEOUT)
        self._before: frozenset[str] = frozenset()
        self.usual = LOOK_SECONDS * self._pace
        self.long = ACCEPTED_SECONDS * self._pace

    def before(self) -> list[Recording]:
        """What is active before the start; everything that is there counts as older from now on. Raises ApiError."""
        listed = self._list()
        self._before = frozenset(recording.id for recording in listed)
        return self._tracks(listed)

    def repeatedly(self, why: str, seconds: float) -> Iterator[list[Recording]]:
        """What is active or new, several times; the last look begins when so many seconds are over.

        Raises ApiError where the last look failed; earlier ones may fail.
        """
        progress = self._engine.progress(f"meeting {self._meeting}: {why}")
        until = time.monotonic() + seconds
        for pause in itertools.chain(PAUSES, itertools.repeat(PAUSES[-1])):
            left = max(0.0, until - time.monotonic())
            is_last = left <= pause * self._pace
            time.sleep(left if is_last else pause * self._pace)
            try:
                seen = self._tracks(self._list())
            except ApiError:
                if is_last:
                    raise
            else:
                yield seen
            if is_last:
                return
            progress.tick()

    def new(self, seen: Iterable[Recording]) -> list[Recording]:
        """What began since the start and is no other resource's, the one to keep first."""
        new = [one for one in seen if one.id not in self._before and one.id not in self._claims]
        return sorted(new, key=lambda recording: (not recording.active, recording.invoked_time or ""))

    def _list(self) -> list[Recording]:
        return self._api.recordings(self._app, self._meeting, look_back=LOOK_BACK)

    def _tracks(self, recordings: Iterable[Recording]) -> list[Recording]:
        """The track recordings that are active or new, whatever a list still says of one that this run has stopped."""
        return [
            recording
            for recording in recordings
            if (recording.active or recording.id not in self._before)
            and not self._claims.has_ended(recording.id)
            and self._is_track(recording)
        ]

    def _is_track(self, recording: Recording) -> bool:
        """Whether it is none of another kind; what the list leaves open, the recording itself may tell."""
        try:
            kind = recording.kind or self._api.recording(self._app, recording.id).kind
        except NotFound:
            return False  # the list is behind: there is no such recording
        return kind != "other"
