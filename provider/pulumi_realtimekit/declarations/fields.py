"""The types that declarations are made of.

A declaration is a `TypedDict`: programs write dictionaries and keyword arguments, checked as they are typed, and
pydantic validates the same class once the values are known. The text below a field is its documentation in editors, in
the schema and in the configuration reference.
"""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, get_args, get_origin

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import NotRequired, TypedDict

if TYPE_CHECKING:
    from pulumi import Input
else:
    Input = Annotated[TypeVar("T"), "input"]  # may be another resource's output; validated when it is known

__all__ = ["Credential", "Input", "OptionalCredential", "Seconds", "Text", "Whole"]

CONFIG: Final = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)
"""Of every declaration: unknown fields are mistakes, nothing is converted, and no error quotes a value."""


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


def literals(declaration: Any, field: str) -> tuple[Any, ...]:
    """The values that a declaration allows in a field that is a `Literal`; none where it has no such field."""
    annotation = declaration.__annotations__.get(field)
    return get_args(get_args(annotation)[0] if get_origin(annotation) is NotRequired else annotation)


@cache
def validator(declaration: Any, only: tuple[str, ...] | None = None) -> TypeAdapter[Any]:
    """pydantic's validator of a declaration, or of some of its fields: each takes time to make, in every process."""
    if only is None:
        return TypeAdapter(declaration)
    some = TypedDict(declaration.__name__, {name: declaration.__annotations__[name] for name in only}, total=False)  # type: ignore[misc]
    return TypeAdapter(with_config(CONFIG)(some))


def documented(declaration: Any) -> TypeAdapter[Any]:
    """The validator with the texts below the fields, for schemas. pydantic parses the source for them, some 40 ms."""
    CONFIG["use_attribute_docstrings"] = True
    try:
        return TypeAdapter(declaration)
    finally:
        del CONFIG["use_attribute_docstrings"]
