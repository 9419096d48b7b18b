"""The calls, over one HTTP client whose connections are reused by all threads of the process.

Reads and actions are repeated where that helps, with backoff, jitter and the service's `retry-after`. A start is
repeated only where the service certainly did nothing: the rest is decided by who starts it.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, TypeVar
from urllib.parse import quote

import stamina

from pulumi_realtimekit.api.http import Http
from pulumi_realtimekit.api.limits import LONGEST_TIMEOUT_SECONDS, RequestLimit
from pulumi_realtimekit.api.recordings import UNKNOWN, Recording, moment, recording_in, recordings_in
from pulumi_realtimekit.api.retry import ATTEMPTS, SECONDS, Retries
from pulumi_realtimekit.api.tokens import Tokens
from pulumi_realtimekit.errors import AnswerLost, ApiError, NotFound, NotSent

Action = Literal["stop", "pause", "resume"]
T = TypeVar("T")

USUAL_TIMEOUT: Final = 30
"""The timeout of a call, in seconds, below which pauses are shorter in proportion."""

LOST: Final = (NotSent, AnswerLost)
"""The failures after which reads and actions are repeated."""


@dataclass(frozen=True)
class App:
    """Where a recording lives: an account's app."""

    account_id: str
    app_id: str

    @property
    def path(self) -> str:
        return f"/accounts/{_part(self.account_id)}/realtime/kit/{_part(self.app_id)}"


