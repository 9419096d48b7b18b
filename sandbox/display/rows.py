"""What is known of each resource while a deployment runs: its step, how it went, what was said of it."""

import re
import time
from dataclasses import dataclass, field

from sandbox.display.clean import clean
from sandbox.display.differences import changed_names, difference
from sandbox.display.operations import OPERATIONS, is_shown, operation, settled
from sandbox.engine import urn as urns
from sandbox.engine.events import (
    Cancelled,
    Diagnostic,
    Event,
    ResourceOperationFailed,
    ResourceOutputs,
    ResourcePre,
    StepMetadata,
    Summary,
)

_CONTROL_SEQUENCES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b.|[\x00-\x08\x0b-\x1f\x7f]")
_TRACEBACK = "Traceback (most recent call last):"
PREFIXES = {"error": "error: ", "warning": "warning: ", "debug": "debug: "}
STYLES = {"error": "red", "warning": "yellow"}


@dataclass
class Row:
    """One resource."""

    metadata: StepMetadata
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    finished: bool = False
    failed: bool = False
    shown: bool = False
    diagnostics: list[Diagnostic] = field(default_factory=list)
    last: Diagnostic | None = None
    """What was said last, ephemeral messages included."""

    @property
    def type(self) -> str:
        return clean(urns.type_of(self.metadata.urn))

    @property
    def name(self) -> str:
        return clean(urns.name_of(self.metadata.urn))

    @property
    def is_stack(self) -> bool:
        return self.type == urns.STACK_TYPE

    @property
    def is_custom(self) -> bool:
        """Whether a plugin does it: not the stack, not a component."""
        state = self.metadata.new or self.metadata.old
        return state is not None and state.custom

    @property
    def parent(self) -> str:
        state = self.metadata.new or self.metadata.old
        return state.parent if state else ""

    def count(self, *severities: str) -> int:
        return sum(1 for diagnostic in self.diagnostics if diagnostic.severity in severities)

    def status(self, *, planning: bool, over: bool) -> str:
        """What is or was done, and how long it takes or took."""
        step = operation(self.metadata)
        verb = step.plan if planning else step.doing
        if self.is_stack and not verb and not over:
            return "running"
        if planning:
            return verb
        if self.failed or (over and self.count("error")):
            return f"**{step.failed}**"
        if self.finished and (over or not self.is_stack):
            return f"{step.done} {_duration(self.seconds)}" if step.done else ""
        if over and self.is_custom:
            return f"{verb} (interrupted)" if verb else ""
        return f"{verb} ({int(time.monotonic() - self.started)}s)" if verb and not over else step.done

    def reasons(self) -> str:
        """The properties that differ, `[diff: +added-removed~changed]`."""
        old, new = self.metadata.old, self.metadata.new
        if not old or not new:
            return ""
        names = {"create": [], "delete": [], "update": []} if self.metadata.op == "same" else _changes(self.metadata)
        if old.protect != new.protect:
            names["update"].append("protect")
        if old.provider != new.provider and old.provider and new.provider:
            names["update"].append("provider")
        parts = [OPERATIONS[kind].sign.strip() + ",".join(changed) for kind, changed in names.items() if changed]
        return f"[diff: {''.join(parts)}]" if parts else ""

    def info(self, said: str) -> str:
        """Why it is done, and what was said."""
        return "; ".join(part for part in (self.reasons(), said) if part)

    def last_said(self) -> str:
        return first_line(self.last) if self.last else ""

    def said_in_all(self) -> str:
        """How many messages of each kind there were."""
        counts = (
            (self.count("error"), "error"),
            (self.count("warning"), "warning"),
            (self.count("info", "info#err"), "message"),
        )
        return "; ".join(f"{number} {what}{'s' * (number > 1)}" for number, what in counts if number)


class Rows:
    """All resources of a deployment, in the order in which something happened to them."""

    def __init__(self, stack_urn: str) -> None:
        self.stack_urn = stack_urn
        self.rows: dict[str, Row] = {}
        self.summary: Summary | None = None
        self.over = False
        self.failures = 0

    def take(self, event: Event) -> Row | None:
        """Remembers the event; returns the row that it changed."""
        if isinstance(event, ResourcePre):
            row = self._row(event.metadata)
            row.metadata, row.finished, row.started = event.metadata, False, time.monotonic()
        elif isinstance(event, ResourceOutputs):
            row = self._row(event.metadata)
            row.metadata, row.finished = settled(event.metadata), True
            row.seconds = event.seconds or time.monotonic() - row.started
        elif isinstance(event, ResourceOperationFailed):
            row = self._row(event.metadata)
            row.failed = True
            self.failures += 1
        elif isinstance(event, Diagnostic):
            row = self._row_of(event.urn or self.stack_urn)
            row.last = event
            if not event.ephemeral:
                row.diagnostics.append(event)
        else:
            if isinstance(event, Summary):
                self.summary = event
            self.over = self.over or isinstance(event, Cancelled)
            return None
        row.shown = row.shown or row.is_stack or is_shown(row.metadata, halves=True)
        return row

    @property
    def stack(self) -> Row | None:
        return self.rows.get(self.stack_urn)

    @property
    def errored(self) -> int:
        """How many resources something went wrong with."""
        return sum(1 for row in self.rows.values() if row.count("error"))

    def _row(self, metadata: StepMetadata) -> Row:
        return self.rows.setdefault(metadata.urn, Row(metadata))

    def _row_of(self, urn: str) -> Row:
        if urn not in self.rows:
            self.rows[urn] = Row(StepMetadata("same", urn, urns.type_of(urn)))
        return self.rows[urn]


def _duration(seconds: float) -> str:
    return f"({seconds:.2f}s)" if seconds < 1 else f"({int(seconds)}s)"


def text_of(diagnostic: Diagnostic) -> str:
    """The message with its severity in front, without what a terminal would obey, and without empty lines below."""
    return f"{PREFIXES.get(diagnostic.severity, '')}{message_of(diagnostic)}".rstrip()


def message_of(diagnostic: Diagnostic) -> str:
    """All of the message, without what a terminal would obey."""
    return _CONTROL_SEQUENCES.sub("", diagnostic.message.replace("\r\n", "\n"))


def first_line(diagnostic: Diagnostic) -> str:
    """What fits behind a resource's status; of a traceback its last line, which names the exception."""
    lines = text_of(diagnostic).splitlines() or [""]
    if lines[0].endswith(_TRACEBACK):
        return lines[0].removesuffix(_TRACEBACK) + lines[-1].strip()
    return lines[0]


def _changes(metadata: StepMetadata) -> dict[str, list[str]]:
    """Names of the inputs that differ; for a refresh, which changes no inputs, of the outputs."""
    names: dict[str, list[str]] = {"create": [], "delete": [], "update": []}
    if metadata.old and metadata.new:
        found = difference(metadata.old.inputs, metadata.new.inputs)
        for kind, changed in (changed_names(found) if found else {}).items():
            names[kind] = [name for name in changed if not metadata.diffs or name in metadata.diffs]
    return names
