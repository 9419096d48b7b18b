"""Messages for users about recordings that are not as declared; functions without I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pulumi_realtimekit.api.recordings import moment
from pulumi_realtimekit.plugin.changes import has_ended

if TYPE_CHECKING:
    from pulumi_realtimekit.api.recordings import Recording
    from pulumi_realtimekit.plugin.engine import Severity

STUCK: Final = timedelta(minutes=2)
"""So long after its start a recording should record: the service takes up to about 30 s."""

STUCK_ADVICE: Final = (
    "one that stays INVOKED records nothing and blocks the next start of its meeting until it is stopped: "
    "`pulumi destroy --target <urn>`, then `pulumi up`"
)
"""Not `up --replace`: in a program of another language than Python that creates first, which takes it over again."""

TAKEN_OVER: Final = (
    "was taken over: its layers and limits are those of its own start, and may differ from what is declared here; "
    "`pulumi destroy --target <urn>`, then `pulumi up` without a recording_id, records as declared"
)


class Notice(NamedTuple):
    """A message about a recording, without its meeting and id."""

    severity: Severity
    text: str


def of_start(recording: Recording, seconds: float) -> Iterator[Notice]:
    """After so many seconds of waiting for a start."""
    if seconds and recording.status == "INVOKED":
        yield Notice(
            "warning",
            f"is still INVOKED after {seconds:g} s: it may record nothing. Look again with `pulumi up --refresh`; "
            f"{STUCK_ADVICE}",
        )
    if recording.status == "ERRORED":
        yield Notice("warning", ended(recording))


def of_read(olds: Mapping[str, Any], recording: Recording) -> Iterator[Notice]:
    """After the service was asked; olds: the outputs so far."""
    if not recording.active:
        if not has_ended(olds):
            yield Notice("warning" if recording.status == "ERRORED" else "info", ended(recording))
        if recording.status == "UPLOADED" != olds.get("status") and _lists_no_files(olds, recording):
            yield Notice("warning", "is UPLOADED, and the service lists no files of it")
    elif recording.status == "INVOKED" and _is_old(recording.invoked_time):
        yield Notice("warning", f"has been INVOKED since {recording.invoked_time}: {STUCK_ADVICE}")
    elif olds.get("adopted") is True:
        yield Notice("info", TAKEN_OVER)


def of_state(olds: Mapping[str, Any]) -> Iterator[Notice]:
    """Where nobody asks the service; olds: the outputs so far."""
    if olds.get("status") == "INVOKED" and _is_old(olds.get("invoked_time")):
        yield Notice(
            "warning",
            f"was INVOKED when it was last looked at, and should have been recording since {olds['invoked_time']}. "
            f"Look again with `pulumi up --refresh`; {STUCK_ADVICE}",
        )
    elif olds.get("adopted") is True and not has_ended(olds):
        yield Notice("info", TAKEN_OVER)


def of_other(other: Recording, why: str) -> Notice:
    """Of an active track recording of the meeting that belongs to no resource of this stack."""
    return Notice(
        "warning",
        f"{why}, and track recording {other.id} of the meeting, which this stack does not know, is {other.status}: "
        "take it over with recording_id, or stop it; `pulumi stack export | python -m pulumi_realtimekit audit` shows "
        "all of them.",
    )


def ended(recording: Recording) -> str:
    """How and why a recording has ended."""
    return f"has ended, {recording.status}" + (f" ({recording.stop_reason})" if recording.stop_reason else "")


def _lists_no_files(olds: Mapping[str, Any], recording: Recording) -> bool:
    """Files in the service's own bucket are listed; about those in other storages it says nothing."""
    layers = olds.get("layers")
    outputs = [output for layer in (layers or {}).values() for output in layer.get("outputs") or ()]
    return not recording.download_urls and any(output.get("type") == "REALTIMEKIT_BUCKET" for output in outputs)


def _is_old(invoked_time: str | None) -> bool:
    invoked = moment(invoked_time)
    return invoked is not None and datetime.now(timezone.utc) - invoked > STUCK
