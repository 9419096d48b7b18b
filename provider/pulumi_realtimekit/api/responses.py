"""What can go wrong with a call, told apart by what it says of the service:

ApiError
├── NotSent                 certain: the request never reached the service
├── Refused                 certain: the service has the request, and did nothing
│   ├── Unauthorized        401, 403
│   ├── NotFound            404, from the service itself
│   ├── AlreadyRecording    409
│   └── TooManyRequests     429
└── AnswerLost              doubt: the service may have acted
"""

from typing import Any

from pulumi_realtimekit.errors import (
    AlreadyRecording,
    AnswerLost,
    ApiError,
    NotFound,
    Refused,
    TooManyRequests,
    Unauthorized,
)


def refusal(
    host: str, status: int, phrase: str, said: str, *, own: bool, retry_after: float | None, advice: str
) -> ApiError:
    """What an answer that is no success says of the service.

    said: the answer's own explanation, empty where it gives none. own: whether it is RealtimeKit's, not a gateway's.
    advice: what to do about a token that is refused.
    """
    text = f"{host} answered {status}" + (f": {said}" if said else f" {phrase}".rstrip())
    match status:
        case 401 | 403:
            return Unauthorized(f"{text} ({advice})", status)
        case 404 if own:
            return NotFound(text, status)
        case 404:
            return Refused(f"{text} (not the service's own answer: is realtimekit:baseUrl right?)", status)
        case 409:
            return AlreadyRecording(text, status)
        case 429:
            return TooManyRequests(text, status, retry_after)
        case 408:
            return AnswerLost(text, status)
        case _ if 400 <= status < 500:
            return Refused(text, status)
        case _ if 300 <= status < 400:
            return AnswerLost(f"{text} (redirects are not followed: is realtimekit:baseUrl right?)", status)
    return AnswerLost(text, status, retry_after=retry_after)


def explanation(body: Any) -> str:
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


def is_own(body: Any) -> bool:
    """Whether an error comes from RealtimeKit itself, not from a gateway or proxy before it."""
    return isinstance(body, dict) and body.get("success") is False and isinstance(body.get("error"), dict | str)
