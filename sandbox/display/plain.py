"""One line whenever something happens: for logs of CI jobs and for pipes."""

import time

from rich.console import Console
from rich.text import Text

from sandbox.display import summary
from sandbox.display.operations import operation
from sandbox.display.rows import Row, Rows
from sandbox.engine.events import (
    Cancelled,
    Diagnostic,
    Event,
    ResourceOperationFailed,
    ResourceOutputs,
    ResourcePre,
)

_SILENCE_SECONDS = 10.0
"""After so long without a line one says that work goes on: CI systems end silent jobs."""


class PlainDisplay:
    """Lines in the order of the events, then diagnostics, outputs and counts."""

    interval = 1.0

    def __init__(self, console: Console, rows: Rows, *, planning: bool, label: str) -> None:
        self._console, self._rows = console, rows
        self._planning, self._label = planning, label
        self._spoke = time.monotonic()

    def show(self, event: Event) -> None:
        before = self._op_of(event)
        row = self._rows.take(event)
        if isinstance(event, Cancelled):
            self._finish()
        elif row and row.shown and self._is_news(event, before):
            self._print(row, row.last_said() if isinstance(event, Diagnostic | ResourceOperationFailed) else "")

    def tick(self) -> None:
        if time.monotonic() - self._spoke >= _SILENCE_SECONDS:
            self._write(Text(f"@ {self._label}...."))

    def close(self) -> None:
        """Nothing is held."""

    def message(self, text: str, style: str = "") -> None:
        """A line that belongs to no resource."""
        self._write(Text(text, style))

    def _op_of(self, event: Event) -> str:
        row = self._rows.rows.get(event.metadata.urn) if isinstance(event, ResourceOutputs) else None
        return row.metadata.op if row else ""

    def _is_news(self, event: Event, before: str) -> bool:
        if isinstance(event, ResourceOutputs):
            metadata = event.metadata
            state = metadata.new or metadata.old
            is_done = not self._planning and state is not None and state.custom and metadata.op != "same"
            return before == "refresh" or is_done
        if isinstance(event, Diagnostic):
            return event.severity != "debug" and bool(event.message.strip())
        if isinstance(event, ResourcePre):
            row = self._rows.rows[event.metadata.urn]
            return row.is_stack or event.metadata.op != "same" or bool(row.reasons())
        return isinstance(event, ResourceOperationFailed)

    def _print(self, row: Row, said: str, *, over: bool = False) -> None:
        step = operation(row.metadata)
        line = Text(f" {step.sign}", step.style)
        line.append(f" {row.type} {row.name} ", "default")
        status = row.status(planning=self._planning, over=over)
        line.append(f"{status} " if status else "", "red" if row.failed else step.style)
        line.append(row.info(said), "default")
        line.rstrip()
        self._write(line)

    def _write(self, text: Text) -> None:
        self._spoke = time.monotonic()
        self._console.print(text, soft_wrap=True)

    def _finish(self) -> None:
        for row in self._rows.rows.values():
            unfinished = not row.finished and not row.failed and row.metadata.op != "same"
            if row.shown and (row.is_stack or unfinished):
                self._print(row, row.said_in_all(), over=True)
        print_end(self._console, self._rows, planning=self._planning)


def print_end(console: Console, rows: Rows, *, planning: bool) -> None:
    """What follows the rows in every display for people."""
    parts = [summary.diagnostics(rows), summary.outputs(rows.stack, planning=planning)]
    if rows.summary:
        parts.append(summary.counts(rows.summary, rows.errored))
    for part in parts:
        if part:
            console.print(part, soft_wrap=True, end="")
    console.print()
