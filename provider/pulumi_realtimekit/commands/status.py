"""`status`: what the recordings of a stack are doing now, and what of it differs from the stack's state."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any, Final, Literal

from pulumi_realtimekit.api.recordings import Recording, has_ended, moment
from pulumi_realtimekit.commands.export import NO_APP, Resource, StackExport
from pulumi_realtimekit.declarations.layers import SERVICE_BUCKET
from pulumi_realtimekit.errors import NotFound, RealtimeKitError

SETTLED: Final = {"INVOKED": "RECORDING", "UPLOADING": "UPLOADED"}
"""A status that becomes the other one by itself, within seconds: no difference."""
CALLS: Final = 16
"""How many calls are made at once."""

HEADINGS: Final = ("recording", "meeting", "status", "for", "files", "differs")


@dataclass
class Status:
    """One recording of the stack, as `--json` shows it.

    state, service: the status in the state, and the one that the service says now: `UNKNOWN` where it does not know
    the recording, None where it was not asked.
    differs: `ended` where it has ended and was saved since the last `up` or `refresh`, `yes` where nobody deployed
    what is the case: paused or resumed by hand, ERRORED, or unknown to the service; None otherwise.
    seconds: how long it has been going on, or was recorded; None where that is not known.
    files: where they go: `realtimekit`, the storage's type, bucket or host, and path, or `encrypted`; the type of an
    output that makes no file.
    problem: why the service did not say.
    """

    name: str
    urn: str
    id: str
    meeting_id: str | None
    state: str
    service: str | None = None
    differs: Literal["ended", "yes"] | None = None
    seconds: int | None = None
    stop_reason: str | None = None
    files: list[str] = field(default_factory=list)
    problem: str | None = None


def run(export: StackExport, *, as_json: bool, watch: float | None) -> int:
    """Prints the statuses; again every `watch` seconds, until interrupted.

    Returns 0 where all is as the state says or has ended, 1 where something differs, 2 where something is not known.
    """
    code = 2
    with suppress(KeyboardInterrupt) if watch is not None else nullcontext():
        while True:
            statuses = ask(export)
            code = 2 if any(one.problem for one in statuses) else int(any(one.differs == "yes" for one in statuses))
            if as_json:
                print(json.dumps([asdict(one) for one in statuses], indent=2 if watch is None else None), flush=True)
            else:
                _show(statuses, anew=watch is not None)
            for problem in dict.fromkeys(one.problem for one in statuses if one.problem):
                print(f"status: {problem}", file=sys.stderr)
            if watch is None:
                break
            time.sleep(watch)
    return code


def ask(export: StackExport) -> list[Status]:
    """The recordings of the state, as the service says they are now."""
    refused: dict[Any, str] = {}

    def one(resource: Resource) -> Status:
        status = _of_state(resource)
        if resource.is_pending:
            return status
        if resource.app is None:
            status.problem = f"{resource.name}: {NO_APP}"
            return status
        place = (resource.provider.base_url, resource.app)
        status.problem = refused.get(place)
        if not status.problem:
            try:
                compare(status, resource.provider.api.recording(resource.app, resource.id))
            except NotFound:
                status.service, status.differs = "UNKNOWN", "yes"
            except RealtimeKitError as error:
                app = resource.app
                status.problem = refused[place] = f"app {app.app_id} of account {app.account_id}: {error}"
        return status

    for provider in {resource.provider for resource in export.recordings}:
        with suppress(RealtimeKitError):  # raised again below
            _ = provider.api  # here, once: the threads share it
    with ThreadPoolExecutor(CALLS) as pool:
        return list(pool.map(one, export.recordings))


def _of_state(resource: Resource) -> Status:
    values = resource.properties
    return Status(
        name=resource.name,
        urn=resource.urn,
        id=resource.id,
        meeting_id=values.get("meeting_id"),
        state=values.get("status") or "unknown",
        files=list(dict.fromkeys(_files(values["layers"]))) if "layers" in values else [],
    )


def compare(status: Status, recording: Recording) -> None:
    """What the service says beside the state."""
    status.service, status.stop_reason = recording.status, recording.stop_reason
    status.seconds = _seconds(recording)
    before, after = (SETTLED.get(one, one) for one in (status.state, recording.status))
    if before != after:
        was_active = before in {"RECORDING", "PAUSED"}
        status.differs = "ended" if was_active and after == "UPLOADED" else "yes"


def _seconds(recording: Recording) -> int | None:
    began = moment(recording.started_time or recording.invoked_time)
    if recording.recording_duration is not None and has_ended(recording.status, recording.stopped_time):
        return int(recording.recording_duration)
    until = moment(recording.stopped_time) or (datetime.now(timezone.utc) if recording.active else None)
    return max(0, int((until - began).total_seconds())) if began and until else None


def _files(layers: Any) -> Iterator[str]:
    """Where the files of layers go."""
    for layer in layers.values() if isinstance(layers, Mapping) else [None]:
        for output in (layer or {}).get("outputs") or [None]:
            yield _place(output or {})


def _place(output: Mapping[str, Any]) -> str:
    """Where the files of an output go; what the export keeps encrypted is said to be."""
    storage = output.get("storage_config")
    if storage:
        place = "/".join(storage.get(name) for name in ("host", "bucket", "path") if storage.get(name))
        return f"{storage.get('type') or 'encrypted'} {place}".strip()
    kind = output.get("type") or "STORAGE_CONFIG"
    return {"REALTIMEKIT_BUCKET": SERVICE_BUCKET, "STORAGE_CONFIG": "encrypted"}.get(kind, kind)


def _show(statuses: Sequence[Status], *, anew: bool) -> None:
    """Prints the table: by rich on a terminal where it is installed, else in Markdown, as pipelines show it.

    anew: in the place of what the terminal shows.
    """
    rows = [_row(status) for status in statuses]
    if sys.stdout.isatty():
        with suppress(ImportError):
            from rich.console import Console
            from rich.table import Table

            table, console = Table(*HEADINGS), Console()
            for row in rows:
                table.add_row(*row)
            if anew:
                console.clear()
            console.print(table)
            return
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    for row in (HEADINGS, tuple("-" * width for width in widths), *rows):
        print(f"| {' | '.join(map(str.ljust, row, widths))} |", flush=True)


def _row(status: Status) -> tuple[str, ...]:
    now = status.state if status.service is None else status.service
    reason = f" ({status.stop_reason})" if status.stop_reason else ""
    difference = {"ended": f"{status.state} in the state: ended since", "yes": f"{status.state} in the state", None: ""}
    return (
        status.name,
        status.meeting_id or "",
        f"{now}{reason}",
        "" if status.seconds is None else _duration(status.seconds),
        ", ".join(status.files),
        "not known" if status.problem else difference[status.differs],
    )


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
