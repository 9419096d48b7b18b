"""The facts of a recording: what was asked for, and the statuses that were set. `life` computes the rest from them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["INVOKED", "RECORDING", "PAUSED", "UPLOADING", "UPLOADED", "ERRORED"]
StopReason = Literal["API_CALL", "INTERNAL_ERROR", "ALL_PEERS_LEFT"]

DownloadUrl = Literal["links", "list", "layer", "text", "none"]
"""`{"links": [layer, …]}`, `[layer, …]`, the first layer alone, one URL, or `{"links": []}`: it has no files."""

WRITE_ONLY = frozenset({"access_key", "secret", "password", "private_key"})
"""Fields of a storage that the service takes and never shows; they are not kept."""


class Fact(BaseModel):
    model_config = ConfigDict(frozen=True)


class Output(Fact):
    type: str
    storage_config: dict[str, Any] | None = None


class Layer(Fact):
    file_name_prefix: str = "default"
    outputs: tuple[Output, ...] = (Output(type="REALTIMEKIT_BUCKET"),)
    media_kind: str | None = None


class Change(Fact):
    """A status that somebody set, by the API or by a control call."""

    at: float
    status: Status


class Recording(Fact):
    id: str
    kind: Literal["TRACK", "COMPOSITE"]
    account_id: str
    app_id: str
    meeting_id: str
    session_id: str
    invoked_at: float
    visible_at: float
    """From then on it is in lists and may be a meeting's active recording; asked for by its id it is there at once."""
    layers: dict[str, Layer] = {}
    file_name_prefix: str | None = None
    storage_config: dict[str, Any] | None = None
    user_ids: tuple[str, ...] = ()
    """Whose tracks are recorded."""
    max_seconds: float | None = None
    start_seconds: float
    upload_seconds: float
    fails: bool = False
    stays_invoked: bool = False
    download_url: DownloadUrl | None = None
    short_fails: bool = True
    changes: tuple[Change, ...] = ()

    def changed(self, status: Status, at: float) -> Recording:
        return self.model_copy(update={"changes": (*self.changes, Change(at=at, status=status))})


def without_secrets(storage: dict[str, Any] | None) -> dict[str, Any] | None:
    if storage is None:
        return None
    return {name: value for name, value in storage.items() if name not in WRITE_ONLY}
