"""Messages for every language but Python, whose names are in camelCase."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulumi_realtimekit.checks.problems import Path, dotted
from pulumi_realtimekit.declarations.fields import fields
from pulumi_realtimekit.declarations.settings import ProviderArgs
from pulumi_realtimekit.declarations.spelling import ANY_NAME, LAYER, OUTPUT, RECORDING, STORAGE, to_camel, to_snake

NAMES: Final = {*RECORDING, *LAYER, *OUTPUT, *STORAGE, *fields(ProviderArgs), "download_urls", "delete_before_replace"}
IN_TEXT: Final = re.compile(rf"realtimekit:\S+|\b({'|'.join(sorted(name for name in NAMES if '_' in name))})\b")


def text_in_camel_case(text: str) -> str:
    """A message, with the names of fields in camelCase; a key of the config, or a path in it, stays as it is set."""
    return IN_TEXT.sub(lambda found: to_camel(found[1]) if found[1] else found[0], text)


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
