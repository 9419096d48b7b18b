"""What stands below the rows when all is over: diagnostics, outputs, counts.

Source: `pkg/backend/display/{progress,diff,object_diff}.go` of pulumi/pulumi.
"""

import math

from rich.text import Text

from sandbox.display.differences import difference, known_part
from sandbox.display.operations import OPERATIONS, READS
from sandbox.display.pen import Pen
from sandbox.display.properties import write_difference, write_properties
from sandbox.display.rows import STYLES, Row, Rows, text_of
from sandbox.engine.events import StepMetadata, Summary

_HEADLINE = "bold bright_magenta"


def diagnostics(rows: Rows) -> Text:
    """Everything that was said, under the resource that it is about; the stack first. Empty where nothing was."""
    text = Text()
    ordered = sorted(rows.rows.values(), key=lambda row: not row.is_stack)
    for row in ordered:
        said = [diagnostic for diagnostic in row.diagnostics if diagnostic.severity != "debug" and text_of(diagnostic)]
        if not said:
            continue
        text.append("" if text else "Diagnostics:\n", _HEADLINE)
        text.append(f"  {row.type} ({row.name}):\n", "bright_blue")
        for diagnostic in said:
            for line in text_of(diagnostic).splitlines():
                text.append(f"    {line}".rstrip() + "\n", STYLES.get(diagnostic.severity, ""))
        text.append("\n")
    return text


def outputs(row: Row | None, *, planning: bool) -> Text:
    """The stack's outputs: all of them after an update, in a preview those that would change."""
    text = Text()
    body = step_outputs(row.metadata, planning=planning) if row and row.finished else Text()
    if body:
        text.append("Outputs:\n", _HEADLINE)
        text.append_text(body)
        text.append("\n")
    return text


def step_outputs(metadata: StepMetadata, *, planning: bool, indent: int = 1) -> Text:
    """What a step's outputs are, or how they differ from the ones before."""
    text = Text()
    old, new = metadata.old, metadata.new
    pen = Pen(text, "same", indent)
    if new is None:
        if old and planning:
            found = difference(old.outputs, {})
            if found:
                write_difference(pen, found)
        return text
    if old is None:
        write_properties(pen, new.outputs)
        return text
    found = difference(old.outputs, new.outputs)
    if found and planning:
        found = known_part(found)
    if found:
        changed = [str(name) for name, member in (found.members or {}).items() if member.kind != "same"]
        write_difference(pen, found, changed if planning else None)
    elif not planning:
        write_properties(pen, new.outputs)
    return text


def counts(summary: Summary, errored: int) -> Text:
    """How many resources what was done to, and how long it took."""
    text = Text("Resources:\n", _HEADLINE)
    kinds = {
        op: number
        for op in OPERATIONS
        if op != "same" and op not in READS and (number := summary.changes.get(op, 0)) > 0
    }
    for op, number in kinds.items():
        verb = f"to {op}" if summary.is_preview else OPERATIONS[op].past
        text.append(f"    {OPERATIONS[op].sign}{number} {verb}\n", OPERATIONS[op].style)
    total, unchanged = sum(kinds.values()), summary.changes.get("same", 0)
    pieces = [f"{total} change{'s' * (total > 1)}"] if len(kinds) > 1 else []
    pieces += [f"{unchanged} unchanged"] if unchanged else []
    if pieces:
        text.append(f"    {'. '.join(pieces)}\n")
    if errored:
        text.append(f"    {errored} errored\n", "red")
    if not summary.is_preview:
        text.append("\nDuration:", _HEADLINE)
        text.append(f" {_duration(math.ceil(summary.seconds))}\n")
    return text


def _duration(seconds: int) -> str:
    """As Go writes it: `1h2m3s`."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{seconds}s" if hours else f"{minutes}m{seconds}s" if minutes else f"{seconds}s"
