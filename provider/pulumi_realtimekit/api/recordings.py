"""A recording as the service answers it, in every shape that a server has been seen to send.

Reading never fails: what is not as expected counts as not known.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import urlsplit

ACTIVE: Final = frozenset({"INVOKED", "RECORDING", "PAUSED"})
"""The statuses of a recording that goes on."""
ENDED: Final = frozenset({"UPLOADING", "UPLOADED", "ERRORED"})
"""The statuses of a recording that has ended, by itself or because it was stopped."""
UNKNOWN: Final = "UNKNOWN"
"""The status where the service has not said it."""
ENVELOPES: Final = ("data", "result", "recording")
TEXTS: Final = ("session_id", "output_file_name", "invoked_time", "started_time", "stopped_time")
"""The fields of a recording that are read as they are."""


def read_json(content: bytes) -> Any:
    """What an answer says, None where it is no JSON.

    A lone surrogate, `NaN` or a number of 400 digits would pass through Python and fail in the engine's formats:
    after a start, that would lose the recording's id.
    """
    try:
        return _storable(json.loads(content.decode("utf-8-sig", "replace")))
    except (ValueError, RecursionError):
        return None


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return value if abs(value) < 1e18 else None


def has_ended(status: str | None, stopped_time: str | None) -> bool:
    """Whether a recording has ended. A status never seen before leaves that to the time at which it stopped."""
    return status in ENDED or (status not in ACTIVE and bool(stopped_time))


def moment(time: str | None) -> datetime | None:
    """A time of the service (ISO 8601); None where it is not known, or of no known zone."""
    try:
        read = datetime.fromisoformat((time or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    return read if read.tzinfo else None


@dataclass(frozen=True)
class DownloadUrl:
    """Where one file can be fetched, by whoever has the URL, until it expires (ISO 8601, empty where not known)."""

    layer: str
    file: str
    url: str
    expires: str


@dataclass(frozen=True)
class Recording:
    """One recording; what the service has not said is None, a status `UNKNOWN`.

    Times are ISO 8601, durations seconds.
    """

    id: str
    status: str
    kind: Literal["track", "other"] | None
    meeting_id: str | None = None
    session_id: str | None = None
    output_file_name: str | None = None
    invoked_time: str | None = None
    started_time: str | None = None
    stopped_time: str | None = None
    recording_duration: float | None = None
    stop_reason: str | None = None
    download_urls: tuple[DownloadUrl, ...] = ()

    @property
    def active(self) -> bool:
        """Whether it has not ended."""
        return not has_ended(self.status, self.stopped_time)

    @property
    def begun(self) -> bool:
        """Whether it is known to have come further than INVOKED."""
        return self.status not in {"INVOKED", UNKNOWN}

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> "Recording | None":
        """The recording that an object stands for, None where it has no id."""
        if not isinstance(fields.get("id"), str) or not fields["id"]:
            return None
        return cls(
            id=fields["id"],
            status=_text(fields.get("status")) or UNKNOWN,
            kind=_kind(fields),
            meeting_id=_text(fields.get("meeting_id")) or _meeting_in(fields.get("meeting")),
            recording_duration=_number(fields.get("recording_duration")),
            stop_reason=_reason(fields.get("stop_reason")),
            download_urls=tuple(_download_urls(fields)),
            **{name: _text(fields.get(name)) for name in TEXTS},
        )


def recording_in(body: Any) -> Recording | None:
    """The recording in an answer: under `data.recording`, `data`, `result`, `recording`, or the answer itself.

    An answer itself counts only where it says a status too: its `id` may be the request's.
    """
    if not isinstance(body, dict):
        return None
    for key in ENVELOPES:
        inner = body.get(key)
        found = (recording_in(inner) or Recording.read(inner)) if isinstance(inner, dict) else None
        if found:
            return found
    return Recording.read(body) if "status" in body else None


def recordings_in(body: Any) -> list[Recording] | None:
    """The recordings of a list answer; None where the answer is no list of recordings."""
    if isinstance(body, dict):
        for key in ("data", "result", "recordings"):
            if key in body:
                return recordings_in(body[key])
        return None
    if not isinstance(body, list) or not all(isinstance(entry, dict) for entry in body):
        return None
    found = [Recording.read(entry) for entry in body]
    return None if None in found else [recording for recording in found if recording]


def _kind(fields: Mapping[str, Any]) -> Literal["track", "other"] | None:
    """Lists leave `type` empty; then the file's ending tells, then the form of the download URL."""
    named, file, url = _text(fields.get("type")), _text(fields.get("output_file_name")), fields.get("download_url")
    if named:
        return "track" if named.upper() == "TRACK" else "other"
    if file and "." in file:
        return "track" if file.endswith(".webm") else "other"
    if url:
        return "other" if isinstance(url, str) and not _layers_in(url) else "track"
    return None


def _meeting_in(meeting: Any) -> str | None:
    """Lists hold the meeting itself in place of its id."""
    return _text(meeting.get("id")) if isinstance(meeting, Mapping) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if float(value).is_integer() else value


def _reason(value: Any) -> str | None:
    """`stop_reason` is a word, or an object that holds it."""
    if isinstance(value, Mapping):
        return _text(value.get("reason"))
    return _text(value)


def _download_urls(fields: Mapping[str, Any]) -> Iterator[DownloadUrl]:
    expires = _text(fields.get("download_url_expiry")) or ""
    given = fields.get("download_url")
    layers = _layers_in(given)
    for layer in layers or ():
        if isinstance(layer, Mapping):
            yield from _layer_urls(layer, expires)
    if isinstance(given, str) and given and layers is None:
        yield DownloadUrl("default", _file_of(given), given, expires)
    audio = fields.get("audio_download_url")
    if isinstance(audio, str) and audio:
        yield DownloadUrl("audio", _file_of(audio), audio, expires)


def _layers_in(url: Any) -> list[Any] | None:
    """A track recording's URLs by layer: a list, one under `links`, or either as JSON in a string; None otherwise."""
    if isinstance(url, str) and url[:1] in {"[", "{"}:
        url = read_json(url.encode("utf-8", "replace"))
    if isinstance(url, Mapping):
        url = url.get("links")
    return url if isinstance(url, list) else None


def _layer_urls(layer: Mapping[str, Any], expires: str) -> Iterator[DownloadUrl]:
    files = layer.get("download_urls")
    for file, entry in files.items() if isinstance(files, Mapping) else ():
        url = entry.get("download_url") if isinstance(entry, Mapping) else entry
        if isinstance(url, str) and url:
            own = _text(entry.get("download_url_expiry")) if isinstance(entry, Mapping) else None
            yield DownloadUrl(_text(layer.get("layer_name")) or "default", str(file), url, own or expires)


def _file_of(url: str) -> str:
    try:
        return urlsplit(url).path.rsplit("/", 1)[-1]
    except ValueError:
        return ""
