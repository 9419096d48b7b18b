"""An engine that is killed at any instant: what it leaves can be read, says what was pending, and is continued.

Killed before a step begins is killed while that it begins is saved; killed in a step is killed in the plugin's call;
killed after it is killed while its result is saved. Each is tried for every step of every deployment here.
"""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.stepping import KilledError, R, Stack, World

VERBS = {"create": "creating", "update": "updating", "delete": "deleting"}


def chain(key: int, *, delete_first: bool = False) -> list[R]:
    return [
        R("a", key=key, delete_first=delete_first),
        R("b", key=key, delete_first=delete_first).but(needs={"key": ["a"]}),
        R("c", v=key).but(needs={"v": ["b"]}),
        R("d", v=1).but(after=["c"]),
    ]


TRANSITIONS = {
    "creates": ([], chain(1)),
    "updates": ([R("a", v=1), R("b", v=1)], [R("a", v=2), R("b", v=2)]),
    "deletes": (chain(1), []),
    "replaces, the old ones last": (chain(1), chain(2)),
    "replaces, the old ones first": (chain(1, delete_first=True), chain(2, delete_first=True)),
    "all of it": (
        [R("a", key=1), R("b", v=1), R("c", key=1, delete_first=True), R("e", v=1)],
        [R("a", key=2), R("b", v=2), R("c", key=2, delete_first=True), R("d")],
    ),
}


def assert_continued(stack: Stack, program: list[R], interrupted: set[str]) -> None:
    """The next deployment arrives where the killed one was going, and loses nothing.

    All that may be in the world and not in the state is what was being created when the engine was killed: the state
    keeps saying so.
    """
    stack.kill_after_saves, stack.world.before = None, lambda verb, name: None
    stack.up(*program)
    assert not stack.failed, stack.messages
    assert {name: state.inputs for name, state in stack.things.items()} == {r.name: r.inputs for r in program}
    assert stack.tracked() <= set(stack.world.things), "the state has what is not there"
    lost = {id_.partition("-")[0] for id_ in set(stack.world.things) - stack.tracked()}
    assert lost <= interrupted, "something is there that nobody knows of"
    assert {name for kind, name in stack.pending if kind == "creating"} == interrupted
    assert stack.up(*program) == []


@pytest.mark.parametrize("name", TRANSITIONS)
def test_killed_while_a_step_begins_or_ends(name: str) -> None:
    before, after = TRANSITIONS[name]
    instant, killed = 0, True
    while killed:
        stack = Stack()
        stack.up(*before)
        saved_before = len(stack.saves)
        stack.kill_after_saves = saved_before + instant
        killed = False
        try:
            stack.up(*after, parallel=1)
        except KilledError:
            killed = True
        interrupted = {thing for kind, thing in stack.pending if kind == "creating"}
        assert len(stack.pending) <= 1
        assert_continued(stack, after, interrupted)
        instant += 1
    assert instant > len(after)


@pytest.mark.parametrize("name", TRANSITIONS)
def test_killed_in_a_call(name: str) -> None:
    before, after = TRANSITIONS[name]
    whole = Stack()
    whole.up(*before)
    whole.world.calls.clear()
    whole.up(*after, parallel=1)
    for number, (verb, thing) in enumerate(whole.world.calls):
        stack = Stack()
        stack.up(*before)
        stack.world.before = kill_at(stack, number)
        with pytest.raises(KilledError):
            stack.up(*after, parallel=1)
        assert stack.pending == ([(VERBS[verb], thing)] if verb in VERBS else [])
        assert_continued(stack, after, {thing} if verb == "create" else set())


def kill_at(stack: Stack, number: int):
    calls = iter(range(10_000))

    def before(verb: str, name: str) -> None:
        if next(calls) == number:
            stack.kill_after_saves = 0  # what else ran saves nothing any more
            raise KilledError

    return before


@st.composite
def programs(draw: st.DrawFn) -> list[R]:
    """Resources in any order, each of which may be made of, or after, one before it."""
    names = draw(st.lists(st.sampled_from("abcdef"), unique=True, max_size=6))
    program: list[R] = []
    for index, name in enumerate(names):
        property_name = draw(st.sampled_from(["key", "v"]))
        resource = R(name, delete_first=draw(st.booleans()), **{property_name: draw(st.integers(1, 3))})
        if index:
            needed = [draw(st.sampled_from(names[:index]))]
            links = [{}, {"after": needed}, {"needs": {property_name: needed}}]
            resource.but(**draw(st.sampled_from(links)))
        program.append(resource)
    return program


@settings(max_examples=60, deadline=None)
@given(programs(), programs(), st.integers(0, 30), st.sampled_from([1, 4]))
def test_any_program_after_any_other_killed_anywhere(
    before: list[R], after: list[R], instant: int, parallel: int
) -> None:
    stack = Stack(World())
    stack.up(*before)
    stack.kill_after_saves = len(stack.saves) + instant
    with contextlib.suppress(KilledError):
        stack.up(*after, parallel=parallel)
    assert_continued(stack, after, {thing for kind, thing in stack.pending if kind == "creating"})
    stack.destroy()
    assert stack.tracked() == set()
