"""Paths by their parts: an id may hold a slash, a percent sign or nothing but dots, and is one part all the same."""

from __future__ import annotations

from urllib.parse import quote, unquote

from starlette.convertors import Convertor, register_url_convertor
from starlette.types import Scope


def as_sent(scope: Scope) -> Scope:
    """The request with its path as it was sent, each part in the one spelling that the routes are written for.

    A server decodes the whole path, and what follows can't tell an id's slash from the path's own any more.
    """
    raw_path: bytes = scope["raw_path"]
    parts = raw_path.decode("ascii").split("/")
    return {**scope, "path": "/".join(quote(unquote(part), safe="") for part in parts)}


def readable(path: str) -> str:
    """A path as people write it."""
    return unquote(path)


def part(text: str) -> str:
    """An id as a part of a path; clients take `.` and `..` for steps in the path."""
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")


class _Id(Convertor[str]):
    """`{meeting_id:id}` in a route: one part of the path, decoded."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        return unquote(value)

    def to_string(self, value: str) -> str:
        return part(value)


register_url_convertor("id", _Id())
