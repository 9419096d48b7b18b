"""Paths of `ignore_changes` and `replace_on_changes`.

The tables follow `properties_path_test.go` and the code beside it in pulumi/pulumi.
"""

from typing import Any

import pytest

from sandbox.engine.property_paths import PropertyPath, PropertyPathError, contains, parse, reset
from sandbox.engine.values import Secret


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("root", ("root",)),
        ("root.nested", ("root", "nested")),
        ('root["nested"]', ("root", "nested")),
        ('root["double"].nest', ("root", "double", "nest")),
        ("root.array[0][100].nested", ("root", "array", 0, 100, "nested")),
        ('root["key with \\"escaped\\" quotes"]', ("root", 'key with "escaped" quotes')),
        ('["root key with a ."][1]', ("root key with a .", 1)),
        ("root..nested", ("root", "nested")),
        ("root.array[*].field", ("root", "array", "*", "field")),
        ('root.array["*"].field', ("root", "array", "*", "field")),
        ("foo-bar", ("foo-bar",)),
        ("root.[1]", ("root", 1)),
        ("", ()),
    ],
)
def test_paths(text: str, path: PropertyPath) -> None:
    assert parse(text) == path


@pytest.mark.parametrize("text", [".root", "root.", "root[", "root[x]", 'root["x]', 'root["x"', "root[1.5]"])
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(PropertyPathError, match="is not a property path"):
        parse(text)


@pytest.mark.parametrize(
    ("path", "other", "inside"),
    [
        ("a", "a", True),
        ("a", "a.b[1]", True),
        ("a.b", "a", False),
        ("a[1]", "a[1].b", True),
        ("a[1]", "a[2]", False),
        ("a.*.c", "a.b.c.d", True),
        ("*", "anything[0]", True),
        ("a", "b", False),
    ],
)
def test_containment(path: str, other: str, inside: bool) -> None:
    assert contains(parse(path), parse(other)) is inside


@pytest.mark.parametrize(
    ("path", "old", "new", "expected", "complete"),
    [
        ("a", {"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": 3}, True),
        ("a", {"a": 1}, {}, {"a": 1}, True),
        ("a", {}, {"a": 2}, {}, True),
        ("a", {}, {}, {}, True),
        ("a.b", {"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, {"a": {"b": 1, "c": 3}}, True),
        ("a.b", {"a": {"b": 1}}, {}, {}, False),
        ("a.b", {}, {"a": {"b": 2}}, {"a": {"b": 2}}, False),
        ("a.b", {"a": {"b": 1}}, {"a": 5}, {"a": 5}, False),
        ("a.b", {"a": 1}, {"a": 5}, {"a": 5}, True),
        ("a[0]", {"a": [1, 2]}, {"a": [3, 4]}, {"a": [1, 4]}, True),
        ("a[1]", {"a": [1, 2]}, {"a": [3]}, {"a": [3]}, False),
        ("a[5]", {"a": [1]}, {"a": [3]}, {"a": [3]}, True),
        ("a[-1]", {"a": [1]}, {"a": [3]}, {"a": [3]}, False),
        ("a[0].b", {"a": [{"b": 1}]}, {"a": [{"b": 2}]}, {"a": [{"b": 1}]}, True),
        ("a.*", {"a": {"x": 1, "y": 2}}, {"a": {"x": 9, "z": 3}}, {"a": {"x": 1, "y": 2}}, True),
        ("a[*]", {"a": [1, 2]}, {"a": [3, 4]}, {"a": [1, 2]}, True),
        ("a[*]", {"a": [1, 2]}, {"a": [3, 4, 5]}, {"a": [1, 2, 5]}, False),
        ("a[*].b", {"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 3}, {"b": 4}]}, {"a": [{"b": 1}, {"b": 2}]}, True),
        (
            "a.*.b",
            {"a": {"x": {"b": 1}}},
            {"a": {"x": {"b": 2}, "y": {"b": 3}}},
            {"a": {"x": {"b": 1}, "y": {"b": 3}}},
            True,
        ),
        ("a.*.b", {"a": {"x": {"b": 1}}}, {"a": {}}, {"a": {}}, False),
        ("a.*", {"a": 1}, {"a": 2}, {"a": 2}, False),
        ("a", {"a": Secret(1)}, {"a": 2}, {"a": Secret(1)}, True),
        ("a.b", {"a": Secret({"b": 1})}, {"a": {"b": 2}}, {"a": {"b": Secret(1)}}, True),
        ("a.b", {"a": {"b": 1}}, {"a": Secret({"b": 2})}, {"a": Secret({"b": 1})}, True),
        ("a.b", {"a": Secret({"b": 1})}, {"a": Secret({"b": 2})}, {"a": Secret({"b": 1})}, True),
    ],
)
def test_putting_back(
    path: str, old: dict[str, Any], new: dict[str, Any], expected: dict[str, Any], complete: bool
) -> None:
    before = repr((old, new))
    assert reset(parse(path), old, new) == (expected, complete)
    assert repr((old, new)) == before, "values are never changed in place"
