"""pydantic's validators of the declarations. Nothing imports pydantic before this: it takes a tenth of a second.

It is imported here with the standard library's `secrets`, whatever file of that name is beside the program. The folder
of a program is first on the path, in the plugin process too: pydantic's import would run the program's own
`secrets.py` there, which fails, since a plugin has no config to read. The program's `import secrets` still finds it.
"""

import sys
import sysconfig
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any, Final

from typing_extensions import TypedDict

from pulumi_realtimekit.declarations.fields import fields


def _import_pydantic() -> None:
    spec = PathFinder.find_spec("secrets", [sysconfig.get_path("stdlib")])
    if spec is None or spec.loader is None:
        return
    of_the_program = sys.modules.get("secrets")
    sys.modules["secrets"] = module_from_spec(spec)
    try:
        spec.loader.exec_module(sys.modules["secrets"])
        import pydantic.types  # noqa: F401 imports it
    finally:
        del sys.modules["secrets"]
        if of_the_program is not None:
            sys.modules["secrets"] = of_the_program


_import_pydantic()

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config  # noqa: E402

__all__ = ["ValidationError", "documented", "validator"]

CONFIG: Final = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)
"""Of a declaration and, as it has none of its own, of what is in it: unknown fields are mistakes, nothing is converted,
and no error quotes a value."""


@cache
def validator(declaration: Any, only: tuple[str, ...] | None = None) -> TypeAdapter[Any]:
    """pydantic's validator of a declaration, or of some of its fields: each takes time to make, in every process."""
    names = only or fields(declaration)
    some = TypedDict(declaration.__name__, {name: declaration.__annotations__[name] for name in names}, total=False)  # type: ignore[misc]
    return TypeAdapter(with_config(CONFIG)(some))


def documented(declaration: Any) -> TypeAdapter[Any]:
    """The validator with the texts below the fields, for schemas. pydantic parses the source for them, some 40 ms."""
    return TypeAdapter(with_config({**CONFIG, "use_attribute_docstrings": True})(declaration))
