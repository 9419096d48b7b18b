"""Requests over one HTTP client for all threads of the process, and what their answers mean."""

import importlib.util
import logging
import math
import os
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import closing
from importlib.metadata import version
from typing import Any, Final

import httpx

from pulumi_realtimekit.api.base_url import is_reachable, read_base_url
from pulumi_realtimekit.api.limits import RequestLimit
from pulumi_realtimekit.api.recordings import read_json
from pulumi_realtimekit.api.redaction import credentials, without
from pulumi_realtimekit.api.tokens import Tokens, account_of
from pulumi_realtimekit.errors import (
    AlreadyRecording,
    AnswerLost,
    ApiError,
    NotFound,
    NotSent,
    NotTheService,
    RealtimeKitError,
    Redirected,
    Refused,
    TooManyRequests,
    Unauthorized,
    Unreachable,
)

_log = logging.getLogger(__name__)

MOST_BYTES: Final = 32 * 1024 * 1024
LATE_SECONDS: Final = 0.5
"""How much later than it is counted a request may leave, where the limit has a second to spare."""

PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")

NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Http:
    """Requests to one base URL.

    timeout: how long a request may wait for the service at each step, and for the whole answer, in seconds.
    advice: see `RecordingsApi`.
    """

    def __init__(
        self, base_url: str, tokens: Tokens, timeout: float, limit: RequestLimit, advice: Callable[[ApiError], str]
    ) -> None:
        url = read_base_url(base_url)
        self.timeout = timeout
        self._tokens, self._limit, self._advice = tokens, limit, advice
        is_encrypted = url.scheme == "https"
        new_client = _client_of_environment if is_encrypted else httpx.Client
        self._client = new_client(
            base_url=url.geturl(),
            auth=tokens,
            follow_redirects=False,  # the token goes only to the configured host
            verify=is_encrypted,  # plain http goes only to this machine, and loading certificates takes time
            trust_env=is_encrypted,  # a proxy would see what plain http carries
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=128),
            headers={
                "Accept": "application/json",
                "User-Agent": f"pulumi-realtimekit/{version('pulumi-realtimekit')}",
            },
            event_hooks={"request": [self._take_turn]},
        )
        self.host = self._client.base_url.netloc.decode()

    def close(self) -> None:
        self._client.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        before_send: Callable[[], None] = lambda: None,
        until: float = math.inf,
    ) -> Any:
        """The answer's JSON, None where a successful answer holds none.

        before_send: see `RecordingsApi.start`. until: when the call has to be over (monotonic).
        Raises ApiError.
        """
        extensions = {"before_send": before_send, "until": until}  # for _take_turn
        request = self._client.build_request(method, path, params=query, json=body, extensions=extensions)
        try:
            return self._exchange(request, [*self._tokens.all, *credentials(body)])
        except ApiError as error:
            advice = self._advice(error)
            error.args = (f"{error} ({advice})" if advice else str(error),)
            raise

    def _exchange(self, request: httpx.Request, secrets: list[str]) -> Any:
        try:
            with closing(self._client.send(request, stream=True)) as response:
                body = read_json(self._content(response))
        except RealtimeKitError:
            raise
        except NOT_SENT as error:
            timed_out = isinstance(error, httpx.TimeoutException)
            reason = without(secrets, _reason(error))
            raise Unreachable(f"cannot reach {self.host}: {reason}", timed_out=timed_out) from None
        except httpx.TimeoutException:
            seconds = request.extensions["seconds"]
            raise AnswerLost(f"no whole answer from {self.host} within {seconds:.3g} s", timed_out=True) from None
        except httpx.HTTPError as error:
            raise AnswerLost(f"no answer from {self.host}: {without(secrets, _reason(error))}") from None
        except Exception as error:  # a bug, and the service may have acted all the same
            _log.error("%s", without(secrets, traceback.format_exc()))
            raise AnswerLost(f"the answer from {self.host} could not be read: {type(error).__name__}") from None
        if response.is_success and not (isinstance(body, dict) and body.get("success") is False):
            return body
        raise self._refusal(response, body, secrets)

    def _take_turn(self, request: httpx.Request) -> None:
        """Returns when a request may leave. httpx calls it before each one, also before one with the other token.

        A request is counted once more where what is asked before it took long: it leaves later than it was counted.
        """
        until = request.extensions["until"]
        for _ in range(2):
            try:
                self._limit.wait(until)
            except TimeoutError:
                raise self._too_late() from None
            asked = time.monotonic()
            request.extensions["before_send"]()
            if time.monotonic() - asked < LATE_SECONDS:
                break
        seconds = min(self.timeout, until - time.monotonic())
        if seconds <= 0:
            raise self._too_late()
        request.extensions["seconds"] = seconds
        request.extensions["timeout"] = httpx.Timeout(seconds).as_dict()
        request.extensions["ends"] = time.monotonic() + seconds

    def _too_late(self) -> NotSent:
        return NotSent(f"the request to {self.host} was not sent: the time for it was over")

    def _content(self, response: httpx.Response) -> bytes:
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > MOST_BYTES:
                raise AnswerLost(f"the answer from {self.host} does not end")
            if time.monotonic() > response.request.extensions["ends"]:  # each read by itself was in time
                raise httpx.ReadTimeout("timed out")
        return bytes(content)

    def _refusal(self, response: httpx.Response, body: Any, secrets: list[str]) -> ApiError:
        """What an answer that is no success says of the service."""
        status = response.status_code
        said, phrase = without(secrets, _explanation(body)), without(secrets, response.reason_phrase)
        text = f"{self.host} answered {status}" + (f": {said}" if said else f" {phrase}".rstrip())
        retry_after = _seconds(response.headers.get("retry-after"))
        match status:
            case 401 | 403:
                return Unauthorized(text, status, account_of(response.request.url))
            case 404 if _is_own(body):
                return NotFound(text, status)
            case 404:
                return NotTheService(text, status)
            case 408:
                return AnswerLost(text, status)
            case 409:
                return AlreadyRecording(text, status)
            case 429:
                return TooManyRequests(text, status, retry_after)
            case _ if 400 <= status < 500:
                return Refused(text, status)
            case _ if 300 <= status < 400:
                return Redirected(text, status)
        return AnswerLost(text, status, retry_after=retry_after)


