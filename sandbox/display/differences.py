"""What differs between two property maps, as a tree.

Source: `sdk/go/common/resource/properties_diff.go` of pulumi/pulumi. Unlike there, a secret that changed counts: its
value is not shown, that it changed is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sandbox.engine.values import (
    OutputValue,
    PropertyMap,
    ResourceReference,
    Secret,
    Unknown,
    Value,
    equal,
    rebuilt,
    without_outputs,
)

Kind = Literal["same", "create", "delete", "update"]


@dataclass(frozen=True)
class Difference:
    kind: Kind
    old: Value = None
    new: Value = None
    members: "Mapping[str | int, Difference] | None" = None
    """Of an update between two maps or two lists."""


def is_internal(key: str) -> bool:
    """Whether the engine or the SDK keeps the property for itself, like `__provider`."""
    return key.startswith("__")


def visible(properties: PropertyMap) -> dict[str, Value]:
    """The properties that are the user's, in the order of their names, references to resources as maps."""
    return {key: _spelt(without_outputs(properties[key])) for key in sorted(properties) if not is_internal(key)}


def _spelt(value: Value) -> Value:
    if isinstance(value, ResourceReference):
        return {"URN": value.urn, "ID": _spelt(value.id), "PackageVersion": value.package_version}
    return rebuilt(value, _spelt)


def difference(old: PropertyMap, new: PropertyMap) -> Difference | None:
    """The difference between two property maps, or None."""
    return _difference(visible(old), visible(new))


def changed_names(found: Difference) -> dict[Kind, list[str]]:
    """Names of the properties that were added, removed and changed."""
    names: dict[Kind, list[str]] = {"create": [], "delete": [], "update": []}
    for name, member in (found.members or {}).items():
        if member.kind != "same":
            names[member.kind].append(str(name))
    return names


def _difference(old: Value, new: Value) -> Difference | None:
    if equal(old, new):
        return None
    members: dict[str | int, Difference] = {}
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            member = _member(old.get(key), new.get(key))
            if member:
                members[key] = member
        if all(member.kind == "same" for member in members.values()):
            return None
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple):
        for index in range(max(len(old), len(new))):
            if index >= len(old):
                members[index] = Difference("create", new=new[index])
            elif index >= len(new):
                members[index] = Difference("delete", old=old[index])
            else:
                members[index] = _difference(old[index], new[index]) or Difference("same", old[index], new[index])
    else:
        return Difference("update", old, new)
    return Difference("update", old, new, members)


def _member(old: Value, new: Value) -> Difference | None:
    """A property's difference: null is as good as not there."""
    if old is None:
        return None if new is None else Difference("create", new=new)
    if new is None:
        return Difference("delete", old=old)
    return _difference(old, new) or Difference("same", old, new)


def known_part(found: Difference) -> Difference | None:
    """The difference less what a preview cannot know yet; None if nothing else is left."""
    if found.members is None:
        return None if isinstance(found.new, Unknown) else found
    members = {}
    for key, member in found.members.items():
        kept = known_part(member) if member.kind == "update" else member
        if kept:
            members[key] = kept
    if all(member.kind == "same" for member in members.values()):
        return None
    return Difference("update", found.old, found.new, members)


def is_primitive(value: Value) -> bool:
    return isinstance(value, Secret | OutputValue) or not isinstance(value, Mapping | list | tuple)
