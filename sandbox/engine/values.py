"""Property values as the engine holds them: JSON-like data plus what JSON cannot say.

A value is None, bool, int, float, str, a list or dict of values, or one of `Secret`, `UNKNOWN`, `OutputValue` and
`ResourceReference`. Values are never changed in place. Whole numbers are ints, whatever the wire made of them.
Source: `sdk/go/property` and `sdk/go/common/resource/properties.go` of pulumi/pulumi.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Value: TypeAlias = Any
"""Any value. Recursive, so the type checker is not asked to follow it."""
PropertyMap: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is encrypted in the state and never shown."""

    value: Value


class Unknown:
    """What a preview cannot know yet. There is one: `UNKNOWN`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class OutputValue:
    """A value with the resources that it came from; `value` is `UNKNOWN` where it is not known."""

    value: Value
    secret: bool = False
    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceReference:
    """Another resource as a value. `id` is None for a component, `UNKNOWN` in a preview."""

    urn: str
    id: Value = None
    package_version: str = ""


def without_secrets(value: Value) -> Value:
    """The value with every secret opened, at any depth."""
    if isinstance(value, Secret):
        return without_secrets(value.value)
    if isinstance(value, OutputValue):
        return OutputValue(without_secrets(value.value), False, value.dependencies)
    return rebuilt(value, without_secrets)


def without_outputs(value: Value) -> Value:
    """The value with output values replaced by what they hold: plain, secret or unknown."""
    if isinstance(value, OutputValue):
        inner = without_outputs(value.value)
        return Secret(inner) if value.secret and not isinstance(inner, Secret) else inner
    if isinstance(value, Secret):
        return Secret(without_outputs(value.value))
    return rebuilt(value, without_outputs)


def rebuilt(value: Value, change: Callable[[Value], Value]) -> Value:
    """The list or dict with `change` applied to each of its members; anything else as it is."""
    if isinstance(value, Mapping):
        return {key: change(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [change(member) for member in value]
    return value


def contains_unknowns(value: Value) -> bool:
    """Whether any part of the value is not known."""
    return any(isinstance(part, Unknown) for part in parts(value))


def contains_secrets(value: Value) -> bool:
    """Whether any part of the value is secret."""
    return any(isinstance(part, Secret) or (isinstance(part, OutputValue) and part.secret) for part in parts(value))


def parts(value: Value) -> Iterator[Value]:
    """The value and everything inside it."""
    yield value
    if isinstance(value, Secret | OutputValue):
        yield from parts(value.value)
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from parts(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from parts(member)
    elif isinstance(value, ResourceReference):
        yield from parts(value.id)


def equal(one: Value, other: Value) -> bool:
    """Deep equality as the engine means it.

    True is not 1, a secret is not its plaintext, unknown equals unknown; in a map, null is as good as nothing.
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Secret):
        return isinstance(other, Secret) and equal(one.value, other.value)
    if isinstance(one, ResourceReference):
        return isinstance(other, ResourceReference) and one.urn == other.urn and equal(one.id, other.id)
    if isinstance(one, Mapping):
        return isinstance(other, Mapping) and all(equal(one.get(key), other.get(key)) for key in {**one, **other})
    if isinstance(one, list | tuple):
        return (
            isinstance(other, list | tuple)
            and len(one) == len(other)
            and all(equal(a, b) for a, b in zip(one, other, strict=True))
        )
    return bool(one == other)
