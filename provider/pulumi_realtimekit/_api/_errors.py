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

from pulumi_realtimekit._told import Told


class ApiError(Told):
    """A call of the recordings API that did not succeed; its text is for users, and holds no secret."""


class NotSent(ApiError):
    """The request never reached the service: it did nothing."""


class AnswerLost(ApiError):
    """The request was sent, and whether the service acted on it is not known: no answer, a broken one, 408 or 5xx."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Refused(ApiError):
    """The service, or a gateway before it, refused the request: it did nothing.

    status: the HTTP status.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Unauthorized(Refused):
    """The token is wrong (401), or lacks a permission (403)."""


class NotFound(Refused):
    """The service does not know it, by its own envelope; a gateway's 404 is a plain `Refused`."""


class AlreadyRecording(Refused):
    """A track recording of the meeting is active."""


class TooManyRequests(Refused):
    """The limit is exceeded; `retry_after` is the wait that the service asks for, in seconds, if it names one."""

    def __init__(self, message: str, status: int, retry_after: float | None) -> None:
        super().__init__(message, status)
        self.retry_after = retry_after


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
