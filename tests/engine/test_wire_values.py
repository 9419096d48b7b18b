"""Values over the wire: what goes out, what comes back, and what is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine import signatures
from sandbox.engine.signatures import UnsupportedValueError
from sandbox.engine.values import UNKNOWN, OutputValue, ResourceReference, Secret, Value, equal
from sandbox.engine.wire_values import UnknownNotAllowedError, read_properties, write_properties

TEXT = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: text not in signatures.UNKNOWNS)
PLAIN = st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers(-(2**53), 2**53) | TEXT
VALUES = st.recursive(
    PLAIN | st.just(UNKNOWN) | st.builds(ResourceReference, TEXT, st.none() | TEXT.filter(bool)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXT, inner, max_size=3)
        | st.builds(Secret, inner.filter(lambda value: not isinstance(value, Secret)))
    ),
    max_leaves=8,
)


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_nothing_is_lost_between_engine_and_program(values: dict[str, Value]) -> None:
    struct = write_properties(values, unknowns=True, secrets=True, references=True)
    assert equal(read_properties(struct), values)


def test_a_plugin_gets_plain_values() -> None:
    values = {
        "secret": Secret({"a": [Secret("x")]}),
        "unknown": UNKNOWN,
        "list": [1, UNKNOWN, Secret(UNKNOWN)],
        "resource": ResourceReference("urn:r", "id-1"),
        "component": ResourceReference("urn:c"),
        "output": OutputValue("o", secret=True),
        "empty": {"map": {}, "list": []},
    }
    assert read_properties(write_properties(values, unknowns=False, secrets=False, references=False)) == {
        "secret": {"a": ["x"]},
        "list": [1],
        "resource": "id-1",
        "component": "urn:c",
        "output": "o",
        "empty": {"map": {}, "list": []},
    }


@pytest.mark.parametrize(("sent", "read"), [(22.0, 22), (-0.5, -0.5), (1e20, 10**20), (1e21, 1e21), (2.0**53, 2**53)])
def test_whole_numbers_are_whole(sent: float, read: float) -> None:
    value = read_properties(write_properties({"n": sent}, unknowns=False, secrets=False, references=False))["n"]
    assert value == read
    assert type(value) is type(read)


def test_not_a_number_stays() -> None:
    struct = write_properties({"n": math.nan, "i": math.inf}, unknowns=False, secrets=False, references=False)
    assert math.isnan(read_properties(struct)["n"])
    assert read_properties(struct)["i"] == math.inf


@pytest.mark.parametrize("mark", sorted(signatures.UNKNOWNS))
def test_every_kind_of_unknown_is_one(mark: str) -> None:
    struct = write_properties({"a": [mark]}, unknowns=True, secrets=True, references=True)
    assert read_properties(struct) == {"a": [UNKNOWN]}
    with pytest.raises(UnknownNotAllowedError, match='"a"'):
        read_properties(struct, unknowns=False)


@pytest.mark.parametrize(("mark", "kind"), [*signatures.REFUSED.items(), ("no-such-mark", "no-such-mark")])
def test_what_is_not_implemented_is_refused_by_name(mark: str, kind: str) -> None:
    struct = write_properties({"file": {signatures.KEY: mark}}, unknowns=True, secrets=True, references=True)
    with pytest.raises(UnsupportedValueError, match=kind) as refusal:
        read_properties(struct)
    assert "file" in str(refusal.value)


def test_output_values_keep_what_they_depend_on() -> None:
    fields = {signatures.KEY: signatures.OUTPUT_VALUE, "secret": True, "dependencies": ["urn:a"]}
    struct = write_properties({"a": fields, "b": {**fields, "value": 1}}, unknowns=True, secrets=True, references=True)
    assert read_properties(struct) == {
        "a": OutputValue(UNKNOWN, True, ("urn:a",)),
        "b": OutputValue(1, True, ("urn:a",)),
    }
