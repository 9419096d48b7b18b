"""The types that declarations are made of.

A declaration is a `TypedDict`: programs write dictionaries and keyword arguments, checked as they are typed, and
pydantic validates the same class once the values are known (`checks.validators`). The text below a field is its
documentation in editors, in the schema and in the configuration reference.
"""

from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin

from annotated_types import MinLen
from typing_extensions import NotRequired

from pulumi_realtimekit.declarations.rules import Converted, InSchema

if TYPE_CHECKING:
    from pulumi import Input
else:
    Input = Annotated[TypeVar("T"), "input"]  # may be another resource's output; validated when it is known

__all__ = ["Credential", "Input", "OptionalCredential", "Seconds", "Text", "Whole"]


def whole(value: Any) -> Any:
    """The whole number that a float stands for: the engine hands every number over as a float (`22.0`)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, MinLen(1)]
Credential = Annotated[str, MinLen(1), InSchema(is_credential=True)]
OptionalCredential = Annotated[str, InSchema(is_credential=True)]
"""A credential that may be an empty string."""
Whole = Annotated[int, Converted(whole)]
Seconds = float


def fields(declaration: Any) -> tuple[str, ...]:
    """The names of a declaration's fields, in their order."""
    return tuple(declaration.__annotations__)


def literals(declaration: Any, field: str) -> tuple[Any, ...]:
    """The values that a declaration allows in a field that is a `Literal`; none where it has no such field."""
    annotation = declaration.__annotations__.get(field)
    return get_args(get_args(annotation)[0] if get_origin(annotation) is NotRequired else annotation)