def _explanation(body: Any) -> str:
    """What the answer itself says, from either envelope; empty where it says nothing."""
    if not isinstance(body, dict):
        return ""
    own, gateway = body.get("error"), body.get("errors")
    if isinstance(own, dict):
        return str(own.get("message") or own.get("code") or "")
    if isinstance(own, str):
        return own
    if isinstance(gateway, list):
        return "; ".join(str(entry.get("message") or entry.get("code")) for entry in gateway if isinstance(entry, dict))
    return ""


def _is_own(body: Any) -> bool:
    """Whether an error comes from RealtimeKit itself, not from a gateway or proxy before it."""
    return isinstance(body, dict) and body.get("success") is False and isinstance(body.get("error"), dict | str)


def _seconds(retry_after: str | None) -> float | None:
    try:
        return None if retry_after is None else max(0.0, float(retry_after))
    except ValueError:
        return None


def _reason(error: Exception) -> str:
    """What went wrong, in words. What the library says of a request that it cannot send would quote it."""
    return type(error).__name__ if isinstance(error, httpx.LocalProtocolError) else str(error) or type(error).__name__


def _client_of_environment(**options: Any) -> httpx.Client:
    """A client with the proxies and certificates of the environment.

    Raises NotSent, which names a variable but not its value: that may hold a password.
    """
    for name in _set_variables(*PROXIES):
        problem = _problem_of_proxy(os.environ[name])
        if problem:
            raise NotSent(f"environment variable {name}: {problem}")
    try:
        return httpx.Client(**options)
    except OSError as error:
        for name in _set_variables(*CERTIFICATES):
            raise NotSent(f"environment variable {name}: its file cannot be used ({error.strerror})") from None
        raise
    except (ValueError, httpx.InvalidURL):
        for name in _set_variables("NO_PROXY"):
            expected = "expected names and addresses, those of IPv6 without brackets and ranges"
            raise NotSent(f"environment variable {name}: {expected}") from None
        raise


def _problem_of_proxy(proxy: str) -> str | None:
    try:
        url = httpx.Proxy(proxy if "://" in proxy else f"http://{proxy}").url
    except (ValueError, httpx.InvalidURL):
        url = httpx.URL()
    if not is_reachable(url.host, url.port):
        return "expected a proxy such as http://proxy.example.com:3128"
    if url.scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
        return "for a SOCKS proxy, install httpx[socks] beside pulumi-realtimekit"
    return None


def _set_variables(*names: str) -> list[str]:
    """The variables of these names that are set, in small letters, too."""
    return [spelt for name in names for spelt in (name.lower(), name) if os.environ.get(spelt)]
