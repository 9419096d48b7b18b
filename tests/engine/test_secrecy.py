"""Secrets after a call to a plugin, which sees plain values: marked again by path, and by path alone."""

from typing import Any

import pytest

from sandbox.engine.plugin import with_secrets
from sandbox.engine.state import ResourceState
from sandbox.engine.step_executor import mark_secrets
from sandbox.engine.values import UNKNOWN, Secret


@pytest.mark.parametrize(
    ("returned", "sent", "marked"),
    [
        ({"a": "x", "b": 1}, {"a": Secret("x"), "b": 1}, {"a": Secret("x"), "b": 1}),
        ({"a": "other"}, {"a": Secret("x")}, {"a": Secret("other")}),
        ({"b": "x"}, {"a": Secret("x")}, {"b": "x"}),
        ({"a": {"b": "x", "c": 1}}, {"a": {"b": Secret("x"), "c": 1}}, {"a": {"b": Secret("x"), "c": 1}}),
        ({"a": {"b": "x"}}, {"a": Secret({"b": "x"})}, {"a": Secret({"b": "x"})}),
        ({"a": [1, "x"]}, {"a": [1, Secret("x")]}, {"a": Secret([1, "x"])}),
        ({"a": [{"b": "x"}]}, {"a": [{"b": Secret("x")}]}, {"a": Secret([{"b": "x"}])}),
        ({"a": "x"}, {"a": {"b": Secret("x")}}, {"a": Secret("x")}),
        ({"a": Secret("x")}, {"a": Secret("x")}, {"a": Secret("x")}),
        ({"a": {"moved": {"here": "x"}}}, {"a": {"b": Secret("x")}}, {"a": {"moved": {"here": "x"}}}),
        ({"a": None}, {"a": Secret("x")}, {"a": Secret(None)}),
        ({"a": UNKNOWN}, {"a": Secret(UNKNOWN)}, {"a": Secret(UNKNOWN)}),
        ({}, {"a": Secret("x")}, {}),
    ],
)
def test_by_path(returned: dict[str, Any], sent: dict[str, Any], marked: dict[str, Any]) -> None:
    before = repr((returned, sent))
    assert with_secrets(returned, sent) == marked
    assert repr((returned, sent)) == before


@pytest.mark.parametrize(
    ("inputs", "outputs", "wanted", "marked"),
    [
        ({}, {"a": 1, "b": 2}, ["a"], {"a": Secret(1), "b": 2}),
        ({}, {"a": 1}, ["absent", "id"], {"a": 1}),
        ({"a": Secret(1)}, {"a": 1, "b": 1}, [], {"a": Secret(1), "b": 1}),
        ({"a": {"deep": Secret(1)}}, {"a": {"deep": 1}}, [], {"a": {"deep": 1}}),
        ({}, {"a": Secret(1)}, ["a"], {"a": Secret(1)}),
    ],
)
def test_outputs(inputs: dict[str, Any], outputs: dict[str, Any], wanted: list[str], marked: dict[str, Any]) -> None:
    state = ResourceState("urn", "t", True, inputs=inputs, outputs=outputs, additional_secret_outputs=wanted)
    mark_secrets(state)
    assert state.outputs == marked
