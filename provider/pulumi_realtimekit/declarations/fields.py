"""What declarations are made of: fields that a type checker, an editor and pydantic read from the same place.

A class of fields is a `TypedDict`: programs write dictionaries and keyword arguments, checked as they are typed.
pydantic validates the same classes once their values are known; the schema and the configuration reference are
generated from them. The text below a field is its documentation, in editors, in the schema and in the reference.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pulumi import Input
    from pydantic import TypeAdapter
else:

    class Input:
        """For pydantic, what an input holds once it is known: for a type checker it may be another's output."""

        def __class_getitem__(cls, item: Any) -> Any:
            return item

    Mapping, Sequence = dict, list  # as they arrive, from YAML and from the engine

__all__ = [
    "AfterValidator",
    "BeforeValidator",
    "Credential",
    "Discriminator",
    "Field",
    "Input",
    "Mapping",
    "OfPydantic",
    "OptionalCredential",
    "Seconds",
    "Sequence",
    "Tag",
    "Text",
    "Whole",
    "adapter",
    "declared",
    "fields",
]

T = TypeVar("T")


class OfPydantic:
    """What pydantic offers under a name, made when pydantic asks for it, in the words of `annotated_types`.

    Declaring needs no pydantic that way: importing it takes longer than all that most programs do.
    """

    __is_annotated_types_grouped_metadata__: Literal[True] = True

    def __init__(self, name: str, *arguments: Any, **named: Any) -> None:
        self.name, self.arguments, self.named = name, arguments, named

    def __iter__(self) -> Iterator[Any]:
        import pydantic

        yield getattr(pydantic, self.name)(*self.arguments, **self.named)


Field: Final = partial(OfPydantic, "Field")
BeforeValidator: Final = partial(OfPydantic, "BeforeValidator")
AfterValidator: Final = partial(OfPydantic, "AfterValidator")
Discriminator: Final = partial(OfPydantic, "Discriminator")
Tag: Final = partial(OfPydantic, "Tag")


def whole(value: Any) -> Any:
    """The whole number that a float stands for: the engine hands every number over as a float (`22.0`)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def finite(value: float) -> float:
    """A number that has a place among those of JSON and of the engine; Python's whole ones know no end."""
    if not -sys.float_info.max <= value <= sys.float_info.max:
        raise ValueError("expected a finite number")
    return value


WRITE_ONLY: Final[dict[str, Any]] = {"writeOnly": True}

Text = Annotated[str, Field(min_length=1)]
Credential = Annotated[str, Field(min_length=1, json_schema_extra=WRITE_ONLY)]
OptionalCredential = Annotated[str, Field(json_schema_extra=WRITE_ONLY)]
"""A credential that may be an empty string."""
Whole = Annotated[int, BeforeValidator(whole)]
Seconds = Annotated[int | float, BeforeValidator(whole), AfterValidator(finite)]

CONFIG: Final[dict[str, Any]] = {"extra": "forbid", "strict": True, "hide_input_in_errors": True}
"""Unknown fields are mistakes, nothing is converted, and no message quotes a value."""


def declared(declaration: T) -> T:
    """Marks a `TypedDict` as something that users declare."""
    return configured(CONFIG)(declaration)


def configured(config: dict[str, Any]) -> Callable[[T], T]:
    """`pydantic.with_config`."""

    def mark(declaration: T) -> T:
        cast("Any", declaration).__pydantic_config__ = config
        return declaration

    return mark


def fields(declaration: Any) -> tuple[str, ...]:
    """The names of a declaration's fields, in their order."""
    return tuple(declaration.__annotations__)


@cache
def adapter(declaration: Any) -> "TypeAdapter[Any]":
    """What validates a declaration; made when it is first needed, which takes tens of milliseconds."""
    from pydantic import TypeAdapter

    with _no_plugins():
        return TypeAdapter(declaration)


@contextmanager
def _no_plugins() -> Iterator[None]:
    """Keeps pydantic from looking through all that is installed for plugins, which takes long."""
    variable = "PYDANTIC_DISABLE_PLUGINS"
    before = os.environ.get(variable)
    os.environ[variable] = "__all__"
    try:
        yield
    finally:
        if before is None:
            del os.environ[variable]
        else:
            os.environ[variable] = before
