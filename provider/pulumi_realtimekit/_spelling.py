"""The API's own spelling of what is declared.

Fields inside layers, outputs and storages are the API's (`file_name_prefix`); camelCase of them is accepted, and made
one before the engine sees it: the engine marks secrets again by path after each call, so a path must not change later.
The credentials are marked on the way. Values may be outputs of other resources, at any depth.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import pulumi

from pulumi_realtimekit._arguments import ARGUMENTS
from pulumi_realtimekit._case import to_camel
from pulumi_realtimekit._declared import fields
from pulumi_realtimekit._layers import LayerArgs
from pulumi_realtimekit._storages import CREDENTIALS, STORAGE_FIELDS

Transform = Callable[[Any], Any]


def _is_deferred(declared: Any) -> bool:
    return isinstance(declared, pulumi.Output) or inspect.isawaitable(declared)


def _spellings(names: Iterable[str]) -> dict[str, str]:
    return {to_camel(name): name for name in names if to_camel(name) != name}


ARGUMENT_SPELLINGS: Final = _spellings(ARGUMENTS)
LAYER_SPELLINGS: Final = _spellings(fields(LayerArgs))
OUTPUT_SPELLINGS: Final = _spellings(("type", "storage_config"))
STORAGE_SPELLINGS: Final = _spellings(STORAGE_FIELDS)


def arguments(declared: Any, mark: Transform = lambda value: value) -> Any:
    """The arguments of a recording in the API's spelling; `mark` is given each credential."""
    return _fields(declared, ARGUMENT_SPELLINGS, {"layers": lambda value: layers(value, mark)})


def layers(declared: Any, mark: Transform = lambda value: value) -> Any:
    """A map of layer names to layers in the API's spelling; `mark` is given each credential."""
    return _entries(declared, lambda value: _layer(value, mark))


def storages(declared: Any, mark: Transform = lambda value: value) -> Any:
    """A map of storage names to storages in the API's spelling; `mark` is given each credential."""
    return _entries(declared, lambda value: _storage(value, mark))


def _layer(declared: Any, mark: Transform) -> Any:
    return _fields(declared, LAYER_SPELLINGS, {"outputs": lambda value: _items(value, lambda o: _output(o, mark))})


def _output(declared: Any, mark: Transform) -> Any:
    return _fields(declared, OUTPUT_SPELLINGS, {"storage_config": lambda value: _storage(value, mark)})


def _storage(declared: Any, mark: Transform) -> Any:
    return _fields(declared, STORAGE_SPELLINGS, dict.fromkeys(CREDENTIALS, mark))


def _fields(declared: Any, spellings: Mapping[str, str], inner: Mapping[str, Transform]) -> Any:
    if _is_deferred(declared):
        return pulumi.Output.from_input(declared).apply(lambda value: _fields(value, spellings, inner))
    if not isinstance(declared, Mapping):
        return declared
    spelt: dict[Any, Any] = {}
    for name, value in declared.items():
        field = spellings.get(name, name)
        if field != name and field in declared:
            field = name  # both spellings: the second one is told to be unknown
        spelt[field] = inner[field](value) if field in inner else value
    return spelt


def _entries(declared: Any, inner: Transform) -> Any:
    if _is_deferred(declared):
        return pulumi.Output.from_input(declared).apply(lambda value: _entries(value, inner))
    return {name: inner(value) for name, value in declared.items()} if isinstance(declared, Mapping) else declared


def _items(declared: Any, inner: Transform) -> Any:
    if _is_deferred(declared):
        return pulumi.Output.from_input(declared).apply(lambda value: _items(value, inner))
    return [inner(value) for value in declared] if isinstance(declared, list | tuple) else declared
