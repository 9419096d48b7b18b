"""Paths into properties, as `ignore_changes` and `replace_on_changes` name them: `a.b[0]["c d"]`, `a[*].b`.

Source: `sdk/go/common/resource/properties_path.go` of pulumi/pulumi.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from sandbox.engine.values import PropertyMap, Secret, Value

PropertyPath: TypeAlias = tuple[str | int, ...]

_ELEMENT = re.compile(
    r"""
    \[ " (?P<quoted> (?: \\" | [^"] )* ) " \]
    | \[ (?P<index> -?\d+ | \* ) \]
    | (?P<name> [^.\[]+ )
    """,
    re.VERBOSE,
)


class PropertyPathError(ValueError):
    """Not a property path."""


def parse(text: str) -> PropertyPath:
    """The path's keys and indexes; `*` stands for all of them. Raises `PropertyPathError`."""
    elements: list[str | int] = []
    position = 0
    while position < len(text):
        if text[position] == ".":
            position += 1
            if not elements or position == len(text):
                raise PropertyPathError(f"'{text}' is not a property path: a name or an index belongs beside the dot")
            continue  # another dot is one as well
        match = _ELEMENT.match(text, position)
        if match is None:
            raise PropertyPathError(f"'{text}' is not a property path: see position {position + 1}")
        if match["quoted"] is not None:
            elements.append(match["quoted"].replace('\\"', '"'))
        elif match["index"] is not None:
            elements.append("*" if match["index"] == "*" else int(match["index"]))
        else:
            elements.append(match["name"])
        position = match.end()
    return tuple(elements)


def contains(path: PropertyPath, other: PropertyPath) -> bool:
    """Whether `other` lies at or below `path`."""
    return len(other) >= len(path) and all(
        a == "*" or (type(a) is type(b) and a == b) for a, b in zip(path, other, strict=False)
    )


def reset(path: PropertyPath, old: PropertyMap, new: PropertyMap) -> tuple[PropertyMap, bool]:
    """The new properties with what stands at the path as it was in the old ones.

    False: not all of it could be put back, because an element of a list was added or removed on the way.
    """
    value, complete = _reset(path, old, new, _Secrecy())
    return value, complete


class _Secrecy(NamedTuple):
    """Whether the old and the new value stand inside a secret."""

    old: bool = False
    new: bool = False

    def keep(self, value: Value) -> Value:
        """An old value for its new place: still secret."""
        return Secret(value) if self.old and not self.new and not isinstance(value, Secret) else value


_Outcome: TypeAlias = tuple[Value, bool]


def _reset(path: PropertyPath, old: Value, new: Value, secrecy: _Secrecy) -> _Outcome:
    if isinstance(old, Secret):
        return _reset(path, old.value, new, secrecy._replace(old=True))
    if isinstance(new, Secret):
        value, complete = _reset(path, old, new.value, secrecy._replace(new=True))
        return Secret(value), complete
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        return _reset_index(key, rest, old, new, secrecy)
    if key == "*":
        return _reset_all(rest, old, new, secrecy)
    return _reset_key(key, rest, old, new, secrecy)


def _member(rest: PropertyPath, old: Value, new: Value, secrecy: _Secrecy) -> _Outcome:
    return _reset(rest, old, new, secrecy) if rest else (secrecy.keep(old), True)


def _reset_index(index: int, rest: PropertyPath, old: Value, new: Value, secrecy: _Secrecy) -> _Outcome:
    if index < 0:
        return new, False
    if not isinstance(old, list) or not isinstance(new, list):
        return new, not isinstance(old, list) and not isinstance(new, list)
    if index >= min(len(old), len(new)):
        return new, index >= max(len(old), len(new)) and not rest
    value, complete = _member(rest, old[index], new[index], secrecy)
    return [*new[:index], value, *new[index + 1 :]], complete


def _reset_key(key: str, rest: PropertyPath, old: Value, new: Value, secrecy: _Secrecy) -> _Outcome:
    in_old, in_new = isinstance(old, Mapping) and key in old, isinstance(new, Mapping) and key in new
    if not rest and in_old:
        return ({**new, key: secrecy.keep(old[key])}, True) if isinstance(new, Mapping) else (new, False)
    if not rest:
        return ({name: value for name, value in new.items() if name != key} if in_new else new), True
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new, not isinstance(old, Mapping) and not isinstance(new, Mapping)
    if not in_old or not in_new:
        return new, not in_old and not in_new
    value, complete = _reset(rest, old[key], new[key], secrecy)
    return {**new, key: value}, complete


def _reset_all(rest: PropertyPath, old: Value, new: Value, secrecy: _Secrecy) -> _Outcome:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if not rest:
            return {key: secrecy.keep(value) for key, value in old.items()}, True
        if not old.keys() <= new.keys():
            return new, False
        outcomes = {key: _reset(rest, old[key], new[key], secrecy) for key in old}
        return {**new, **{key: value for key, (value, _) in outcomes.items()}}, _all_complete(outcomes.values())
    if isinstance(old, list) and isinstance(new, list):
        pairs = [_member(rest, a, b, secrecy) for a, b in zip(old, new, strict=False)]
        value = [member for member, _ in pairs] + new[len(pairs) :]
        return value, len(old) == len(new) and _all_complete(pairs)
    return new, not rest and isinstance(new, Mapping | list)


def _all_complete(outcomes: Iterable[_Outcome]) -> bool:
    return all(complete for _, complete in outcomes)
