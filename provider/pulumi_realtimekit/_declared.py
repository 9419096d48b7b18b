"""What declarations are made of: fields that a type checker, an editor and pydantic read from the same place.

A class of fields is a `TypedDict`: programs write dictionaries and keyword arguments, checked as they are typed.
pydantic validates the same classes once their values are known; the schema and the configuration reference are
generated from them. The text below a field is its documentation, in editors, in the schema and in the reference.
"""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, with_config

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pulumi import Input
else:

    class Input:
        """For pydantic, what an input holds once it is known: for a type checker it may be another's output."""

        def __class_getitem__(cls, item: Any) -> Any:
            return item

    Mapping, Sequence = dict, list  # as they arrive, from YAML and from the engine

__all__ = [
    "CONFIG",
    "Credential",
    "Input",
    "Mapping",
    "OptionalCredential",
    "Seconds",
    "Sequence",
    "Text",
    "Whole",
    "adapter",
    "declared",
    "fields",
]


def whole(value: Any) -> Any:
    """The whole number that a float stands for: the engine hands every number over as a float (`22.0`)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WRITE_ONLY: Final[dict[str, Any]] = {"writeOnly": True}

Text = Annotated[str, Field(min_length=1)]
Credential = Annotated[str, Field(min_length=1, json_schema_extra=WRITE_ONLY)]
OptionalCredential = Annotated[str, Field(json_schema_extra=WRITE_ONLY)]
"""A credential that may be an empty string."""
Whole = Annotated[int, BeforeValidator(whole)]
Seconds = Annotated[int | float, BeforeValidator(whole), Field(allow_inf_nan=False)]

CONFIG: Final = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)
"""Unknown fields are mistakes, nothing is converted, and no message quotes a value."""

declared = with_config(CONFIG)
"""Marks a `TypedDict` as something that users declare."""


def fields(declaration: Any) -> tuple[str, ...]:
    """The names of a declaration's fields, in their order."""
    return tuple(declaration.__annotations__)


@cache
def adapter(declaration: Any) -> TypeAdapter[Any]:
    """What validates a declaration; made when it is first needed, which takes tens of milliseconds."""
    return TypeAdapter(declaration)
