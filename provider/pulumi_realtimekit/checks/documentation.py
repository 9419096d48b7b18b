"""The text below the fields of a declaration, for the schema and the reference.

It is read from the source: only what generates them needs it.
"""

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import Any

from typing_extensions import get_original_bases, is_typeddict


def of_fields(declaration: Any) -> dict[str, str]:
    """What is written below each field of a `TypedDict`, inherited ones included, in one line each."""
    found: dict[str, str] = {}
    for base in filter(is_typeddict, get_original_bases(declaration)):
        found |= of_fields(base)
    return found | _own(declaration)


def _own(declaration: Any) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(declaration))).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
