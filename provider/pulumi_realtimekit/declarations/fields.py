"""The types that declarations are made of.

A declaration is a `TypedDict`: programs write dictionaries and keyword arguments, checked as they are typed, and
pydantic validates the same class once the values are known. The text below a field is its documentation in editors, in
the schema and in the configuration reference.
"""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter

if TYPE_CHECKING:
    from pulumi import Input
else:
    Input = Annotated[TypeVar("T"), "input"]  # may be another resource's output; validated when it is known

__all__ = ["Credential", "Input", "OptionalCredential", "Seconds", "Text", "Whole"]

CONFIG: Final = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, use_attribute_docstrings=True)
"""Unknown fields are mistakes, nothing is converted, and no error quotes a value."""


def _whole(value: Any) -> Any:
    """The whole number that a float stands for: the engine hands every number over as a float (`22.0`)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, Field(min_length=1)]
Credential = Annotated[str, Field(min_length=1, json_schema_extra={"writeOnly": True})]
OptionalCredential = Annotated[str, Field(json_schema_extra={"writeOnly": True})]
"""A credential that may be an empty string."""
Whole = Annotated[int, BeforeValidator(_whole)]
Seconds = Annotated[float, Field(allow_inf_nan=False)]


def fields(declaration: Any) -> tuple[str, ...]:
    """The names of a declaration's fields, in their order."""
    return tuple(declaration.__annotations__)


@cache
def adapter(declaration: Any) -> TypeAdapter[Any]:
    """pydantic's validator of a declaration."""
    return TypeAdapter(declaration)
