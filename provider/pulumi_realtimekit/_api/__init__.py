"""The recordings API of RealtimeKit over HTTP: what it takes, what it answers, what it refuses.

Nothing here knows of Pulumi.
"""

from pulumi_realtimekit._api._client import Action, App, RecordingsApi
from pulumi_realtimekit._api._errors import (
    AlreadyRecording,
    AnswerLost,
    ApiError,
    NotFound,
    NotSent,
    Refused,
    TooManyRequests,
    Unauthorized,
)
from pulumi_realtimekit._api._recording import ENDED, UNKNOWN, DownloadUrl, Recording

__all__ = [
    "ENDED",
    "UNKNOWN",
    "Action",
    "AlreadyRecording",
    "AnswerLost",
    "ApiError",
    "App",
    "DownloadUrl",
    "NotFound",
    "NotSent",
    "Recording",
    "RecordingsApi",
    "Refused",
    "TooManyRequests",
    "Unauthorized",
]
