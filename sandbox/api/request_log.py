"""What came in, in order."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import Scope

from sandbox.api.clock import timestamp
from sandbox.api.paths import readable

KEPT = 20_000


@dataclass
class Entry:
    at: float
    method: str
    path: str
    query: dict[str, list[str]]
    headers: Headers
    body: bytes | None = None
    """None where it was not read to the end."""
    status: int | None = None
    """Of the answer; None where none was sent, or none yet."""
    fault: str | None = None

    def shown(self) -> dict[str, Any]:
        return {
            "at": timestamp(self.at),
            "method": self.method,
            "path": self.path,
            "query": {name: values[0] if len(values) == 1 else values for name, values in self.query.items()},
            "headers": {name: ", ".join(self.headers.getlist(name)) for name in self.headers},
            "body": _readable(self.body),
            "status": self.status,
            "fault": self.fault,
        }


class RequestLog:
    """The last 20,000 requests to the API, in memory."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def arrived(self, scope: Scope, at: float) -> Entry:
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        entry = Entry(at, scope["method"], readable(scope["path"]), query, Headers(scope=scope))
        self._entries.append(entry)
        return entry

    def shown(self) -> list[dict[str, Any]]:
        return [entry.shown() for entry in self._entries]

    def clear(self) -> None:
        self._entries.clear()


def _readable(body: bytes | None) -> Any:
    """What the JSON says, None where there is no body; the text where it is no JSON, or cannot be written as such.

    `NaN`, a number beyond all measure, a lone half of a surrogate pair and very deep nesting come through Python's
    reader, and not out of its writer.
    """
    if not body:
        return None
    try:
        value = json.loads(body)
        json.dumps([{"body": value}], ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return body.decode("utf-8", errors="replace")
    return value
