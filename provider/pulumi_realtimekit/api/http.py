"""One HTTP client for all threads of the process: its connections, its token, its pace, and what an answer means."""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import unquote

import stamina

from pulumi_realtimekit import standard_error as _standard_error
from pulumi_realtimekit.api.base_url import read_base_url
from pulumi_realtimekit.api.deadline import deadline, left, obey_deadlines
from pulumi_realtimekit.api.environment import new_client
from pulumi_realtimekit.api.json_reading import read_json
from pulumi_realtimekit.api.lazy_httpx import httpx
from pulumi_realtimekit.api.limits import Pace
from pulumi_realtimekit.api.redaction import without
from pulumi_realtimekit.api.responses import explanation, is_own, refusal
from pulumi_realtimekit.api.retry import LIMITED_ATTEMPTS, LIMITED_SECONDS, Limited
from pulumi_realtimekit.api.tokens import Tokens
from pulumi_realtimekit.declarations.storages import CREDENTIALS
from pulumi_realtimekit.errors import AnswerLost, ApiError, NotSent, Unauthorized

ACCOUNT: Final = re.compile(r"/accounts/([^/]+)/realtime/")
MOST_BYTES: Final = 32 * 1024 * 1024
NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
USUAL_TIMEOUT: Final = 30
LATE_SECONDS: Final = 0.5
"""How much later than it is counted a request may leave, where the limit has a second to spare."""

stamina.instrumentation.set_on_retry_hooks(())  # users hear of what failed, not of each try


