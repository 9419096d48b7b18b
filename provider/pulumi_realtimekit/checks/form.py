"""What users declare, held against its declaration.

What is plainly right, the declaration's own annotations tell. pydantic, which tells what is wrong, is imported where
something is, or may be: importing it and building its validators takes longer than all else that a plugin process does
for a small stack.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from typing_extensions import NotRequired, Required, is_typeddict

from pulumi_realtimekit.checks.messages import Problem
from pulumi_realtimekit.declarations.fields import OfPydantic

Test = Callable[[Any], bool]

CONSTRAINTS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "min_length": lambda value, least: len(value) >= least,
    "max_length": lambda value, most: len(value) <= most,
    "gt": operator.gt,
    "ge": operator.ge,
    "le": operator.le,
}
DESCRIPTIONS: Final = frozenset({"description", "discriminator", "json_schema_extra"})
"""What a field says beside its constraints: of a union, it is any of the members that decides."""


def problems(declaration: Any, value: Any, is_unknown: Callable[[Any], bool] = lambda _: False) -> list[Problem]:
    """What is wrong with a value, by the declaration that it follows; unknown parts are not judged."""
    if plainly_follows(declaration)(value):
        return []
    from pulumi_realtimekit.checks import validation as _validation

    return _validation.problems(declaration, value, is_unknown)


@cache
def plainly_follows(declaration: Any) -> Test:
    """Tells whether a value is certainly what pydantic accepts; what is not known yet is not."""
    return _test(declaration)


def _test(kind: Any) -> Test:
    origin, arguments = get_origin(kind), get_args(kind)
    if is_typeddict(kind):
        return _fields(kind)
    if origin is Annotated:
        return _annotated(arguments[0], arguments[1:])
    if origin in {Union, UnionType}:
        return _any_of([*map(_test, arguments)])
    if origin in {Required, NotRequired}:
        return _test(arguments[0])
    if origin is Literal:
        return lambda value: type(value) is str and value in arguments
    if origin is list:
        return _list(_test(arguments[0]))
    if origin is dict:
        return _dict(*map(_test, arguments))
    return _text if kind is str else lambda value: type(value) is kind


def _text(value: Any) -> bool:
    """Half of a surrogate pair, which pydantic refuses, is neither."""
    return type(value) is str and (value.isascii() or value.isprintable())


def _fields(declaration: Any) -> Test:
    spelt: Callable[[str], str] = declaration.__pydantic_config__.get("alias_generator", str)
    tests = {spelt(name): _test(kind) for name, kind in declaration.__annotations__.items()}
    required = frozenset(map(spelt, declaration.__required_keys__))
    return lambda value: (
        type(value) is dict
        and required <= value.keys()
        and all(name in tests and tests[name](item) for name, item in value.items())
    )


def _any_of(tests: Iterable[Test]) -> Test:
    return lambda value: any(test(value) for test in tests)


def _list(item: Test) -> Test:
    return lambda value: type(value) is list and all(map(item, value))


def _dict(name: Test, item: Test) -> Test:
    return lambda value: type(value) is dict and all(map(name, value)) and all(map(item, value.values()))


def _annotated(kind: Any, marks: Iterable[Any]) -> Test:
    test = _test(kind)
    for mark in marks:
        test = _marked(test, mark)
    return test


def _marked(test: Test, mark: Any) -> Test:
    """What a test becomes with what pydantic is told beside the type; of what is not known here, it is to judge."""
    name = mark.name if isinstance(mark, OfPydantic) else None
    if name in {"Tag", "Discriminator"}:
        return test
    if name == "BeforeValidator":
        return lambda value: test(mark.arguments[0](value))
    if name == "AfterValidator":
        return lambda value: test(value) and _passes(mark.arguments[0], value)
    if name == "Field" and not mark.arguments and mark.named.keys() <= CONSTRAINTS.keys() | DESCRIPTIONS:
        limits = [(CONSTRAINTS[word], limit) for word, limit in mark.named.items() if word in CONSTRAINTS]
        return lambda value: test(value) and all(keeps(value, limit) for keeps, limit in limits)
    return lambda _: False


def _passes(validator: Callable[[Any], Any], value: Any) -> bool:
    try:
        validator(value)
    except ValueError:
        return False
    return True
