"""The values of the config as the engine hands them to the program: in the environment, as UTF-8.

Under a locale of another encoding (`en_US.ISO-8859-1`, `C` without coercion) Python decodes the environment by that, so
that `Prüfung` arrives as `PrÃ¼fung`: another prefix, for which a recording would be stopped and started anew.
"""

import os
from collections.abc import Mapping
from typing import Any

from pulumi.runtime.config import CONFIG


def config_values() -> dict[str, Any]:
    """The config by namespaced key, as the engine wrote it."""
    return {key: as_utf8(value) for key, value in CONFIG.get().items()}


def as_utf8(value: Any) -> Any:
    """A value with its texts as UTF-8, where the process's locale has decoded them by another encoding.

    A text that was decoded rightly is no UTF-8 in another encoding's bytes, and stays as it is.
    """
    if isinstance(value, str):
        try:
            return os.fsencode(value).decode("utf-8")
        except UnicodeError:
            return value
    if isinstance(value, Mapping):
        return {as_utf8(name): as_utf8(item) for name, item in value.items()}
    return [as_utf8(item) for item in value] if isinstance(value, list | tuple) else value