class Http:
    """Requests with a token, each answered within `timeout` seconds, and what came of them.

    base_url, token, fallback_token, timeout, request_limit, on_slowed, sleep: see `RecordingsApi`.
    """

    def __init__(
        self,
        *,
        base_url: str,
        token: str,
        fallback_token: str | None,
        timeout: float,
        request_limit: int,
        on_slowed: Callable[[str], None],
        advice: Callable[[str], str],
        on_fallback: Callable[[str], None],
        sleep: Callable[[float], None],
    ) -> None:
        url = read_base_url(base_url)
        self.host = url.host
        self.timeout = timeout
        self._tokens = Tokens(token, fallback_token)
        self._advice, self._on_fallback = advice, on_fallback
        self._pace = Pace(request_limit, on_slowed, sleep)
        self._client = new_client(
            base_url=url.text,
            timeout=timeout,
            follow_redirects=False,  # the token goes to the configured host alone
            verify=url.encrypted,  # plain http goes to this machine alone, and loading certificates takes time
            trust_env=url.encrypted,  # a proxy would see what plain http carries
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=128),
            headers={
                "Accept": "application/json",
                "User-Agent": f"pulumi-realtimekit/{version('pulumi-realtimekit')}",
            },
            event_hooks={"response": [_without_location]},
        )
        obey_deadlines(self._client)

    def close(self) -> None:
        self._client.close()

    def say_pause(self, seconds: float) -> None:
        """Says once that calls which failed wait long before they are sent again, because the service asks for it."""
        self._pace.tell("unavailable", f"the service is not available, and asks for a pause ({seconds:.0f} s)")

    @property
    def rhythm(self) -> float:
        """How long pauses are, as a part of the usual ones: they shorten with a timeout below 30 s."""
        return min(1.0, self.timeout / USUAL_TIMEOUT)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        before_send: Callable[[], None] = lambda: None,
    ) -> Any:
        """The answer's JSON, None where a successful answer holds none.

        What the service refuses for its limit is sent again when it says so: it did nothing.
        Raises ApiError.
        """
        request = self._client.build_request(method, path, params=query, json=body)
        hidden = [*self._tokens.all, *_credentials(body)]
        limited = Limited(self.rhythm, self._pace.hold)
        for attempt in stamina.retry_context(on=limited, attempts=LIMITED_ATTEMPTS, timeout=LIMITED_SECONDS):
            with attempt:
                answer = self._send_authorized(request, _account(path), before_send, hidden)
        return answer

    def _send_authorized(
        self, request: httpx.Request, account: str, before_send: Callable[[], None], hidden: list[str]
    ) -> Any:
        """Sends with the token that works for the account; where it is refused, once with the other one."""
        first, *others = self._tokens.to_try(account)
        try:
            return self._send_once(first, request, before_send, hidden)
        except Unauthorized:
            if not others:
                raise
        (other,) = others
        answer = self._send_once(other, request, before_send, hidden)
        if self._tokens.accept(account, other):
            self._on_fallback(account)
        return answer

    def _send_once(self, token: str, request: httpx.Request, before_send: Callable[[], None], hidden: list[str]) -> Any:
        self._take_turn(before_send)
        seconds = min(self.timeout, left())
        if seconds <= 0:
            raise self._too_late()
        request.headers["Authorization"] = f"Bearer {token}"
        try:
            with deadline(seconds):
                response = self._client.send(request, stream=True)
                try:
                    content = self._content(response)
                finally:
                    response.close()
            return self._read(response, content, hidden)
        except ApiError:
            raise
        except NOT_SENT as error:
            timed_out = isinstance(error, httpx.TimeoutException)
            raise NotSent(
                f"cannot reach {self.host}: {_reason(error)} (is realtimekit:baseUrl right, and the service up? "
                "The state is unharmed: the next run goes on from there)",
                timed_out=timed_out,
            ) from None
        except httpx.TimeoutException:
            raise AnswerLost(
                f"no whole answer from {self.host} within {round(seconds, 1):g} s", timed_out=True
            ) from None
        except httpx.HTTPError as error:
            raise AnswerLost(f"no answer from {self.host}: {_reason(error)}") from None
        except Exception as error:  # a bug, and the service may have acted all the same
            _standard_error.write(without(hidden, _standard_error.trace(error)))
            raise AnswerLost(f"the answer from {self.host} could not be read: {type(error).__name__}") from None

    def _read(self, response: httpx.Response, content: bytes, hidden: list[str]) -> Any:
        body = read_json(content)
        if response.is_success and not (isinstance(body, dict) and body.get("success") is False):
            return body
        raise self._refusal(response, body, hidden)

    def _take_turn(self, before_send: Callable[[], None]) -> None:
        """Returns when the request may leave, and counts it; once more where what is asked before took long."""
        for _ in range(2):
            try:
                self._pace.wait(left())
            except TimeoutError:
                raise self._too_late() from None
            asked = time.monotonic()
            before_send()
            if time.monotonic() - asked < LATE_SECONDS:
                return

    def _too_late(self) -> NotSent:
        return NotSent(f"the request to {self.host} was not sent: the time for it was over")

    def _content(self, response: httpx.Response) -> bytes:
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > MOST_BYTES:
                raise AnswerLost(f"the answer from {self.host} does not end")
        return bytes(content)

    def _refusal(self, response: httpx.Response, body: Any, hidden: list[str]) -> ApiError:
        return refusal(
            self.host,
            response.status_code,
            without(hidden, response.reason_phrase),
            without(hidden, explanation(body)),
            own=is_own(body),
            retry_after=_seconds(response.headers.get("retry-after"), response.headers.get("date")),
            advice=self._advice(_account(response.request.url.raw_path.decode())),
        )


def _without_location(response: httpx.Response) -> None:
    """httpx makes the next request of a redirect even where it does not follow it, and fails where it cannot."""
    response.headers.pop("location", None)


def _account(path: str) -> str:
    """The account that a path is of: `…/accounts/{account_id}/realtime/…`."""
    found = ACCOUNT.search(path)
    return unquote(found[1]) if found else ""


def _credentials(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name in CREDENTIALS and isinstance(item, str):
                yield item
            else:
                yield from _credentials(item)
    elif isinstance(value, list):
        for item in value:
            yield from _credentials(item)


def _seconds(header: str | None, date: str | None) -> float | None:
    """`retry-after`, in seconds or as a date; that one counts from the answer's own: this clock may be wrong."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        moment, now = _timestamp(header), _timestamp(date or "")
        if moment is None:
            return None
        seconds = moment - (time.time() if now is None else now)
    return None if math.isnan(seconds) else max(0.0, seconds)


def _timestamp(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        return moment.replace(tzinfo=moment.tzinfo or timezone.utc).timestamp()
    except (ValueError, OverflowError):
        return None


def _reason(error: Exception) -> str:
    """What went wrong, in words. What the library says of a request that it cannot send would quote it."""
    return type(error).__name__ if isinstance(error, httpx.LocalProtocolError) else str(error) or type(error).__name__
