"""Configuration keys (`namespace:name`) and the paths that `--path` reads in them (`recordings.a.layers[0]`).

Source: `sdk/go/common/resource/config/{key,map,object}.go` and `pkg/cmd/pulumi/config/io.go` of pulumi/pulumi.
"""

import copy
import re
from collections.abc import Sequence
from typing import NamedTuple

from sandbox.engine import property_paths
from sandbox.engine.config_values import Ciphertext, ConfigValue
from sandbox.engine.errors import UserError
from sandbox.engine.property_paths import PropertyPath

_SECURE_IS_RESERVED = 'maps with the single key "secure" are reserved'


class Key(NamedTuple):
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}:{self.name}"


def parse_key(text: str, project: str, *, path: bool = False) -> Key:
    """`ns:name`, `ns:config:name` or `name`, which is the project's; with `path` the first part of the name counts."""
    if path:
        separator = re.search(r"[.\[]", text)
        if separator and separator.start() > 0:
            top = parse_key(text[: separator.start()], project)
            return Key(top.namespace, top.name + text[separator.start() :])
    parts = text.split(":")
    if len(parts) == 1:
        return Key(project, text)
    if len(parts) == 2:
        return Key(*parts)
    if len(parts) == 3 and parts[1] == "config":
        return Key(parts[0], parts[2])
    raise UserError(
        f"could not parse {text} as a configuration key (configuration keys should be of the form `<namespace>:<name>`)"
    )


def split_path(key: Key) -> tuple[Key, PropertyPath]:
    """The key that the path begins with, and what comes after it."""
    try:
        parts = property_paths.parse(key.name)
    except property_paths.PropertyPathError as error:
        raise UserError(f"invalid config key path: {error}") from error
    if not parts or not isinstance(parts[0], str) or not parts[0]:
        raise UserError(f"invalid config key path: '{key.name}' does not begin with a name")
    return Key(key.namespace, parts[0]), parts[1:]


def value_at(value: ConfigValue, path: PropertyPath) -> ConfigValue:
    """What stands at the path; KeyError where there is nothing."""
    for part in path:
        in_map = isinstance(value, dict) and isinstance(part, str) and part in value
        in_list = isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value)
        if not in_map and not in_list:
            raise KeyError(part)
        value = value[part]
    return value


def with_value(root: ConfigValue, name: str, path: PropertyPath, value: ConfigValue) -> ConfigValue:
    """The root, which is called so, with the value at the path; containers on the way are made, `root` stays.

    A scalar right under the key makes way, one further down does not: UserError. In a list that is there an index may
    name the next place, none behind it.
    """
    if not path:
        return value
    root = copy.deepcopy(root) if isinstance(root, dict | list) else _container(path[0])
    container = root
    for depth, part in enumerate(path):
        where = path_text((name, *path[: depth + 1]))
        last = depth == len(path) - 1
        if last and part == "secure" and container == {} and is_plain_text(value):
            raise UserError(_SECURE_IS_RESERVED)
        _make_room(container, part, where)
        if last:
            container[part] = value
            break
        if container[part] is None:
            container[part] = _container(path[depth + 1])
        container = container[part]
        if not isinstance(container, dict | list):
            raise UserError(f"{where}: expected {'an array' if isinstance(path[depth + 1], int) else 'a map'}")
    return root


def _make_room(container: ConfigValue, part: str | int, where: str) -> None:
    if isinstance(container, dict):
        if not isinstance(part, str):
            raise UserError(f"{where}: key for a map must be a string")
        container.setdefault(part, None)
        return
    if not isinstance(part, int):
        raise UserError(f"{where}: key for an array must be an int")
    if not 0 <= part <= len(container):
        raise UserError(f"{where}: array index out of range")
    if part == len(container):
        container.append(None)


def _container(part: str | int) -> ConfigValue:
    return {} if isinstance(part, str) else [None] * (part + 1)


def is_plain_text(value: ConfigValue) -> bool:
    """Whether it is a text in clear."""
    return isinstance(value, str) and not isinstance(value, Ciphertext)


def path_text(path: Sequence[str | int]) -> str:
    """The path as it is written: `a.b[0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
