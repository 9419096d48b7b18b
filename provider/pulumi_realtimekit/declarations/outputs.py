"""The outputs of a `TrackRecording`, beside its arguments."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import with_config
from typing_extensions import NotRequired, TypedDict

from pulumi_realtimekit.declarations.fields import CONFIG


@with_config(CONFIG)
class DownloadUrl(TypedDict):
    """Where one file can be fetched, by whoever has the URL, until it expires (ISO 8601)."""

    layer: str
    file: str
    url: str
    expires: str


@with_config(CONFIG)
class RecordedOutput(TypedDict):
    """Where files of a recording go, as it was asked for."""

    type: str
    storage: NotRequired[str]
    """the name of the storage, where the config has it"""
    storage_config: NotRequired[Mapping[str, Any]]
    """the storage, without credentials"""


@with_config(CONFIG)
class RecordedLayer(TypedDict):
    """A layer of a recording, as it was asked for."""

    file_name_prefix: NotRequired[str]
    outputs: Sequence[RecordedOutput]
    media_kind: NotRequired[str]


@with_config(CONFIG)
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
    adopted: bool
    """whether it was taken over instead of started here"""
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
    download_urls: NotRequired[Sequence[DownloadUrl]]
    """where the files can be fetched, where `keep_download_urls` is true and they are uploaded"""
