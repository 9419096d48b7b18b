"""What a service says, without the secrets that it was sent and repeats."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

CREDENTIALS: Final = frozenset({"access_key", "secret", "password", "private_key"})
"""The fields of a storage that the API calls write-only."""

SHORTEST: Final = 4
"""A shorter secret stands in the middle of words: the gaps that it leaves would spell it."""
HIDDEN: Final = "[secret]"


def credentials(value: Any) -> Iterator[str]:
    """The credentials in a request's body."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from [item] if name in CREDENTIALS and isinstance(item, str) else credentials(item)
    elif isinstance(value, list):
        for item in value:
            yield from credentials(item)


def without(secrets: Iterable[str], text: str) -> str:
    """The text with its secrets hidden, as they are and as JSON writes them, also where they overlap.

    Empty where the text holds one that is too short to hide.
    """
    forms: set[str] = set()
    for secret in secrets:
        forms |= {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    is_secret = [False] * len(text)
    for form in forms - {""}:
        for found in re.finditer(f"(?={re.escape(form)})", text):
            if len(form) < SHORTEST:
                return ""
            is_secret[found.start() : found.start() + len(form)] = [True] * len(form)
    parts = groupby(zip(text, is_secret, strict=True), key=lambda letter: letter[1])
    return "".join(HIDDEN if hidden else "".join(letter for letter, _ in part) for hidden, part in parts)
