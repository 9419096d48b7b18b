"""Secrets that are looked for in every byte that was printed or written."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.kit.project import Secret


def secrets_in(value: Any) -> Iterator[str]:
    """The values that a config encrypts."""
    if isinstance(value, Secret):
        yield str(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secrets_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secrets_in(item)


def forms(secret: str) -> Iterator[bytes]:
    """A secret as it may be found: plain, as in JSON once and twice, and in base64 at any place in a text."""
    assert len(secret) > 8, f"{secret!r}: a part so short stands in what is encrypted by chance"
    once = json.dumps(secret)[1:-1]
    yield from {secret.encode(), once.encode(), json.dumps(once)[1:-1].encode()}
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + secret.encode())
        yield whole[4 * bool(before) : -4]  # without the ends, which its neighbours decide too


def assert_hidden(secrets: Iterable[str], content: bytes, where: str) -> None:
    for secret in secrets:
        for form in forms(secret):
            assert form not in content, f"{secret!r} stands in the open, as {form!r}: {where}"
