"""The spelling of every language but Python: names in camelCase, in values and in messages."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pulumi_realtimekit.checks.problems import Path, dotted
from pulumi_realtimekit.declarations.fields import fields
from pulumi_realtimekit.declarations.recording import TrackRecordingOutputs
from pulumi_realtimekit.declarations.settings import ProviderArgs
from pulumi_realtimekit.declarations.spelling import ANY_NAME, LAYER, OUTPUT, RECORDING, STORAGE, to_camel, to_snake

NAMES: Final = {*RECORDING, *LAYER, *OUTPUT, *STORAGE, *fields(ProviderArgs), "download_urls", "delete_before_replace"}
IN_TEXT: Final = re.compile(rf"\b({'|'.join(sorted(name for name in NAMES if '_' in name))})\b")

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Marks a map as a secret for the engine; the map's `value` is the secret itself."""

SHAPE: Final = {**dict.fromkeys((*fields(TrackRecordingOutputs), "adoption")), **RECORDING}
"""The fields of a recording, declared and known; see `declarations.spelling` for shapes."""


def in_camel_case(value: Any, shape: Any) -> Any:
    """A value in the API's spelling, spelt in camelCase. shape: see `declarations.spelling`."""
    return _respelt(value, shape, to_camel)


def in_api_spelling(value: Any, shape: Any) -> Any:
    """A value in camelCase, in the API's spelling."""
    return _respelt(value, shape, to_snake)


def text_in_camel_case(text: str) -> str:
    """A message, with the names of fields in camelCase."""
    return IN_TEXT.sub(lambda name: to_camel(name[0]), text)


def not_in_camel_case(value: Any, shape: Any, path: Path = ()) -> Iterator[str]:
    """The mistakes of a declaration whose fields are spelt as the API does: a line each."""
    if isinstance(shape, list) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from not_in_camel_case(item, shape[0], (*path, index))
    elif isinstance(shape, Mapping) and isinstance(value, Mapping):
        for name, item in value.items():
            if name in shape and to_camel(name) != name:
                yield f"{dotted((*path, name))}: unknown field; did you mean '{to_camel(name)}'?"
            inner = shape[ANY_NAME] if ANY_NAME in shape else shape.get(to_snake(name))
            yield from not_in_camel_case(item, inner, (*path, name))


def _respelt(value: Any, shape: Any, respell: Callable[[str], str]) -> Any:
    """A value with the fields of its maps respelt; a name that is no field's in the other spelling stays."""
    if isinstance(shape, list) and isinstance(value, list):
        return [_respelt(item, shape[0], respell) for item in value]
    if not isinstance(shape, Mapping) or not isinstance(value, Mapping):
        return value
    if SIGNATURE in value:
        return {**value, "value": _respelt(value["value"], shape, respell)}
    if ANY_NAME in shape:
        return {name: _respelt(item, shape[ANY_NAME], respell) for name, item in value.items()}
    return {
        respell(name) if to_snake(name) in shape else name: _respelt(item, shape.get(to_snake(name)), respell)
        for name, item in value.items()
    }
