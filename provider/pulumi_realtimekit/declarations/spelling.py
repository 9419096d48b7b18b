"""The two spellings of a field: the API's (`file_name_prefix`), and camelCase (`fileNamePrefix`).

A Python program may write either, and has it in the API's before the engine sees a value: the engine keeps secrets by
their path, so a path must not change later. Every other language has only camelCase.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import pulumi

from pulumi_realtimekit.declarations.fields import fields as fields_of
from pulumi_realtimekit.declarations.layers import LayerArgs
from pulumi_realtimekit.declarations.recording import ARGUMENTS, TrackRecordingOutputs
from pulumi_realtimekit.declarations.storages import CREDENTIALS, STORAGE_FIELDS

ANY_NAME: Final = "*"
"""In a shape: a map with names of the user's."""
CREDENTIAL: Final = "credential"
"""In a shape: a credential, or a field that is not known and may be a misspelt one."""

STORAGE: Final = {**dict.fromkeys(STORAGE_FIELDS), **dict.fromkeys(CREDENTIALS, CREDENTIAL)}
OUTPUT: Final = {"type": None, "storage": None, "storage_config": STORAGE}
LAYER: Final = {**dict.fromkeys(fields_of(LayerArgs)), "outputs": [OUTPUT]}
LAYERS: Final = {ANY_NAME: LAYER}
RECORDING: Final = {**dict.fromkeys(ARGUMENTS), "layers": LAYERS}
PROPERTIES: Final = {**dict.fromkeys((*fields_of(TrackRecordingOutputs), "adoption")), **RECORDING}
"""Of a recording: what is declared, and what is known."""
SHAPES: Final[dict[str, Any]] = {
    "apiToken": CREDENTIAL,
    "storages": {ANY_NAME: STORAGE},
    "layers": LAYERS,
    "recordings": {ANY_NAME: RECORDING},
}
"""By key of the config."""

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Marks a map as a secret for the engine; the map's `value` is the secret itself."""


def to_camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def to_snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda capital: f"_{capital[0]}", name).lower()


def is_deferred(declared: Any) -> bool:
    """Whether a value is not known before other resources are."""
    return isinstance(declared, pulumi.Output) or inspect.isawaitable(declared)


def holds_outputs(declared: Any) -> bool:
    """Whether anything in a value is not known before other resources are."""
    return is_deferred(declared) or any(holds_outputs(item) for _, item in items(declared))


def items(value: Any) -> Iterable[tuple[Any, Any]]:
    """What a map or a list holds, by name or index; nothing of a scalar."""
    if isinstance(value, Mapping):
        return value.items()
    return enumerate(value) if isinstance(value, list | tuple) else ()


def map_scalars(value: Any, change: Callable[[Any], Any]) -> Any:
    """The value with `change(scalar)` in place of each scalar in it, names in maps included."""
    if isinstance(value, Mapping):
        return {change(name): map_scalars(item, change) for name, item in value.items()}
    return [map_scalars(item, change) for item in value] if isinstance(value, list | tuple) else change(value)


def in_api_spelling(declared: Any, shape: Any, mark: Callable[[Any], Any] = lambda value: value) -> Any:
    """What is declared, its fields spelt as the API does; it may be an output of another resource, at any depth.

    shape: the fields of a map, and what is in them; a list of one shape; None where there are no fields.
    mark: is given each credential.
    """
    if shape is None or shape == CREDENTIAL:
        return declared if shape is None else mark(declared)
    if is_deferred(declared):
        return pulumi.Output.from_input(declared).apply(lambda known: in_api_spelling(known, shape, mark))
    if isinstance(shape, list):
        is_list = isinstance(declared, list | tuple)
        return [in_api_spelling(item, shape[0], mark) for item in declared] if is_list else declared
    if not isinstance(declared, Mapping):
        return declared
    if ANY_NAME in shape:
        return {name: in_api_spelling(value, shape[ANY_NAME], mark) for name, value in declared.items()}
    fields = {_field(name, declared, shape): value for name, value in declared.items()}
    return {field: in_api_spelling(value, shape.get(field, CREDENTIAL), mark) for field, value in fields.items()}


def _field(name: Any, declared: Mapping[Any, Any], shape: Mapping[str, Any]) -> Any:
    """The field that a name is another spelling of; where both are given, the second one is refused as unknown."""
    field = to_snake(name) if isinstance(name, str) else name
    return field if field in shape and to_camel(field) == name and field not in declared else name


def in_camel_case(value: Any, shape: Any) -> Any:
    """A value in the API's spelling, spelt in camelCase. shape: see `in_api_spelling`."""
    if isinstance(shape, list) and isinstance(value, list):
        return [in_camel_case(item, shape[0]) for item in value]
    if not isinstance(shape, Mapping) or not isinstance(value, Mapping):
        return value
    if SIGNATURE in value:
        return {**value, "value": in_camel_case(value["value"], shape)}
    if ANY_NAME in shape:
        return {name: in_camel_case(item, shape[ANY_NAME]) for name, item in value.items()}
    return {
        to_camel(name) if name in shape else name: in_camel_case(item, shape.get(name)) for name, item in value.items()
    }
