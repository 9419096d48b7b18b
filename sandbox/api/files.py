"""The files of a recording: their names and download URLs."""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.api.dialects import Dialect
from sandbox.api.recording import Layer, Recording

URL_SECONDS = 7 * 86_400
FILE_NAME_TEMPLATE = "{{file_name_prefix}}_{{user_id}}_{{peer_id}}_{{stream_kind}}_{{media_kind}}_{{date_time}}.webm"
OWN_BUCKETS = frozenset({"REALTIMEKIT_BUCKET", "DYTE_BUCKET"})
"""Only what is in the service's own bucket gets a download URL."""


def output_file_name(recording: Recording, dialect: Dialect) -> str:
    if recording.kind == "COMPOSITE":
        prefix = recording.file_name_prefix or recording.meeting_id
        return f"{prefix}_{round(recording.invoked_at * 1000)}.mp4"
    if dialect.file_name == "template":
        return FILE_NAME_TEMPLATE
    name, layer = next(iter(recording.layers.items()))
    return track_files(recording, name, layer)[0]


def track_files(recording: Recording, name: str, layer: Layer) -> list[str]:
    """One file for each user of a layer, named as the documentation says."""
    kind = layer.media_kind or ("video" if "video" in name else "audio")
    moment = round(recording.invoked_at * 1000)
    return [
        f"{layer.file_name_prefix}_{user}_{_digest(recording.id, user)[:8]}_peer_{kind}_{moment}.webm"
        for user in recording.user_ids or ("user-1",)
    ]


def download_url(recording: Recording, dialect: Dialect) -> Any:
    """Pre-signed, in the dialect's shape; None where nothing went to the service's own bucket."""
    if recording.kind == "COMPOSITE":
        return _url(recording, output_file_name(recording, dialect))
    layers = [
        {
            "layer_name": name,
            "download_urls": {
                file: {"download_url": _url(recording, file)} for file in track_files(recording, name, layer)
            },
        }
        for name, layer in recording.layers.items()
        if any(output.type in OWN_BUCKETS for output in layer.outputs)
    ]
    match layers and (recording.download_url or dialect.download_url):
        case []:
            return None
        case "text":
            return _url(recording, output_file_name(recording, dialect))
        case "layer":
            return layers[0]
        case "list":
            return layers
        case "none":
            return {"links": []}
    return {"links": layers}


def _url(recording: Recording, file: str) -> str:
    signature = _digest(recording.id, file)
    return (
        f"https://recordings.sandbox.invalid/{recording.app_id}/{recording.id}/{file}"
        f"?X-Amz-Expires={URL_SECONDS}&X-Amz-Signature={signature}"
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()
