"""What every call of the API has in common: reading what was sent, and saying no."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qs

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from sandbox.api.answers import service_error
from sandbox.api.schema import Page
from sandbox.api.validation import Invalid, validated

Model = TypeVar("Model", bound=BaseModel)
Item = TypeVar("Item")
Call = Callable[[Request], Awaitable[Response]]


class Refusal(Exception):
    """An error in RealtimeKit's own envelope: a status and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def answered(call: Call) -> Call:
    """The call, with whatever it refuses made an answer."""

    async def endpoint(request: Request) -> Response:
        try:
            return await call(request)
        except Refusal as refusal:
            return service_error(refusal.status, str(refusal))
        except Invalid as invalid:
            return service_error(422, str(invalid))

    return endpoint


async def body_of(request: Request, model: type[Model]) -> Model:
    body = await request.body()
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not valid JSON") from None
    return validated(model, value)


def query_of(request: Request, model: type[Model]) -> Model:
    """A name that comes twice is a list, `status[]` is `status`."""
    query: dict[str, Any] = {}
    for name, values in parse_qs(request.url.query, keep_blank_values=True).items():
        query[name.removesuffix("[]")] = values if len(values) > 1 else values[0]
    return validated(model, query)


def page_of(items: Sequence[Item], page: Page) -> tuple[Sequence[Item], int]:
    """The page's items, and how many there are before it."""
    first = int(page.page_no - 1) * int(page.per_page)
    return items[first : first + int(page.per_page)], first