class RecordingsApi:
    """The recordings API, with one token.

    base_url: including `/client/v4`.
    fallback_token: tried once in the token's place where that is refused (401, 403); what works is kept, by account.
    timeout: seconds in which the service has to take a connection, to begin its answer and to go on with it, and in
    which the whole answer has to be there; only its headers, where a server sends them byte by byte, can take longer.
    request_limit: requests in any 50 s, 0 for no limit.
    on_slowed: called with the reason, once when that limit holds requests back, once when the service's own does, and
    once when a call that failed is sent again after a long pause that the service asks for.
    advice: what to do about a failure, which is added to its text; empty for nothing.
    on_fallback: called with an account once the fallback works for it.
    Raises: TypeError, ValueError or AttributeError for an argument that cannot be used, without quoting it.
    """

    def __init__(
        self,
        *,
        base_url: str,
        token: str,
        fallback_token: str | None = None,
        timeout: float = 30,
        request_limit: int = 1000,
        on_slowed: Callable[[str], None] = lambda _: None,
        advice: Callable[[ApiError], str] = lambda _: "",
        on_fallback: Callable[[str], None] = lambda _: None,
    ) -> None:
        if isinstance(timeout, bool) or not 0 < timeout <= LONGEST_TIMEOUT_SECONDS:
            raise ValueError(f"timeout: at most {LONGEST_TIMEOUT_SECONDS} s")
        self._limit = RequestLimit(request_limit, on_slowed)
        self._http = Http(base_url, Tokens(token, fallback_token, on_fallback), timeout, self._limit, advice)
        self.timeout = timeout
        self.pause_scale = min(1.0, timeout / USUAL_TIMEOUT)
        """How long pauses are, between calls that are repeated and between looks, as a part of the usual ones."""

    def close(self) -> None:
        """Closes the connections; they end with the process, too."""
        self._http.close()

    def start(self, app: App, body: Mapping[str, Any], before_send: Callable[[], None]) -> Recording | None:
        """Starts a track recording. Returns the recording that the answer holds; None where it holds none.

        before_send: called immediately before each time that the request leaves; what it raises stops the start.
        Raises: NotSent, Refused (nothing began), AnswerLost (it may have begun).
        """
        path = f"{app.path}/recordings/track"
        return self._call("POST", path, recording_in, repeatable=(NotSent,), body=body, before_send=before_send)

    def recording(self, app: App, recording_id: str, timeout: float | None = None) -> Recording:
        """One recording. Raises NotFound where the service does not know it.

        timeout: the call is over in so many seconds, and not sent again where it fails.
        """
        path = _path(app, "recordings", recording_id)
        return self._call("GET", path, lambda body: self._found(recording_in(body), "a recording"), timeout=timeout)

    def act(self, app: App, recording_id: str, action: Action) -> Recording:
        """Stops, pauses or resumes; returns the recording as it is then.

        A repeated action may find its own effect: a refusal that follows a lost answer is the caller's to look into.
        """
        path = _path(app, "recordings", recording_id)
        answered = self._call("PUT", path, recording_in, body={"action": action})
        return answered if answered and answered.status != UNKNOWN else self.recording(app, recording_id)

    def recordings(
        self,
        app: App,
        meeting_id: str | None = None,
        look_back: timedelta | None = None,
        timeout: float | None = None,
    ) -> list[Recording]:
        """The recordings of a meeting, or of the whole app, newest first, from all pages.

        look_back: leaves out what has ended and is known to have been invoked so much before the newest one that is
        listed, and the pages after the first such one. What is active is never left out of a page that is read. Only
        the service's own times are compared: the clock of this machine may be wrong.
        timeout: of each page; see `recording`.
        """
        found: dict[str, Recording] = {}
        outdated: set[str] = set()
        for page in self._pages(app, meeting_id, timeout):
            found.update((recording.id, recording) for recording in page)
            if look_back is not None:
                outdated = _outdated(found.values(), look_back)
            if any(recording.id in outdated for recording in page):
                break
        return [recording for recording in found.values() if recording.id not in outdated]

    def meeting_of(self, app: App, recording_id: str) -> str | None:
        """The meeting of a recording, from the app's list: not every server says it with the recording itself."""
        listed = itertools.chain.from_iterable(self._pages(app, None, timeout=None))
        return next((recording.meeting_id for recording in listed if recording.id == recording_id), None)

    def is_live(self, app: App, meeting_id: str, timeout: float | None = None) -> bool:
        """Whether the meeting has a live session. timeout: see `recording`."""
        try:
            self._call("GET", _path(app, "meetings", meeting_id, "active-session"), self._object, timeout=timeout)
        except NotFound:
            return False
        return True

    def _pages(self, app: App, meeting_id: str | None, timeout: float | None) -> Iterator[list[Recording]]:
        """The pages of a list; what the service gives as their total ends them, else a page that is empty.

        Recordings that begin meanwhile shift the others: by a whole page, and one page comes twice. Where it comes a
        third time, the service has but one.
        """
        query = {"sort_by": "invokedTime", "sort_order": "DESC"}
        query |= {} if meeting_id is None else {"meeting_id": meeting_id}
        pages: list[list[str]] = []
        while True:
            page, total = self._call("GET", f"{app.path}/recordings", self._page, query=query, timeout=timeout)
            yield page
            pages.append([recording.id for recording in page])
            is_last = not page or (total is not None and sum(map(len, pages)) >= total)
            if is_last or pages[-3:] == [pages[-1]] * 3:
                return
            query["page_no"] = str(len(pages) + 1)

    def _call(
        self,
        method: str,
        path: str,
        read: Callable[[Any], T],
        *,
        repeatable: tuple[type[Exception], ...] = LOST,
        timeout: float | None = None,
        **request: Any,
    ) -> T:
        """What `read` makes of the answer; sent again after what is repeatable, unless it has a timeout of its own."""
        until = math.inf if timeout is None else time.monotonic() + timeout

        @stamina.retry(
            on=Retries(repeatable if timeout is None else (), until, self.pause_scale, self._limit),
            attempts=ATTEMPTS,
            timeout=SECONDS,
            wait_initial=0.2 * self.pause_scale,
            wait_max=5 * self.pause_scale,
            wait_jitter=0.5 * self.pause_scale,
        )
        def send() -> T:
            return read(self._http.send(method, path, until=until, **request))

        return send()

    def _page(self, body: Any) -> tuple[list[Recording], int | None]:
        return self._found(recordings_in(body), "a list of recordings"), _total(body)

    def _object(self, body: Any) -> dict[str, Any]:
        return self._found(body if isinstance(body, dict) else None, "the API's JSON")

    def _found(self, value: T | None, what: str) -> T:
        if value is None:
            raise AnswerLost(f"{self._http.host} answered with something that is not {what}")
        return value


def _outdated(recordings: Iterable[Recording], look_back: timedelta) -> set[str]:
    """What has ended and is known to have been invoked so much before the newest one."""
    invoked = {recording.id: time for recording in recordings if (time := moment(recording.invoked_time))}
    newest = max(invoked.values(), default=None)
    return {
        recording.id
        for recording in recordings
        if newest and not recording.active and newest - invoked.get(recording.id, newest) > look_back
    }


def _path(app: App, *parts: str) -> str:
    return "/".join([app.path, *map(_part, parts)])


def _part(text: str) -> str:
    """An id as one part of a path, where httpx takes `.` and `..` for steps in the path."""
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")


def _total(body: Any) -> int | None:
    paging = body.get("paging") if isinstance(body, dict) else None
    total = paging.get("total_count") if isinstance(paging, dict) else None
    return int(total) if isinstance(total, int | float) else None
