"""The calls, over one HTTP client whose connections are reused by all threads of the process.

Reads and actions are repeated where that helps, with backoff, jitter and the service's `retry-after`. A start is
repeated only where the service certainly did nothing: the rest is decided by who starts (`pulumi_realtimekit._start`).
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import httpx
import stamina

from pulumi_realtimekit._api._errors import (
    AlreadyRecording,
    AnswerLost,
    ApiError,
    NotFound,
    NotSent,
    Refused,
    TooManyRequests,
    Unauthorized,
    explanation,
    is_own,
)
from pulumi_realtimekit._api._pace import Pace
from pulumi_realtimekit._api._recording import Recording, recording_in, recordings_in

Action = Literal["stop", "pause", "resume"]

stamina.instrumentation.set_on_retry_hooks(())  # users hear of what failed, not of each try

MOST_BYTES = 32 * 1024 * 1024
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


@dataclass(frozen=True)
class App:
    """Where a recording lives: an account's app."""

    account_id: str
    app_id: str

    @property
    def path(self) -> str:
        return f"/accounts/{quote(self.account_id, safe='')}/realtime/kit/{quote(self.app_id, safe='')}"


class RecordingsApi:
    """The recordings API, with one token.

    base_url: including `/client/v4`.
    fallback_token: tried once in the token's place where that is refused (401, 403); what works is kept.
    timeout: of one call, in seconds, from its first byte to the answer's last.
    request_limit: requests in any 50 s, 0 for no limit.
    on_slowed: told once when the limit holds requests back.
    """

    def __init__(
        self,
        *,
        base_url: str,
        token: str,
        fallback_token: str | None = None,
        timeout: float = 30,
        request_limit: int = 1000,
        on_slowed: Callable[[int], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.timeout = timeout
        self._token, self._fallback = token, fallback_token
        self._host = urlsplit(base_url).netloc
        self._pace = Pace(request_limit, on_slowed, sleep)
        self._http = httpx.Client(
            base_url=base_url,
            timeout=timeout,
            follow_redirects=False,  # the token goes to the configured host alone
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=128),
            headers={"User-Agent": f"pulumi-realtimekit/{version('pulumi-realtimekit')}"},
            trust_env=base_url.startswith("https:"),  # a proxy would see what plain http to this machine carries
        )

    def start(self, app: App, body: Mapping[str, Any], before_send: Callable[[], None]) -> Recording | None:
        """Starts a track recording. Returns the recording that the answer holds; None where it holds none.

        before_send: called immediately before each time that the request leaves; what it raises stops the start.
        Raises: NotSent, Refused (nothing began), AnswerLost (it may have begun).
        """
        for attempt in self._attempts(on=_certainly_nothing):
            with attempt:
                answer = self._send("POST", f"{app.path}/recordings/track", json_body=body, before_send=before_send)
        return recording_in(answer)

    def recording(self, app: App, recording_id: str) -> Recording:
        """One recording. Raises NotFound where the service does not know it."""
        return self._recording_of("GET", app, recording_id)

    def act(self, app: App, recording_id: str, action: Action) -> Recording:
        """Stops, pauses or resumes; the answer is the recording as it is then.

        A repeated action may find its own effect: a refusal that follows a lost answer is the caller's to look into.
        """
        return self._recording_of("PUT", app, recording_id, {"action": action})

    def recordings(self, app: App, meeting_id: str | None = None) -> list[Recording]:
        """The recordings of a meeting, or of the whole app, newest first, from all pages."""
        found: list[Recording] = []
        page = 1
        while True:
            query = {"sort_by": "invokedTime", "sort_order": "DESC"}
            query |= {"meeting_id": meeting_id} if meeting_id is not None else {}
            query |= {"page_no": str(page)} if page > 1 else {}
            body = self._read("GET", f"{app.path}/recordings", query=query)
            entries = recordings_in(body)
            if entries is None:
                raise AnswerLost(f"{self._host} answered a list of recordings with something else")
            known = {recording.id for recording in found}
            fresh = [recording for recording in entries if recording.id not in known]
            found += fresh
            if not fresh or len(found) >= _total(body):
                return found
            page += 1

    def is_live(self, app: App, meeting_id: str) -> bool:
        """Whether the meeting has a live session."""
        try:
            self._read("GET", f"{app.path}/meetings/{quote(meeting_id, safe='')}/active-session")
        except NotFound:
            return False
        return True

    def _recording_of(
        self, method: str, app: App, recording_id: str, json_body: Mapping[str, Any] | None = None
    ) -> Recording:
        path = f"{app.path}/recordings/{quote(recording_id, safe='')}"
        for attempt in self._attempts(on=_again):
            with attempt:
                found = recording_in(self._send(method, path, json_body=json_body))
                if found is None:
                    raise AnswerLost(f"{self._host} answered {method} of recording {recording_id} with something else")
                return found
        raise AssertionError("the last attempt returns or raises")

    def _read(self, method: str, path: str, query: Mapping[str, str] | None = None) -> Any:
        for attempt in self._attempts(on=_again):
            with attempt:
                body = self._send(method, path, query=query)
                if not isinstance(body, dict):
                    raise AnswerLost(f"{self._host} answered {method} with something that is not the API's JSON")
        return body

    def _attempts(self, on: Callable[[Exception], bool | float]) -> Any:
        return stamina.retry_context(
            on=on, attempts=6, timeout=2 * self.timeout, wait_initial=0.2, wait_max=5.0, wait_jitter=0.5
        )

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json_body: Mapping[str, Any] | None = None,
        before_send: Callable[[], None] = lambda: None,
    ) -> Any:
        """The answer's JSON, None where a successful answer holds none."""
        request = self._http.build_request(method, path, params=query, json=json_body)
        token = self._token
        try:
            return self._send_with(token, request, before_send)
        except Unauthorized:
            other = self._fallback if token != self._fallback else None
            if not other:
                raise
            body = self._send_with(other, request, before_send)
            self._token = other
            return body

    def _send_with(self, token: str, request: httpx.Request, before_send: Callable[[], None]) -> Any:
        self._pace.wait()
        before_send()
        request.headers["Authorization"] = f"Bearer {token}"
        deadline = time.monotonic() + self.timeout
        try:
            response = self._http.send(request, stream=True)
            try:
                content = self._content(response, deadline)
            finally:
                response.close()
        except NOT_SENT as error:
            raise NotSent(f"cannot reach {self._host}: {_reason(error)}") from None
        except httpx.HTTPError as error:
            raise AnswerLost(f"no answer from {self._host}: {_reason(error)}") from None
        body = _json(content)
        if response.is_success and not (isinstance(body, dict) and body.get("success") is False):
            return body
        raise self._refusal(response, body)

    def _content(self, response: httpx.Response, deadline: float) -> bytes:
        content = b""
        for chunk in response.iter_bytes():
            content += chunk
            if time.monotonic() > deadline:
                raise AnswerLost(f"no whole answer from {self._host} within {self.timeout:g} s")
            if len(content) > MOST_BYTES:
                raise AnswerLost(f"the answer from {self._host} does not end")
        return content

    def _refusal(self, response: httpx.Response, body: Any) -> ApiError:
        status, said = response.status_code, explanation(body)
        text = f"{self._host} answered {status}" + (f": {said}" if said else f" {response.reason_phrase}".rstrip())
        if status in {401, 403}:
            return Unauthorized(text, status)
        if status == 404 and is_own(body):
            return NotFound(text, status)
        if status == 404:
            return Refused(f"{text} (not the service's own: is realtimekit:baseUrl right?)", status)
        if status == 409:
            return AlreadyRecording(text, status)
        if status == 429:
            return TooManyRequests(text, status, _seconds(response.headers.get("retry-after")))
        if 400 <= status < 500 and status != 408:
            return Refused(text, status)
        return AnswerLost(text, status)


def _certainly_nothing(error: Exception) -> bool | float:
    """As `_again`, for a call that must not be repeated where it may have acted."""
    return _again(error) if isinstance(error, NotSent | TooManyRequests) else False


def _again(error: Exception) -> bool | float:
    """Whether, or after how many seconds, a call that may be repeated is repeated."""
    if isinstance(error, TooManyRequests):
        return True if error.retry_after is None else error.retry_after
    if isinstance(error, AnswerLost) and error.status is not None and 300 <= error.status < 400:
        return False
    return isinstance(error, AnswerLost | NotSent)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _total(body: Any) -> int:
    paging = body.get("paging") if isinstance(body, dict) else None
    total = paging.get("total_count") if isinstance(paging, dict) else None
    return int(total) if isinstance(total, int | float) else 0


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None


def _reason(error: Exception) -> str:
    """What went wrong, in words; a library's message holds no header and no body."""
    return str(error) or type(error).__name__
