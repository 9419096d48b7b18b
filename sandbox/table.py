"""What is recording, as a table that fits the terminal."""

import shutil
from collections.abc import Mapping
from typing import Any

HEAD = ("recording", "meeting", "status", "layer", "files go to")


def table(recordings: Mapping[str, Mapping[str, Any]]) -> str:
    """A line for each layer of each recording; without the meetings where they would not fit.

    recordings: the outputs by name.
    """
    if not recordings:
        return "No recordings."
    rows = [HEAD, *(row for name in sorted(recordings) for row in _rows(name, recordings[name]))]
    whole = _aligned(rows)
    if max(map(len, whole)) <= shutil.get_terminal_size().columns:
        return "\n".join(whole)
    return "\n".join(_aligned([(name, *rest) for name, _meeting, *rest in rows]))


def _rows(name: str, recording: Mapping[str, Any]) -> list[tuple[str, ...]]:
    layers = recording["layers"]
    first = (name, recording["meeting_id"], recording["status"])
    if not isinstance(layers, Mapping):
        return [(*first, layers, "")]
    return [
        (*(first if index == 0 else ("", "", "")), layer, _destinations(declared))
        for index, (layer, declared) in enumerate(sorted(layers.items()))
    ]


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    ruled = [rows[0], ["-" * width for width in widths], *rows[1:]]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in ruled]


def _destinations(layer: Any) -> str:
    """Where the files of a layer go. Any part of it may be `[secret]` instead."""
    outputs = layer["outputs"] if isinstance(layer, Mapping) else layer
    return ", ".join(dict.fromkeys(map(_destination, outputs))) if isinstance(outputs, list) else str(outputs)


def _destination(output: Any) -> str:
    storage = output.get("storage_config") if isinstance(output, Mapping) else output
    if not storage:
        return "the service's own bucket" if output["type"] == "REALTIMEKIT_BUCKET" else str(output["type"])
    if not isinstance(storage, Mapping):
        return str(storage)
    where = storage.get("bucket") or storage.get("host")
    return f"{storage['type']} {'/'.join(part for part in (where, storage.get('path')) if part)}"
