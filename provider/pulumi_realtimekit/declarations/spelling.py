"""The API's own spelling of what is declared.

Fields inside layers, outputs and storages are the API's (`file_name_prefix`); camelCase of them is accepted, and made
one before the engine sees it: the engine marks secrets again by path after each call, so a path must not change later.
The credentials are marked on the way, and so is all that no field is known for: a credential whose name is misspelt is
one still. Values may be outputs of other resources, at any depth.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import pulumi

from pulumi_realtimekit.checks.messages import MEANT, folded, has_value, nearest_name
from pulumi_realtimekit.declarations.case import to_camel
from pulumi_realtimekit.declarations.fields import fields
from pulumi_realtimekit.declarations.layers import LayerArgs
from pulumi_realtimekit.declarations.recording import ARGUMENTS
from pulumi_realtimekit.declarations.storages import CREDENTIALS, STORAGE_FIELDS

Transform = Callable[[Any], Any]


def is_deferred(declared: Any) -> bool:
    """Whether a value is not known before other resources are."""
    return isinstance(declared, pulumi.Output) or inspect.isawaitable(declared)


def _spellings(names: Iterable[str]) -> dict[str, str]:
    return {to_camel(name): name for name in names if to_camel(name) != name}


ARGUMENT_SPELLINGS: Final = _spellings(ARGUMENTS)
LAYER_SPELLINGS: Final = _spellings(fields(LayerArgs))
OUTPUT_FIELDS: Final = ("type", "storage", "storage_config")
OUTPUT_SPELLINGS: Final = _spellings(OUTPUT_FIELDS)
STORAGE_SPELLINGS: Final = _spellings(STORAGE_FIELDS)
FIELDS: Final = frozenset({*ARGUMENTS, *fields(LayerArgs), *OUTPUT_FIELDS, *STORAGE_FIELDS})
"""All that have a place in recordings, layers and storages."""
FIELD_SPELLINGS: Final = _spellings(FIELDS)
FOLDED_CREDENTIALS: Final = {folded(name): name for name in CREDENTIALS}


def is_credential(name: Any) -> bool:
    """Whether a field of a storage holds a credential, in either spelling."""
    return isinstance(name, str) and STORAGE_SPELLINGS.get(name, name) in CREDENTIALS


def credential_meant(name: Any, *, nearly: bool) -> str | None:
    """The field of a storage that a name means, where that holds a credential.

    It is one also in other capitals (`Access_Key`), by another's word for it (`secretAccessKey`), and where its value
    stands in the same name since a space is missing.
    nearly: whether a few wrong letters (`acces_key`) are looked through, too.
    """
    if not isinstance(name, str):
        return None
    name = has_value(name) or name
    field = FIELD_SPELLINGS.get(name, name)
    if field in FIELDS:
        return field if field in CREDENTIALS else None
    field = FOLDED_CREDENTIALS.get(folded(name)) or MEANT.get(folded(name)) or ""
    if nearly and not field:
        field = nearest_name(name, FIELDS) or ""
    return field if field in CREDENTIALS else None


def _as_it_is(declared: Any) -> Any:
    return declared


def arguments(declared: Any, mark: Transform = _as_it_is) -> Any:
    """The arguments of a recording in the API's spelling; `mark` is given each credential."""
    known = dict.fromkeys(ARGUMENTS, _as_it_is) | {"layers": lambda value: layers(value, mark)}
    return _fields(declared, ARGUMENT_SPELLINGS, known, mark)


def layers(declared: Any, mark: Transform = _as_it_is) -> Any:
    """A map of layer names to layers in the API's spelling; `mark` is given each credential."""
    return _entries(declared, lambda value: _layer(value, mark), mark)


def storages(declared: Any, mark: Transform = _as_it_is) -> Any:
    """A map of storage names to storages in the API's spelling; `mark` is given each credential."""
    return _entries(declared, lambda value: _storage(value, mark), mark)


def _layer(declared: Any, mark: Transform) -> Any:
    outputs = {"outputs": lambda value: _items(value, lambda output: _output(output, mark), mark)}
    return _fields(declared, LAYER_SPELLINGS, dict.fromkeys(fields(LayerArgs), _as_it_is) | outputs, mark)


def _output(declared: Any, mark: Transform) -> Any:
    storage = {"storage_config": lambda value: _storage(value, mark)}
    known = dict.fromkeys(OUTPUT_FIELDS, _as_it_is) | storage
    return _fields(declared, OUTPUT_SPELLINGS, known, mark, _as_it_is)  # what is no map is a name


def _storage(declared: Any, mark: Transform) -> Any:
    return _fields(declared, STORAGE_SPELLINGS, dict.fromkeys(STORAGE_FIELDS - CREDENTIALS, _as_it_is), mark)


def _fields(
    declared: Any,
    spellings: Mapping[str, str],
    known: Mapping[str, Transform],
    mark: Transform,
    other: Transform | None = None,
) -> Any:
    """A map of fields; `mark` is given those that are not known, and what is no map unless it goes to `other`."""
    if is_deferred(declared):
        return pulumi.Output.from_input(declared).apply(lambda value: _fields(value, spellings, known, mark, other))
    if not isinstance(declared, Mapping):
        return (other or mark)(declared)
    spelt: dict[Any, Any] = {}
    for name, value in declared.items():
        field = spellings.get(name, name)
        if field != name and field in declared:
            field = name  # both spellings: the second one is told to be unknown
        spelt[field] = known.get(field, mark)(value)
    return spelt


def _entries(declared: Any, inner: Transform, mark: Transform) -> Any:
    if is_deferred(declared):
        return pulumi.Output.from_input(declared).apply(lambda value: _entries(value, inner, mark))
    return {name: inner(value) for name, value in declared.items()} if isinstance(declared, Mapping) else mark(declared)


def _items(declared: Any, inner: Transform, mark: Transform) -> Any:
    if is_deferred(declared):
        return pulumi.Output.from_input(declared).apply(lambda value: _items(value, inner, mark))
    return [inner(value) for value in declared] if isinstance(declared, list | tuple) else mark(declared)
