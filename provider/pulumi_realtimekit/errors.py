"""Every error of this package that a user may see; anything else is a bug, and keeps its traceback.

RealtimeKitError
├── ApiError                    a call of the recordings API failed
│   ├── NotSent                 the request never reached the service, so nothing happened
│   │   └── Unreachable         no connection
│   ├── Refused                 the service refused the request, so nothing happened
│   │   ├── Unauthorized        401, 403
│   │   ├── NotFound            404, from the service itself
│   │   ├── NotTheService       404, from something else
│   │   ├── AlreadyRecording    409
│   │   └── TooManyRequests     429
│   └── AnswerLost              the service may have acted
│       └── Redirected          3xx
├── NotConfigured               the config is missing or wrong
├── EngineGone                  the engine was killed: what is started now could not be saved
├── StartFailed                 a start failed, and a recording may be running
├── StartRefused                the service refused a start
├── AnotherActive               another track recording of the meeting is active
├── MeetingIdle                 the meeting has no live session
├── NotReached                  a recording did not get to its desired status in time
├── UnknownRecording            the service does not know a recording
├── NotToBeTakenOver            the recording that `recording_id` names cannot be taken over
├── Shared                      two resources have the same recording
├── NotAnExport                 standard input is not the output of `pulumi stack export`
└── NotAsked                    something is missing for asking the service
"""

from __future__ import annotations


class RealtimeKitError(Exception):
    """A user's mistake or the service's refusal: its text says what, where, and what to do, and holds no secret."""


class ApiError(RealtimeKitError):
    """A call of the recordings API that did not succeed; its text is for users, and holds no secret."""


class NotSent(ApiError):
    """The request never reached the service: it did nothing.

    timed_out: all the time that a call may take was spent on it.
    """

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out


class Unreachable(NotSent):
    """No connection to the service: refused, not answered in time, or its name is not known."""


class AnswerLost(ApiError):
    """The request was sent, and whether the service acted on it is not known: no answer, a broken one, 408 or 5xx.

    status: the HTTP status, None where none came. timed_out: all the time that a call may take was spent on it.
    retry_after: the wait that the service asks for, in seconds, if it names one.
    """

    def __init__(
        self,
        message: str,
        status: int | None = None,
        *,
        timed_out: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.timed_out, self.retry_after = status, timed_out, retry_after


class Redirected(AnswerLost):
    """The answer names another address. It is not followed: the token goes only to the configured host."""


class Refused(ApiError):
    """The service, or a gateway before it, refused the request: it did nothing.

    status: the HTTP status.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Unauthorized(Refused):
    """The token is wrong (401), or lacks a permission (403) for `account`."""

    def __init__(self, message: str, status: int, account: str) -> None:
        super().__init__(message, status)
        self.account = account


class NotFound(Refused):
    """The service does not know it, by its own envelope."""


class NotTheService(Refused):
    """A 404 that is not the service's own: a gateway's, or another server's."""


class AlreadyRecording(Refused):
    """A track recording of the meeting is active."""


class TooManyRequests(Refused):
    """The limit is exceeded; `retry_after` is the wait that the service asks for, in seconds, if it names one."""

    def __init__(self, message: str, status: int, retry_after: float | None) -> None:
        super().__init__(message, status)
        self.retry_after = retry_after


class NotConfigured(RealtimeKitError):
    """The config is missing or wrong; the text names every mistake."""


class EngineGone(RealtimeKitError):
    """The engine was killed: nobody would save what is started now."""


class StartFailed(RealtimeKitError):
    """A start that ended without a recording that is known; the text says what may be running."""


class StartRefused(RealtimeKitError):
    """The service has refused the start itself, so nothing began; `refusal` is what it said."""

    def __init__(self, refusal: Refused) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class AnotherActive(RealtimeKitError):
    """A track recording of the meeting began before this start, and is not to be taken over."""


class MeetingIdle(RealtimeKitError):
    """The meeting has no live session."""


class NotReached(RealtimeKitError):
    """A recording did not get to the wanted status within the time that it may take."""


class UnknownRecording(RealtimeKitError):
    """The service does not know a recording that is declared or kept in the state."""


class NotToBeTakenOver(RealtimeKitError):
    """A recording that is declared is another resource's, another meeting's, or no track recording."""


class Shared(RealtimeKitError):
    """Two resources have the same recording."""


class NotAnExport(RealtimeKitError):
    """What was read is not what `pulumi stack export` writes."""


class NotAsked(RealtimeKitError):
    """The service was not asked, since something is missing for that."""
