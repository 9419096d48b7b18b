"""What the state has of a resource: its outputs, made of its inputs and of what the service says."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from pulumi_realtimekit.api.recordings import UNKNOWN, Recording
from pulumi_realtimekit.plugin.changes import PENDING, declared
from pulumi_realtimekit.plugin.ownership import new_adoption

FIELDS: Final = (
    "session_id",
    "output_file_name",
    "invoked_time",
    "started_time",
    "stopped_time",
    "recording_duration",
    "stop_reason",
)


def of_recording(recording: Recording, inputs: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of a resource.

    inputs: the arguments without credentials. known: earlier outputs, kept where the service no longer says more.
    """
    status = known.get("status", "INVOKED") if recording.status == UNKNOWN else recording.status
    fields = {name: _first(getattr(recording, name), known.get(name)) for name in FIELDS}
    outputs = {
        **inputs,
        "status": status,
        **{name: value for name, value in fields.items() if value is not None},
        **_adoption(known),
    }
    if declared(inputs, "keep_download_urls") and recording.download_urls:
        outputs["download_urls"] = [asdict(url) for url in recording.download_urls]
    return outputs


def pending(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of a resource for which nothing was started yet."""
    return {**inputs, "status": PENDING, "adopted": False}


def of_declaration(inputs: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs where only the declaration has changed: what is known of the recording stays."""
    kept = ("status", *FIELDS, *(["download_urls"] if declared(inputs, "keep_download_urls") else []))
    return {**inputs, **_adoption(known), **{name: known[name] for name in kept if name in known}}


def new_take_over() -> dict[str, Any]:
    """What is known of a recording that is being taken over: that it is, and by which resource."""
    return {"adopted": True, "adoption": new_adoption()}


def _first(value: Any, other: Any) -> Any:
    return other if value is None else value


def _adoption(known: Mapping[str, Any]) -> dict[str, Any]:
    """States of earlier versions say `adopted` only where it is true, and never by which resource."""
    mark = {"adoption": known["adoption"]} if "adoption" in known else {}
    return {"adopted": known.get("adopted") is True, **mark}
