"""Property values: equality as the engine means it, and what is inside of them."""

import pytest

from sandbox.engine.go_format import formatted
from sandbox.engine.values import (
    UNKNOWN,
    OutputValue,
    ResourceReference,
    Secret,
    Value,
    contains_secrets,
    contains_unknowns,
    equal,
    without_outputs,
    without_secrets,
)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        ("1", 1, False),
        (None, None, True),
        (None, {}, False),
        ([1, {"a": [Secret(2)]}], [1, {"a": [Secret(2)]}], True),
        ([1], [1, 2], False),
        ({"a": 1}, {"a": 1, "b": None}, True),
        ({"a": [{"x": None}]}, {"a": [{}]}, True),
        ({"a": 1}, {"a": 1, "b": {}}, False),
        (Secret("x"), "x", False),
        (Secret(Secret("x")), Secret("x"), False),
        (UNKNOWN, UNKNOWN, True),
        (UNKNOWN, "", False),
        (ResourceReference("urn", "id"), ResourceReference("urn", "id"), True),
        (ResourceReference("urn", "id"), ResourceReference("urn", "id", "1.0"), True),
        (ResourceReference("urn", "id"), ResourceReference("urn"), False),
    ],
)
def test_equality(one: Value, other: Value, same: bool) -> None:
    assert equal(one, other) is same
    assert equal(other, one) is same


@pytest.mark.parametrize(
    ("value", "unknown", "secret"),
    [
        ("x", False, False),
        ([{"a": UNKNOWN}], True, False),
        ({"a": [Secret({"b": UNKNOWN})]}, True, True),
        (OutputValue(UNKNOWN), True, False),
        (OutputValue("x", secret=True), False, True),
        (ResourceReference("urn", UNKNOWN), True, False),
    ],
)
def test_what_is_inside(value: Value, unknown: bool, secret: bool) -> None:
    assert contains_unknowns(value) is unknown
    assert contains_secrets(value) is secret


def test_layers_come_off() -> None:
    value = {
        "a": [OutputValue(Secret("x"), secret=True), OutputValue(UNKNOWN, dependencies=("urn",))],
        "b": Secret([1]),
    }
    assert without_outputs(value) == {"a": [Secret("x"), UNKNOWN], "b": Secret([1])}
    assert without_secrets(without_outputs(value)) == {"a": ["x", UNKNOWN], "b": [1]}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "{<nil>}"),
        ("x", "{x}"),
        (1.5, "{1.5}"),
        (True, "{true}"),
        ([1, "x"], "{[{1} {x}]}"),
        ({"b": 1, "a": None}, "{map[a:{<nil>} b:{1}]}"),
        (Secret("s"), "{&{{s}}}"),
        (UNKNOWN, "{{{}}}"),
    ],
)
def test_a_value_in_a_message(value: Value, text: str) -> None:
    assert formatted(value) == text
