"""Text that was decoded by the wrong encoding.

The engine hands the config over in the environment, as UTF-8. Under a locale of another encoding
(`en_US.ISO-8859-1`, `C` without coercion) Python decodes the environment by that: `Prüfung` arrives as `PrÃ¼fung`,
another prefix, for which a recording would be stopped and started again.
"""

import sys
from typing import Any, Final

from pulumi_realtimekit.declarations.spelling import map_scalars

SINGLE_BYTE: Final = ("latin-1", "iso8859-15", "cp1252")
"""The encodings by which locales other than UTF-8 decode text."""


def as_utf8(value: Any) -> Any:
    """A value of the config, or of a program, with its text as UTF-8.

    Text that was decoded correctly is not UTF-8 in another encoding's bytes, and stays as it is.
    """
    return decoded_again(value, sys.getfilesystemencoding(), sys.getfilesystemencodeerrors())


def decoded_again(value: Any, encoding: str, errors: str = "strict") -> Any:
    """A value with its text as UTF-8, where it is UTF-8 that was decoded by an encoding."""

    def decode(one: Any) -> Any:
        try:
            return one.encode(encoding, errors).decode() if isinstance(one, str) else one
        except UnicodeError:
            return one

    return map_scalars(value, decode)
