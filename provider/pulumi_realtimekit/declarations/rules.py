"""Rules that `annotated_types` has no word for, in pydantic's protocol for annotations.

pydantic is not imported here. That takes a tenth of a second, and what validates nothing does without it: `refresh`,
`destroy`, and a program that leaves the layers to the plugin and calls no `load_config`. It is imported where something
is validated first (`checks.validators`), and then asks these for their part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


@dataclass(frozen=True)
class Checked:
    """The function returns a value that is right, and raises ValueError with what is expected otherwise."""

    function: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic import AfterValidator

        return AfterValidator(self.function).__get_pydantic_core_schema__(source, handler)


@dataclass(frozen=True)
class Converted:
    """The function returns what is judged in the place of a value."""

    function: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic import BeforeValidator

        return BeforeValidator(self.function).__get_pydantic_core_schema__(source, handler)


@dataclass(frozen=True)
class ByField:
    """A map is judged by the declaration of a union that has the value of this field."""

    name: str

    def __get_pydantic_core_schema__(self, union: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic import Discriminator

        return Discriminator(self.name).__get_pydantic_core_schema__(union, handler)


@dataclass(frozen=True)
class ByTag:
    """A value is judged by the type of a union whose tag the function returns for it; None where there is none.

    tags: of the union's types, in their order.
    """

    function: Callable[[Any], str | None]
    tags: tuple[str, str]

    def __get_pydantic_core_schema__(self, union: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic import Discriminator, Tag

        first, second = (Annotated[kind, Tag(tag)] for kind, tag in zip(get_args(union), self.tags, strict=True))
        return handler.generate_schema(Annotated[first | second, Discriminator(self.function)])


@dataclass(frozen=True)
class InSchema:
    """What else the JSON Schema says of a value: what it is, and that it is a credential (`writeOnly`)."""

    description: str = ""
    is_credential: bool = False

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        description = {"description": self.description} if self.description else {}
        return handler(schema) | description | ({"writeOnly": True} if self.is_credential else {})
