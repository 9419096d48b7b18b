"""The arguments of a `TrackRecording`, as `realtimekit:recordings` and the program declare them, and its outputs."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from annotated_types import Ge, Gt, MaxLen
from typing_extensions import NotRequired, Required, TypedDict

from pulumi_realtimekit.declarations.fields import Input, Seconds, Text, fields
from pulumi_realtimekit.declarations.layers import LayersArgs
from pulumi_realtimekit.declarations.rules import Checked

DesiredStatus = Literal["RECORDING", "PAUSED", "STOPPED"]
WhenIdle = Literal["fail", "wait", "defer"]
WhenActive = Literal["adopt", "fail"]
WhenEnded = Literal["keep", "restart"]

PENDING_PREFIX: Final = "pending-"
"""Begins the id of a resource for which nothing was started yet."""


def _part_of_a_path(value: str) -> str:
    if not value.isprintable() or " " in value or "/" in value:
        raise ValueError("must be printable, without spaces, line breaks or slashes")
    return value


Id = Annotated[Text, Checked(_part_of_a_path)]
"""An account's or an app's id, of any length: they are UUIDs, or 32 hex digits."""

_AtMost100 = Annotated[Sequence[Input[Text]], MaxLen(100)]
_Positive = Annotated[Seconds, Gt(0)]
_NotNegative = Annotated[Seconds, Ge(0)]


class TrackRecordingArgs(TypedDict, total=False):
    """What a track recording is declared with."""

    meeting_id: Required[Input[Text]]
    """the meeting to record"""
    layers: Input[LayersArgs] | None
    """layers by name; default: the config's; default of that: `default` to the service's bucket"""
    max_seconds: Input[_Positive] | None
    """how long it records at most, in seconds; default: the service's"""
    user_ids: Input[_AtMost100] | None
    """record only these users, at most 100; not accepted by every server; default: everybody"""
    account_id: Input[Id] | None
    """default: the provider's"""
    app_id: Input[Id] | None
    """default: the provider's"""
    desired_status: Input[DesiredStatus] | None
    """`STOPPED` stops it and keeps what is known of it, and on a new recording starts nothing; default: RECORDING"""
    when_idle: Input[WhenIdle] | None
    """the meeting has no live session: an error, `wait` for one, or `defer` the start to the first `up` that finds
    one; default: fail"""
    wait_seconds: Input[_NotNegative] | None
    """how long `when_idle: wait` waits, in seconds; default: 300"""
    when_active: Input[WhenActive] | None
    """a track recording of the meeting runs already: take it over, or refuse; default: adopt"""
    recording_id: Input[Text] | None
    """take over this recording instead of starting one"""
    when_ended: Input[WhenEnded] | None
    """it ended by itself: leave it so, or `restart` with the next `up` that finds the meeting live; default: keep"""
    start_seconds: Input[_NotNegative] | None
    """how long `up` waits to see it RECORDING, in seconds, 0 not at all; default: 30"""
    keep_download_urls: Input[bool] | None
    """whether the secret output `download_urls` is filled; default: false"""


IDENTITY: Final = ("meeting_id", "layers", "max_seconds", "user_ids", "account_id", "app_id")
"""What makes it another recording when it changes."""

ARGUMENTS: Final = fields(TrackRecordingArgs)

DEFAULTS: Final[dict[str, Any]] = {
    "desired_status": "RECORDING",
    "when_idle": "fail",
    "wait_seconds": 300,
    "when_active": "adopt",
    "when_ended": "keep",
    "start_seconds": 30,
    "keep_download_urls": False,
}
"""The values of arguments that are not declared. The state does not keep them: every byte of it costs."""


class DownloadUrl(TypedDict):
    """Where one file can be fetched, by whoever has the URL, until it expires (ISO 8601)."""

    layer: str
    file: str
    url: str
    expires: str


class RecordedOutput(TypedDict):
    """Where files of a recording go, as it was asked for."""

    type: str
    storage: NotRequired[str]
    """the name of the storage, where the config has it"""
    storage_config: NotRequired[Mapping[str, Any]]
    """the storage, without credentials"""


class RecordedLayer(TypedDict):
    """A layer of a recording, as it was asked for."""

    file_name_prefix: NotRequired[str]
    outputs: Sequence[RecordedOutput]
    media_kind: NotRequired[str]


class TrackRecordingOutputs(TypedDict):
    """What is known of a track recording."""

    meeting_id: str
    """the meeting that is recorded"""
    layers: Mapping[str, RecordedLayer]
    """the layers as they were asked for, storages resolved and without credentials"""
    account_id: str
    """the account that it was started in"""
    app_id: str
    """the app that it was started in"""
    status: str
    """the service's status (`INVOKED`, `RECORDING`, `PAUSED`, `UPLOADING`, `UPLOADED`, `ERRORED`), or `PENDING` where
    nothing was started yet"""
    session_id: NotRequired[str]
    """the meeting's session that is recorded"""
    output_file_name: NotRequired[str]
    """the name that the service gives to its output"""
    invoked_time: NotRequired[str]
    """when its start was asked for, ISO 8601"""
    started_time: NotRequired[str]
    """when it began to record, ISO 8601"""
    stopped_time: NotRequired[str]
    """when it ended, ISO 8601"""
    recording_duration: NotRequired[float]
    """how long it recorded, in seconds, once it has ended"""
    stop_reason: NotRequired[str]
    """`API_CALL`, `INTERNAL_ERROR` or `ALL_PEERS_LEFT`, once it has ended"""
    adopted: bool
    """whether it was taken over instead of started here"""
    download_urls: NotRequired[Sequence[DownloadUrl]]
    """where the files can be fetched, where `keep_download_urls` is true and they are uploaded"""
