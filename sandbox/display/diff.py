"""`--diff`: each step with its properties, those that differ marked.

Source: `pkg/backend/display/{diff,object_diff}.go` of pulumi/pulumi.
"""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from sandbox.display import summary
from sandbox.display.clean import clean
from sandbox.display.differences import difference
from sandbox.display.operations import is_shown, operation, settled
from sandbox.display.pen import Pen
from sandbox.display.properties import write_difference, write_properties
from sandbox.display.rows import Rows
from sandbox.engine import urn as urns
from sandbox.engine.events import (
    Cancelled,
    Event,
    ResourceOutputs,
    ResourcePre,
    StepMetadata,
)

_BRIEF = frozenset({"create", "delete", "delete-replaced", "discard", "discard-replaced"})


class DiffDisplay:
    """Steps as they come; at the end what was said, and counts."""

    interval = 1.0

    def __init__(self, console: Console, errors: Console, rows: Rows, *, planning: bool) -> None:
        self._console, self._errors, self._rows, self._planning = console, errors, rows, planning
        self._steps = StepTexts(planning=planning)

    def show(self, event: Event) -> None:
        self._rows.take(event)
        text = self._steps.text_of(event)
        if text:
            self._console.print(text, soft_wrap=True, end="")
        if isinstance(event, Cancelled):
            self._finish()

    def tick(self) -> None:
        """Nothing changes in place here."""

    def close(self) -> None:
        """What was said until then, where the deployment did not come to its end."""
        if not self._rows.over:
            self._finish()

    def message(self, text: str, style: str = "") -> None:
        """A line that belongs to no resource."""
        self._errors.print(Text(text, style), soft_wrap=True)

    def _finish(self) -> None:
        parts = [summary.diagnostics(self._rows)]
        if self._rows.summary:
            parts.append(summary.counts(self._rows.summary, self._rows.failures))
        for part in parts:
            self._console.print(part, soft_wrap=True, end="")
        self._console.print()


def details(events: Iterable[Event]) -> Text:
    """The steps of a preview that is over, in full."""
    steps = StepTexts(planning=True)
    whole = Text()
    for event in events:
        whole.append_text(steps.text_of(event))
    return whole


class StepTexts:
    """Text for each event of a step; knows the steps before, for the indentation."""

    def __init__(self, *, planning: bool) -> None:
        self._planning = planning
        self._seen: dict[str, StepMetadata] = {}

    def text_of(self, event: Event) -> Text:
        """Empty where the event is none of a step, or not worth showing."""
        if isinstance(event, ResourcePre):
            self._seen[event.metadata.urn] = event.metadata
            return self._step(event.metadata) if event.metadata.op != "refresh" else Text()
        if isinstance(event, ResourceOutputs):
            return self._outputs(event.metadata)
        return Text()

    def _step(self, metadata: StepMetadata) -> Text:
        if not _is_shown(metadata):
            return Text()
        indent = self._indent(metadata)
        text = self._header(metadata, indent)
        if metadata.op != "same":
            _write_details(Pen(text, "same", indent + 1), metadata)
        return text

    def _outputs(self, metadata: StepMetadata) -> Text:
        before = self._seen.get(metadata.urn)
        was_refresh = before is not None and before.op == "refresh"
        metadata = settled(metadata)
        if not _is_shown(metadata):
            return Text()
        if was_refresh and metadata.op == "update":
            return self._step(metadata)
        indent = self._indent(metadata)
        text = self._header(metadata, indent) if was_refresh else Text()
        is_stack = metadata.type == urns.STACK_TYPE
        body = Text()
        # What a replacement has become stands among its properties.
        if is_stack or not (self._planning or metadata.op == "replace"):
            body = _new_outputs(metadata, indent + 1, planning=self._planning or not is_stack)
        if body:
            text.append("    " * (indent + 1) + "--outputs:--\n", operation(metadata).style)
            text.append_text(body)
        return text

    def _header(self, metadata: StepMetadata, indent: int) -> Text:
        step = operation(metadata)
        old, new = metadata.old, metadata.new
        text = Text("    " * indent + f"{step.sign}{clean(metadata.type)}: ({metadata.op})", step.style)
        state = new or old
        if state and state.protect:
            text.append(" 🔒")
        elif old and old.protect:
            text.append(" 🔓")
        text.append("\n")
        pen = Pen(text, metadata.op if metadata.op in _BRIEF else "same", indent + 1)
        if old and old.id:
            pen.begin(f"[id={clean(old.id)}]\n")
        pen.begin(f"[urn={clean(metadata.urn)}]\n")
        provider = urns.provider_urn(metadata.provider)
        if old and new and old.provider != new.provider and old.provider and new.provider:
            pen.marked("update").begin(f"[provider: {old.provider} => {new.provider}]\n")
        elif provider and not urns.is_default_provider(provider):
            pen.begin(f"[provider={metadata.provider}]\n")
        if metadata.keys and metadata.op in {"replace", "create-replacement", "delete-replaced"}:
            pen.coloured("replace").begin(f"[replaced because of: {', '.join(metadata.keys)}]\n")
        return text

    def _indent(self, metadata: StepMetadata) -> int:
        """How many of the ancestors have been shown."""
        indent, state = 0, metadata.new or metadata.old
        while state and state.parent in self._seen:
            parent = self._seen[state.parent]
            indent += _is_shown(parent)
            state = parent.new or parent.old
        return indent


def _is_shown(metadata: StepMetadata) -> bool:
    return metadata.type == urns.STACK_TYPE or is_shown(metadata, halves=False)


def _write_details(pen: Pen, metadata: StepMetadata) -> None:
    old, new = metadata.old, metadata.new
    if old is None or new is None:
        state = new or old
        if state:
            write_properties(pen.coloured(metadata.op), state.outputs if new and new.outputs else state.inputs)
        return
    by_outputs = bool(new.outputs)
    found = difference(old.outputs, new.outputs) if by_outputs else difference(old.inputs, new.inputs)
    if found:
        write_difference(pen, found, metadata.diffs or None if not by_outputs else None)
    else:
        write_properties(pen, new.outputs if by_outputs else new.inputs)


def _new_outputs(metadata: StepMetadata, indent: int, *, planning: bool) -> Text:
    """Of a resource only what the inputs do not say already; of the stack everything."""
    new = metadata.new
    if new and metadata.type != urns.STACK_TYPE:
        known = difference(new.inputs, new.outputs)
        names = [str(name) for name, member in (known.members or {}).items() if member.kind != "same"] if known else []
        changed = {name: new.outputs[name] for name in names if name in new.outputs}
        old = metadata.old.outputs if metadata.old else {}
        text = Text()
        found = difference({name: value for name, value in old.items() if name in changed}, changed)
        if not metadata.old:
            write_properties(Pen(text, "same", indent), changed)
        elif found:
            differing = [str(name) for name, member in (found.members or {}).items() if member.kind != "same"]
            write_difference(Pen(text, "same", indent), found, differing)
        return text
    return summary.step_outputs(metadata, planning=planning, indent=indent) if new else Text()
