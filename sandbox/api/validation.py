"""Validation with the service's own words: one message, of the first mistake, in the style of Joi.

The service is known to say `"layers" is required`, `"layers.default.outputs" is required` and
`"layers.default.media_kind" is not allowed`; the other sentences are Joi's for the same kind of mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError


class Body(BaseModel):
    """A JSON body: nothing is converted, nothing unknown is taken."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Query(BaseModel):
    """The values of a query are text: they are converted."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Invalid(Exception):
    """What was sent is not what the call takes; the text is the service's message."""


def missing(field: str) -> PydanticCustomError:
    """A field that this model's other fields make necessary."""
    return PydanticCustomError("field_missing", "missing", {"field": field})


def empty(field: str) -> PydanticCustomError:
    return PydanticCustomError("field_empty", "empty", {"field": field})


def not_allowed(field: str) -> PydanticCustomError:
    return PydanticCustomError("field_forbidden", "forbidden", {"field": field})


Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], value: object) -> Model:
    """The value as a model.

    Raises:
        Invalid: with the message for the first mistake, as the service stops at the first, too.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Invalid(message(error.errors(include_url=False)[0])) from None


def message(error: ErrorDetails) -> str:
    """A mistake that pydantic found, as Joi says it."""
    context: Mapping[str, Any] = error.get("ctx", {})
    path = [*error["loc"], *([context["field"]] if "field" in context else [])]
    sentence = SENTENCES.get(error["type"])
    if path[-1:] == ["[key]"]:  # of a map, whose names are what is wrong
        path, sentence = path[:-1], SENTENCES["extra_forbidden"]
    return f'"{label(path)}" {sentence(context, error["input"]) if sentence else error["msg"]}'


def label(path: list[int | str]) -> str:
    """`layers.default.outputs[0].type`; the whole body is called `value`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "value"


def _choices(context: Mapping[str, Any], _: object) -> str:
    choices = re.findall(r"'([^']*)'", context["expected"])
    return f"must be one of [{', '.join(choices)}]"


def _at_least(context: Mapping[str, Any], value: object) -> str:
    if isinstance(value, dict):
        return f"must have at least {context['min_length']} key"
    return f"must contain at least {context['min_length']} items"


def _always(sentence: str) -> Callable[[Mapping[str, Any], object], str]:
    return lambda context, _: sentence.format_map(context)


SENTENCES: dict[str, Callable[[Mapping[str, Any], object], str]] = {
    "missing": _always("is required"),
    "field_missing": _always("is required"),
    "field_forbidden": _always("is not allowed"),
    "extra_forbidden": _always("is not allowed"),
    "string_type": _always("must be a string"),
    "string_unicode": _always("must be a string"),
    "string_too_short": _always("is not allowed to be empty"),
    "field_empty": _always("is not allowed to be empty"),
    "string_pattern_mismatch": lambda context, value: (
        f'with value "{value}" fails to match the required pattern: /{context["pattern"]}/'
    ),
    "literal_error": _choices,
    "list_type": _always("must be an array"),
    "too_long": _always("must contain less than or equal to {max_length} items"),
    "too_short": _at_least,
    "dict_type": _always("must be of type object"),
    "model_type": _always("must be of type object"),
    "float_type": _always("must be a number"),
    "float_parsing": _always("must be a number"),
    "finite_number": _always("must be a number"),
    "int_type": _always("must be an integer"),
    "multiple_of": _always("must be an integer"),
    "greater_than": _always("must be greater than {gt:g}"),
    "greater_than_equal": _always("must be greater than or equal to {ge:.10g}"),
    "less_than_equal": _always("must be less than or equal to {le:.10g}"),
    "bool_type": _always("must be a boolean"),
}
