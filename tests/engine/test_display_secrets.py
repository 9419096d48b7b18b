"""Whatever an event holds can be shown, and nothing secret is, in any display."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.display.diff import details
from sandbox.engine.events import Cancelled, Event, ResourceOutputs, ResourcePre, Summary
from sandbox.engine.values import UNKNOWN, OutputValue, ResourceReference, Secret
from tests.engine import recorded
from tests.engine.shown import MODES, Shown

SCENES: dict[str, Callable[[], list[Event]]] = {
    "update": recorded.deployment,
    "preview": lambda: recorded.deployment(planning=True),
    "refresh": recorded.refresh,
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("mode", MODES)
def test_no_secret_is_shown_in_any_mode(mode: str, scene: str) -> None:
    text = Shown(mode, preview=scene == "preview").show(SCENES[scene]())
    assert text
    assert [secret for secret in recorded.SECRETS if secret in text] == []


@pytest.mark.parametrize("scene", SCENES)
def test_no_secret_is_in_the_details_of_a_preview(scene: str) -> None:
    text = details(SCENES[scene]()).plain
    assert "[secret]" in text
    assert [secret for secret in recorded.SECRETS if secret in text] == []


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.just(UNKNOWN),
    st.builds(ResourceReference, st.just(recorded.urn("a")), st.one_of(st.none(), st.text(max_size=3))),
    st.sampled_from(["hunter2", "x\nhunter2", '{"hunter2": 1}']).map(Secret),
    st.builds(OutputValue, st.just("hunter2"), st.just(True)),
    st.just('{"a": [1, {"b": 2}]}'),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b", "__c", "d\n"]), inner, max_size=3),
        inner.map(Secret),
    ),
    max_leaves=8,
)
PROPERTIES = st.dictionaries(st.sampled_from(["p", "q", "__internal"]), VALUES, max_size=3)


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=40, deadline=None)
@given(old=PROPERTIES, new=PROPERTIES, op=st.sampled_from(["create", "update", "replace", "delete", "same", "read"]))
def test_anything_can_be_shown_and_nothing_secret_is(mode: str, old: Any, new: Any, op: str) -> None:
    before = recorded.thing("x", old, old) if op != "create" else None
    after = recorded.thing("x", new, new) if op != "delete" else None
    metadata = recorded.step(op, before, after)
    stack = recorded.step("same", recorded.stack_state(old), recorded.stack_state(new))
    for planning in (True, False):
        events: list[Event] = [
            ResourcePre(metadata, planning),
            ResourceOutputs(metadata, planning),
            ResourceOutputs(stack, planning),
            Summary(planning, 1.0, {op: 1}, "succeeded"),
            Cancelled(),
        ]
        assert "hunter2" not in Shown(mode, preview=planning).show(events)
        assert "hunter2" not in details(events).plain
