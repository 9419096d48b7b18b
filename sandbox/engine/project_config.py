"""`config` of Pulumi.yaml: values and defaults for every stack, and what a stack has to set.

Source: `sdk/go/common/workspace/project.go` and `pkg/workspace/config.go` of pulumi/pulumi.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.engine import config_values
from sandbox.engine.config_keys import Key, parse_key, split_path, value_at, with_value
from sandbox.engine.config_values import ConfigValue
from sandbox.engine.errors import UserError


@dataclass(frozen=True)
class ProjectValue:
    """One key of the project's `config`."""

    name: str
    """As it is written in Pulumi.yaml."""
    key: Key
    value: ConfigValue
    """None where there is neither a value nor a default."""
    type: str = ""
    items: Mapping[str, Any] | None = None
    secret: bool = False

    @property
    def full_type(self) -> str:
        return _full_type(self.type, self.items)


def project_values(content: Any, project: str, where: str) -> tuple[ProjectValue, ...]:
    """The project's `config`, checked; UserError names the key."""
    if content is None:
        return ()
    if not isinstance(content, dict):
        raise UserError(f"{where}: config: a map of keys is expected")
    return tuple(_project_value(name, value, project, where) for name, value in sorted(content.items()))


def _project_value(name: str, content: Any, project: str, where: str) -> ProjectValue:
    key = parse_key(name, project)
    own = key.namespace == project
    if not isinstance(content, dict):
        # The short form: a default where the key is the project's own, a value where it is another's.
        content = {} if content is None else {"default" if own else "value": content}
    default, value, kind = content.get("default"), content.get("value"), content.get("type", "")
    items = content.get("items")
    problem = ""
    if default is not None and value is not None:
        problem = "cannot have both a 'default' and 'value' attribute"
    elif kind and not _is_type(kind, items):
        problem = f"has the unknown type {_full_type(kind, items)}: {', '.join(_SIMPLE_TYPES)} or array is expected"
    elif own and kind == "array" and not isinstance(items, dict):
        problem = "declares an array but does not specify the underlying type via the 'items' attribute"
    elif own and kind and default is not None and not _is_of_type(kind, items, default):
        problem = f"has a default that is not of the expected type '{_full_type(kind, items)}'"
    elif not own and kind:
        problem = "is not namespaced by the project and should not define a type"
    elif not own and default is not None:
        problem = (
            "is not namespaced by the project and should not define a default value."
            " Did you mean to use the 'value' attribute instead of 'default'?"
        )
    elif not own and value is None:
        problem = "is namespaced and must provide an attribute 'value'"
    if problem:
        raise UserError(f"{where}: config: {name} {problem}")
    given = value if value is not None else default
    try:
        stored = None if given is None else config_values.from_project_file(given)
    except ValueError as error:
        raise UserError(f"{where}: config: {name}: {error}") from error
    return ProjectValue(name, key, stored, kind, items, bool(content.get("secret")))


def merged(config: Mapping[Key, ConfigValue], project: tuple[ProjectValue, ...]) -> dict[Key, ConfigValue]:
    """The stack's configuration, and the project's where the stack has no such key: objects are not merged."""
    result = dict(config)
    for declared in project:
        if declared.value is None or _found(result, declared.key) is not _MISSING:
            continue
        top, rest = split_path(declared.key)
        text = rest and isinstance(declared.value, str)
        value = config_values.coerced(declared.value) if text else declared.value
        result[top] = with_value(result.get(top), top.name, rest, value)
    return result


def validate(
    config: Mapping[Key, ConfigValue], project: "ProjectSchema", stack: str, decrypt: Callable[[str], str]
) -> None:
    """Checks a merged configuration against what Pulumi.yaml asks of it; UserError names every missing key."""
    missing = [
        declared.name
        for declared in project.values
        if declared.key.namespace == project.name and _found(config, declared.key) is _MISSING
    ]
    if missing:
        raise UserError(
            f"Stack '{stack}' is missing configuration value{'s' if len(missing) > 1 else ''} {_listed(missing)}"
        )
    for declared in project.values:
        if not declared.type:
            continue
        value = _found(config, declared.key)
        if declared.secret and not config_values.is_secret(value):
            raise UserError(
                f"Stack '{stack}' with configuration key '{declared.name}' must be encrypted as it's secret"
            )
        plain = config_values.decrypted(value, decrypt)
        if not _is_of_type(declared.type, declared.items, plain):
            raise UserError(
                f"Stack '{stack}' with configuration key '{declared.name}' must be of type '{declared.full_type}'"
            )


@dataclass(frozen=True)
class ProjectSchema:
    """What a project says about its configuration."""

    name: str
    values: tuple[ProjectValue, ...] = ()


_MISSING = object()


def _found(config: Mapping[Key, ConfigValue], key: Key) -> Any:
    top, rest = split_path(key)
    try:
        return value_at(config[top], rest)
    except KeyError:
        return _MISSING


def _is_of_type(kind: str, items: Any, value: Any) -> bool:
    if kind == "array":
        return (
            isinstance(value, list)
            and isinstance(items, dict)
            and all(_is_of_type(items.get("type", ""), items.get("items"), member) for member in value)
        )
    return _SIMPLE_TYPES[kind](value)


def _is_type(kind: str, items: Any) -> bool:
    if kind == "array" and isinstance(items, dict):
        return _is_type(items.get("type", ""), items.get("items"))
    return kind == "array" or kind in _SIMPLE_TYPES


def _is_integer(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"[-+]?[0-9]+", value) is not None
    whole = isinstance(value, int) or (isinstance(value, float) and math.trunc(value) == value)
    return whole and not isinstance(value, bool)


_SIMPLE_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,
    "boolean": lambda value: isinstance(value, bool) or value in ("true", "false"),
    "object": lambda value: isinstance(value, dict),
}


def _full_type(kind: str, items: Any) -> str:
    return f"array<{_full_type(items.get('type', ''), items.get('items'))}>" if isinstance(items, dict) else kind


def _listed(names: list[str]) -> str:
    quoted = [f"'{name}'" for name in sorted(names)]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
