"""Properties as text: values, and what differs between two states of a resource.

Source: `pkg/backend/display/object_diff.go` of pulumi/pulumi. A secret is `[secret]`, whatever it holds.
"""

import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from sandbox.display.clean import clean
from sandbox.display.differences import Difference, difference, is_primitive, visible
from sandbox.display.pen import Pen
from sandbox.engine.values import OutputValue, PropertyMap, Secret, Unknown, Value

_LINES, _LINE_LENGTH, _CONTEXT_LINES = 3, 150, 2

Title: TypeAlias = Callable[[Pen], None]
"""Writes the beginning of a line: the property's name or the element's index."""


def write_properties(pen: Pen, properties: PropertyMap) -> None:
    """All properties, one below the other, names aligned."""
    members = visible(properties)
    width = _width(members)
    for name, value in members.items():
        if value is not None:
            _named(name, width)(pen)
            _write_line(pen, value)


def write_difference(pen: Pen, found: Difference, names: Collection[str] | None = None) -> None:
    """What changed and, for orientation, what did not; with `names` these properties alone."""
    members = {str(name): member for name, member in (found.members or {}).items() if names is None or name in names}
    width = _width(members)
    for name, member in members.items():
        _write_member(pen, member, _named(name, width))


def one_line(value: Value) -> str:
    """A value that is neither a list nor a map."""
    if isinstance(value, OutputValue):
        return "[secret]" if value.secret else one_line(value.value)
    if isinstance(value, Secret | Unknown):
        return "[secret]" if isinstance(value, Secret) else "[unknown]"
    if isinstance(value, bool) or value is None:
        return "<null>" if value is None else str(value).lower()
    if isinstance(value, str):
        return json.dumps(_shortened(value), ensure_ascii=False)
    return f"{value:.0f}" if isinstance(value, int) or (math.isfinite(value) and value.is_integer()) else str(value)


def _write_member(pen: Pen, found: Difference, title: Title) -> None:
    if found.kind == "update":
        _write_update(pen.marked("update"), found, title)
        return
    value = found.old if found.kind == "delete" else found.new
    if found.kind != "same" or _is_worth_a_line(value):
        marked = pen.marked(found.kind)
        title(marked)
        _write_line(marked, value)


def _write_update(pen: Pen, found: Difference, title: Title) -> None:
    if found.members is not None:
        title(pen)
        _write_members(pen, found)
    elif is_primitive(found.old) and is_primitive(found.new):
        title(pen)
        _write_change(pen, found.old, found.new)
    else:
        _write_member(pen, Difference("delete", old=found.old), title)
        _write_member(pen, Difference("create", new=found.new), title)


def _write_members(pen: Pen, found: Difference) -> None:
    if isinstance(found.new, Mapping):
        pen.write("{\n")
        write_difference(pen.deeper(), found)
        pen.end("}\n")
    else:
        pen.write("[\n")
        for index, member in (found.members or {}).items():
            _write_member(pen.deeper(), member, _indexed(index))
        pen.end("]\n")


def _write_change(pen: Pen, old: Value, new: Value) -> None:
    if isinstance(old, str) and isinstance(new, str):
        one, other = _decoded(old), _decoded(new)
        found = None if one is None or other is None else difference({"": one}, {"": other})
        if found and found.members:
            pen.write("(json) ")
            _write_member(pen, found.members[""], lambda _: None)
            return
        if "\n" in old or "\n" in new:
            _write_line_changes(pen, old.split("\n"), new.split("\n"))
            return
    pen.coloured("delete").write(one_line(old))
    pen.write(" => ")
    pen.coloured("create").write(one_line(new))
    pen.write("\n")


def _write_line_changes(pen: Pen, old: Sequence[str], new: Sequence[str]) -> None:
    pen.write("\n")
    lines = pen.deeper()
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for number, (tag, first, last, new_first, new_last) in enumerate(opcodes):
        if tag == "equal":
            context = _context(old[first:last], at_start=number == 0, at_end=number == len(opcodes) - 1)
            _write_lines(lines.marked("same"), context)
        else:
            _write_lines(lines.marked("delete"), old[first:last])
            _write_lines(lines.marked("create"), new[new_first:new_last])


def _context(unchanged: Sequence[str], *, at_start: bool, at_end: bool) -> Sequence[str]:
    """A few of the lines around a change."""
    kept = [line for line in unchanged if line.strip()]
    before = [] if at_start else kept[:_CONTEXT_LINES]
    after = [] if at_end else kept[-_CONTEXT_LINES:]
    return kept if len(kept) <= len(before) + len(after) + 1 else [*before, "...", *after]


def _write_lines(pen: Pen, lines: Sequence[str]) -> None:
    for line in lines:
        if line.strip():
            pen.begin(f"{clean(line)}\n")


def _write_line(pen: Pen, value: Value) -> None:
    _write_value(pen, value)
    pen.write("\n")


def _write_value(pen: Pen, value: Value) -> None:
    decoded = _decoded(value) if isinstance(value, str) else None
    if decoded is not None:
        pen.write("(json) ")
        _write_value(pen, decoded)
    elif is_primitive(value):
        pen.write(one_line(value))
    elif not value:
        pen.write("{}" if isinstance(value, Mapping) else "[]")
    elif isinstance(value, Mapping):
        pen.write("{\n")
        write_properties(pen.deeper(), value)
        pen.end("}")
    else:
        pen.write("[\n")
        for index, member in enumerate(value):
            pen.begin(f"    [{index}]: ")
            _write_line(pen.deeper(), member)
        pen.end("]")


def _named(name: str, width: int) -> Title:
    return lambda pen: pen.begin(f"{clean(name):<{width}}: ")


def _indexed(index: str | int) -> Title:
    return lambda pen: pen.begin(f"[{index}]: ")


def _width(names: Collection[str]) -> int:
    return max((len(name) for name in names), default=0)


def _is_worth_a_line(value: Value) -> bool:
    return value is not None and value not in ("", [], {})


def _decoded(text: str) -> Value:
    """The object or list that the text is the JSON of, or None."""
    stripped = text.strip()
    if not stripped.startswith(("{", "[")):
        return None
    try:
        return json.loads(stripped)
    except ValueError:
        return None


def _shortened(text: str) -> str:
    lines = [line if len(line) <= _LINE_LENGTH else f"{line[:_LINE_LENGTH]}..." for line in text.split("\n")]
    return "\n".join(lines if len(lines) <= _LINES else [*lines[:_LINES], "..."])
