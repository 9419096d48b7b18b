"""The resource as a program declares it."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi
from pulumi.dynamic import Resource
from typing_extensions import NotRequired

from pulumi_realtimekit import _spelling
from pulumi_realtimekit._arguments import DesiredStatus, WhenActive, WhenEnded, WhenIdle
from pulumi_realtimekit.plugin import load

SECRET_OUTPUTS = ["download_urls"]


class StorageArgs(TypedDict):
    """A storage, with the API's own fields; which ones depends on its type."""

    type: pulumi.Input[str]
    bucket: NotRequired[pulumi.Input[str]]
    region: NotRequired[pulumi.Input[str]]
    path: NotRequired[pulumi.Input[str]]
    access_key: NotRequired[pulumi.Input[str]]
    secret: NotRequired[pulumi.Input[str]]
    host: NotRequired[pulumi.Input[str]]
    port: NotRequired[pulumi.Input[int]]
    username: NotRequired[pulumi.Input[str]]
    auth_method: NotRequired[pulumi.Input[str]]
    password: NotRequired[pulumi.Input[str]]
    private_key: NotRequired[pulumi.Input[str]]


class OutputArgs(TypedDict):
    """An output in the API's form: `{"type": "REALTIMEKIT_BUCKET"}`, or `STORAGE_CONFIG` with a storage."""

    type: pulumi.Input[str]
    storage_config: NotRequired[pulumi.Input[StorageArgs] | None]


class LayerArgs(TypedDict, total=False):
    """A layer: the beginning of its files' names, and where they go."""

    file_name_prefix: pulumi.Input[str]
    outputs: pulumi.Input[Sequence[pulumi.Input[str | OutputArgs]]]
    media_kind: pulumi.Input[str]


class DownloadUrl(TypedDict):
    """Where one file can be fetched, by whoever has the URL, until it expires (ISO 8601)."""

    layer: str
    file: str
    url: str
    expires: str


class TrackRecording(Resource, module="realtimekit", name="TrackRecording"):
    """A track recording of a RealtimeKit meeting: `up` starts it, `destroy` stops it.

    Layers that are not given here come from the stack's config (`realtimekit:layers`), and those of names of storages
    from `realtimekit:storages`; without either, a layer `default` goes to the service's own bucket.
    """

    meeting_id: pulumi.Output[str]
    """The meeting that is recorded."""
    layers: pulumi.Output[Mapping[str, Any]]
    """The layers as they were asked for, their storages without credentials."""
    account_id: pulumi.Output[str]
    app_id: pulumi.Output[str]
    max_seconds: pulumi.Output[float | None]
    user_ids: pulumi.Output[Sequence[str] | None]
    desired_status: pulumi.Output[str | None]
    status: pulumi.Output[str]
    """The API's status (`INVOKED`, `RECORDING`, `PAUSED`, `UPLOADING`, `UPLOADED`, `ERRORED`), or `PENDING`."""
    session_id: pulumi.Output[str | None]
    output_file_name: pulumi.Output[str | None]
    invoked_time: pulumi.Output[str | None]
    started_time: pulumi.Output[str | None]
    stopped_time: pulumi.Output[str | None]
    recording_duration: pulumi.Output[float | None]
    """Seconds."""
    stop_reason: pulumi.Output[str | None]
    """`API_CALL`, `INTERNAL_ERROR` or `ALL_PEERS_LEFT`, once it has ended."""
    adopted: pulumi.Output[bool | None]
    """True where it was taken over instead of started here."""
    download_urls: pulumi.Output[Sequence[DownloadUrl] | None]
    """Secret; filled where `keep_download_urls` is true and the files are uploaded."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        meeting_id: pulumi.Input[str] | None = None,
        layers: pulumi.Input[Mapping[str, pulumi.Input[LayerArgs]]] | None = None,
        max_seconds: pulumi.Input[float] | None = None,
        user_ids: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        account_id: pulumi.Input[str] | None = None,
        app_id: pulumi.Input[str] | None = None,
        desired_status: pulumi.Input[DesiredStatus] | None = None,
        when_idle: pulumi.Input[WhenIdle] | None = None,
        wait_seconds: pulumi.Input[float] | None = None,
        when_active: pulumi.Input[WhenActive] | None = None,
        recording_id: pulumi.Input[str] | None = None,
        when_ended: pulumi.Input[WhenEnded] | None = None,
        start_seconds: pulumi.Input[float] | None = None,
        keep_download_urls: pulumi.Input[bool] | None = None,
    ) -> None:
        """Declares a track recording.

        meeting_id: any non-empty string; required.
        layers: a map of layer name to layer.
        max_seconds: how long it records at the most, in seconds.
        user_ids: record these users alone, at most 100; not accepted by every server.
        account_id, app_id: default to the provider's.
        desired_status: `RECORDING` (default), `PAUSED` or `STOPPED`; on a new resource `STOPPED` starts nothing.
        when_idle: the meeting has no live session: `fail` (default), `wait` for one, `wait_seconds` (300) long, or
            `defer` the start to the first `up` that finds one.
        when_active: a track recording of the meeting runs already: `adopt` (default) or `fail`.
        recording_id: take over this recording instead of starting one.
        when_ended: it ended by itself: `keep` it as it is (default), or `restart` once the meeting is live.
        start_seconds: how long `up` waits to see it `RECORDING`; default 30; 0 does not wait.
        keep_download_urls: whether the secret output `download_urls` is filled; default false.
        """
        declared: dict[str, Any] = {
            "meeting_id": meeting_id,
            "layers": layers,
            "max_seconds": max_seconds,
            "user_ids": user_ids,
            "account_id": account_id,
            "app_id": app_id,
            "desired_status": desired_status,
            "when_idle": when_idle,
            "wait_seconds": wait_seconds,
            "when_active": when_active,
            "recording_id": recording_id,
            "when_ended": when_ended,
            "start_seconds": start_seconds,
            "keep_download_urls": keep_download_urls,
        }
        computed = dict.fromkeys(name for name in type(self).__annotations__ if name not in declared)
        inputs = _spelling.arguments({name: value for name, value in declared.items() if value is not None}, secret)
        super().__init__(load(), resource_name, {**computed, **dict.fromkeys(declared), **inputs}, _options(opts))

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 Pulumi's name for it
        opts: pulumi.ResourceOptions | None = None,
    ) -> "TrackRecording":
        """Looks a recording up by its id; it is not managed by this stack."""
        return cls(resource_name, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))


def secret(value: Any) -> Any:
    """A credential, which is a secret from here on, whether it was one before or not."""
    return None if value is None else pulumi.Output.secret(value)


def _options(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Every replacement stops the old recording first: two at once is what never happens."""
    ours = pulumi.ResourceOptions(delete_before_replace=True, additional_secret_outputs=SECRET_OUTPUTS)
    return pulumi.ResourceOptions.merge(opts, ours)
