"""The arguments of a `TrackRecording`, as `realtimekit:recordings` and the program declare them."""

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from pulumi_realtimekit._layers import Layers
from pulumi_realtimekit._storages import Declared, Text, whole

DesiredStatus = Literal["RECORDING", "PAUSED", "STOPPED"]
WhenIdle = Literal["fail", "wait", "defer"]
WhenActive = Literal["adopt", "fail"]
WhenEnded = Literal["keep", "restart"]

Tag = Annotated[str, Field(min_length=1, max_length=32)]
"""An identifier tag of the API: an account's or an app's id."""


Seconds = Annotated[int | float, BeforeValidator(whole), Field(allow_inf_nan=False)]


class TrackRecordingArguments(Declared):
    """What a track recording is declared with; absent fields take the defaults that their descriptions name."""

    meeting_id: Text = Field(description="the meeting to record")
    layers: Layers | None = Field(
        None, description="default: the config's; default of that: `default` to the service's bucket"
    )
    max_seconds: Annotated[Seconds, Field(gt=0)] | None = Field(
        None, description="how long it records at the most, in seconds"
    )
    user_ids: Annotated[list[Text], Field(max_length=100)] | None = Field(
        None, description="record these users alone; not accepted by every server"
    )
    account_id: Tag | None = Field(None, description="default: `realtimekit:accountId`")
    app_id: Tag | None = Field(None, description="default: `realtimekit:appId`")
    desired_status: DesiredStatus | None = Field(None, description="default: RECORDING")
    when_idle: WhenIdle | None = Field(None, description="the meeting has no live session; default: fail")
    wait_seconds: Annotated[Seconds, Field(ge=0)] | None = Field(
        None, description="how long `when_idle: wait` waits, in seconds; default: 300"
    )
    when_active: WhenActive | None = Field(
        None, description="a track recording of the meeting runs already; default: adopt"
    )
    recording_id: Text | None = Field(None, description="take over this recording instead of starting one")
    when_ended: WhenEnded | None = Field(None, description="it ended by itself; default: keep")
    start_seconds: Annotated[Seconds, Field(ge=0)] | None = Field(
        None, description="how long `up` waits to see it RECORDING, in seconds; default: 30; 0 does not wait"
    )
    keep_download_urls: bool | None = Field(
        None, description="whether the secret output `download_urls` is filled; default: false"
    )


IDENTITY: Final = ("meeting_id", "layers", "max_seconds", "user_ids", "account_id", "app_id")
"""What makes it another recording when it changes."""

ARGUMENTS: Final = tuple(TrackRecordingArguments.model_fields)

DEFAULTS: Final[dict[str, Any]] = {
    "desired_status": "RECORDING",
    "when_idle": "fail",
    "wait_seconds": 300,
    "when_active": "adopt",
    "when_ended": "keep",
    "start_seconds": 30,
    "keep_download_urls": False,
}
"""How a recording lives where it is not said; a default is not kept in the state, where every byte costs."""
