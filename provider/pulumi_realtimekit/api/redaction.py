"""What a service says, without what it repeats of the secrets that it was sent."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

SHORTEST: Final = 4
"""What is shorter stands in the middle of words: what is left of them would spell it."""
HIDDEN: Final = "[secret]"


def without(secrets: Iterable[str], text: str) -> str:
    """The text, its secrets hidden also where they overlap; empty where it holds one that is too short to be hidden."""
    forms = {form for secret in secrets for form in _forms(secret) if form}
    if any(len(form) < SHORTEST and form in text for form in forms):
        return ""
    hidden, done = [], 0
    for start, end in _merged(sorted(place for form in forms for place in _places(form, text))):
        hidden += [text[done:start], HIDDEN]
        done = end
    return "".join([*hidden, text[done:]])


def _forms(secret: str) -> Iterator[str]:
    """A secret as it stands, and as it stands in JSON."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]


def _places(form: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a form begins and ends, each time that it occurs, within itself, too."""
    return ((found.start(), found.start() + len(form)) for found in re.finditer(f"(?={re.escape(form)})", text))


def _merged(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Places in their order, those that overlap as one: what is left of the longer of two secrets is one, too."""
    start = end = 0
    for first, last in places:
        if first < end:
            end = max(end, last)
            continue
        if end:
            yield start, end
        start, end = first, last
    if end:
        yield start, end
