"""JSON as servers answer it: whatever arrives, reading it never fails, and what comes out can be sent on.

A lone half of a surrogate pair, `NaN` or a number beyond all measure would pass through Python and fail later, where
the engine's own formats cannot hold them: after a start, that would lose the recording's id.
"""

import json
from typing import Any


def read_json(content: bytes) -> Any:
    """What the content says, None where it is no JSON."""
    try:
        return _storable(json.loads(content.decode("utf-8-sig", "replace")))
    except (ValueError, RecursionError):
        return None


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return value if abs(value) < 1e18 else None
