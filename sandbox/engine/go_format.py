"""A value as Go's `%v` prints it, which is how the real engine shows a property that a plugin refused."""

import json
from collections.abc import Mapping

from sandbox.engine.values import OutputValue, ResourceReference, Secret, Unknown, Value


def formatted(value: Value) -> str:
    """`{text}`, `{<nil>}`, `{map[a:{1}]}`; a secret is `{&{{text}}}`: not hidden."""
    return "{" + _inner(value) + "}"


def _inner(value: Value) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, Secret | OutputValue):
        return "&{" + formatted(value.value) + "}"
    if isinstance(value, Unknown):
        return "{{}}"
    if isinstance(value, ResourceReference):
        return "{" + value.urn + "}"
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{key}:{formatted(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list | tuple):
        return "[" + " ".join(map(formatted, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)
