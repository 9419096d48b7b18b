"""What is decided about resources, and in which order it is done: the step generator and executor on a small world."""

from collections.abc import Sequence

import pytest

from sandbox.engine.events import ResourceOperationFailed
from sandbox.engine.goal import Alias
from tests.engine.stepping import STACK, R, Stack, urn


@pytest.fixture
def stack() -> Stack:
    return Stack()


# --- one resource ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "done"),
    [
        (R("a", v=1), R("a", v=1), []),
        (R("a", v=1), R("a", v=2), ["update a"]),
        (R("a", v=1), R("a"), ["update a"]),
        (R("a", key=1), R("a", key=2), ["create-replacement a", "replace a", "delete-replaced a"]),
        (
            R("a", key=1),
            R("a", key=2, delete_first=True),
            ["delete-replaced a", "replace a", "create-replacement a"],
        ),
        (
            R("a", key=1),
            R("a", key=2).but(delete_before_replace=True),
            ["delete-replaced a", "replace a", "create-replacement a"],
        ),
        (
            R("a", key=1),
            R("a", key=2, delete_first=True).but(delete_before_replace=False),
            ["create-replacement a", "replace a", "delete-replaced a"],
        ),
        (R("a", v=1), R("a", v=2).but(ignore_changes=["v"]), []),
        (R("a", v=1, w=1), R("a", v=2, w=2).but(ignore_changes=["v"]), ["update a"]),
        (
            R("a", v=1),
            R("a", v=2).but(replace_on_changes=["v"]),
            ["create-replacement a", "replace a", "delete-replaced a"],
        ),
        (R("a", v=1), R("a", v=2).but(replace_on_changes=["w"]), ["update a"]),
        (
            R("a", v={"x": 1}),
            R("a", v={"x": 2}).but(replace_on_changes=["*"]),
            ["create-replacement a", "replace a", "delete-replaced a"],
        ),
        (
            R("a", v={"x": [1]}, unsure=1),
            R("a", v={"x": [2]}, unsure=1).but(replace_on_changes=["v.x"]),
            ["create-replacement a", "replace a", "delete-replaced a"],
        ),
        (R("a", v={"x": [1]}, unsure=1), R("a", v={"x": [2]}, unsure=1).but(replace_on_changes=["v.y"]), ["update a"]),
        (R("a", v=1, unsure=1), R("a", v=2, unsure=1), ["update a"]),
        (R("a", v=1, unsure=1), R("a", v=1, unsure=1), []),
        (R("a"), R("b"), ["create b", "delete a"]),
        (R("a"), R("b").but(aliases=[Alias(name="a")]), []),
        (R("a"), R("b").but(aliases=[Alias(urn=urn("a"))]), []),
        (R("a"), R("a").but(custom_timeouts={"create": 5.0}), []),
        (R("a"), R("a").but(retain_on_delete=True), []),
        (R("a").but(retain_on_delete=True), R("b"), ["create b", "delete a"]),
        (R("a").but(read_id="x"), R("a"), ["create-replacement a", "replace a", "discard-replaced a"]),
        (R("a").but(read_id="x"), R("b"), ["create b", "discard a"]),
        (R("a").but(read_id="x"), R("a").but(read_id="y"), ["read a"]),
        (R("a"), R("a").but(read_id="y"), ["read-replacement a", "replace a", "delete-replaced a"]),
        (R("a"), R("a").but(read_id="a-1"), ["read a"]),
    ],
)
def test_one_resource(stack: Stack, before: R, after: R, done: list[str]) -> None:
    stack.world.things |= {"x": {}, "y": {}}
    stack.up(before)
    assert stack.up(after) == done
    assert not stack.failed
    assert stack.up(after) == (["read a"] if after.read_id else [])


def test_a_preview_decides_the_same_and_does_nothing(stack: Stack) -> None:
    program = R("a", key=1), R("b", v=1).but(needs={"v": ["a"]}), R("c")
    changed = R("a", key=2), R("b", v=2).but(needs={"v": ["a"]})
    stack.up(*program)
    data, things = stack.data, dict(stack.world.things)
    expected = ["create-replacement a", "replace a", "update b", "delete c", "delete-replaced a"]
    assert sorted(stack.preview(*changed)) == sorted(expected)
    assert (stack.data, stack.world.things) == (data, things)
    assert sorted(stack.up(*changed)) == sorted(expected)


def test_a_resource_to_be_replaced_is_checked_without_its_old_inputs(stack: Stack) -> None:
    stack.up(R("a", key=1, defaulted="d"))
    stack.up(R("a", key=1))
    assert stack.things["a"].inputs == {"key": 1, "defaulted": "d"}, "an update keeps what was taken over"
    stack.up(R("a", key=2))
    assert stack.things["a"].inputs == {"key": 2}


def test_times_tell_when_a_resource_was_made_and_changed(stack: Stack) -> None:
    stack.up(R("a", v=1))
    made = stack.things["a"]
    stack.up(R("a", v=2))
    changed = stack.things["a"]
    assert (changed.created, changed.modified > made.modified) == (made.created, True)
    stack.up(R("a", v=2))
    assert stack.things["a"].modified == changed.modified


# --- order ----------------------------------------------------------------------------------------------------------


def test_deletion_goes_the_other_way_round(stack: Stack) -> None:
    stack.up(
        R("a"),
        R("b", v=1).but(needs={"v": ["a"]}),
        R("c").but(after=["b"]),
        R("g").but(component=True, after=["c"]),
        R("d").but(parent="g"),
        R("e").but(after=["g"]),
    )
    done = [step.split()[1] for step in stack.destroy()]
    for first, second in ["ba", "cb", "gc", "dg", "ed", "eg"]:
        assert done.index(first) < done.index(second), f"{first} needs {second}: {done}"


def test_what_nothing_depends_on_is_deleted_at_once(stack: Stack) -> None:
    stack.up(*[R(f"r{i}") for i in range(4)])
    running: list[str] = []
    stack.world.before = lambda verb, name: running.append(name) if verb == "delete" else None
    stack.destroy(parallel=4)
    assert len(running) == 4


def test_the_old_one_goes_after_everything_that_uses_the_new_one(stack: Stack) -> None:
    def program(key: int) -> list[R]:
        return [
            R("a", key=key),
            R("b", v=key).but(needs={"v": ["a"]}),
            R("c", v=key).but(needs={"v": ["b"]}),
        ]

    stack.up(*program(1))
    assert stack.up(*program(2)) == ["create-replacement a", "replace a", "update b", "update c", "delete-replaced a"]


# --- replacements of a chain ----------------------------------------------------------------------------------------


def chain(key: int, *, delete_first: bool, last_depends_by: str = "key") -> list[R]:
    """Four resources, each made of the one before."""
    return [
        R("a", key=key, delete_first=delete_first),
        R("b", key=key).but(needs={"key": ["a"]}),
        R("c", key=key).but(needs={"key": ["b"]}),
        R("d", **{last_depends_by: key}).but(needs={last_depends_by: ["c"]}),
    ]


def test_three_dependants_are_replaced_after_it(stack: Stack) -> None:
    stack.up(*chain(1, delete_first=False))
    creations = [f"{op} {name}" for name in "abcd" for op in ("create-replacement", "replace")]
    assert stack.up(*chain(2, delete_first=False)) == [
        *creations,
        *[f"delete-replaced {name}" for name in "dcba"],
    ]
    assert len(stack.world.things) == 4


def test_three_dependants_are_deleted_before_it(stack: Stack) -> None:
    stack.up(*chain(1, delete_first=True))
    assert stack.up(*chain(2, delete_first=True)) == [
        *[f"delete-replaced {name}" for name in "dcba"],
        *[f"{op} {name}" for name in "abcd" for op in ("replace", "create-replacement")],
    ]
    assert len(stack.world.things) == 4
    assert stack.up(*chain(2, delete_first=True)) == []


def test_a_dependant_that_would_be_updated_stays(stack: Stack) -> None:
    stack.up(*chain(1, delete_first=True, last_depends_by="v"))
    done = stack.up(*chain(2, delete_first=True, last_depends_by="v"))
    assert done[:3] == ["delete-replaced c", "delete-replaced b", "delete-replaced a"]
    assert done[-1] == "update d"


def test_a_dependant_that_is_gone_from_the_program_is_not_made_again(stack: Stack) -> None:
    stack.up(*chain(1, delete_first=True))
    done = stack.up(*chain(2, delete_first=True)[:2])
    assert done[:4] == [f"delete-replaced {name}" for name in "dcba"]
    assert sorted(stack.things) == ["a", "b"]
    assert len(stack.world.things) == 2


def test_a_dependency_by_order_alone_does_not_replace(stack: Stack) -> None:
    stack.up(R("a", key=1, delete_first=True), R("b", key=1).but(after=["a"]))
    done = stack.up(R("a", key=2, delete_first=True), R("b", key=1).but(after=["a"]))
    assert done == ["delete-replaced a", "replace a", "create-replacement a"]


def test_a_failure_in_the_middle_of_a_chain_is_continued(stack: Stack) -> None:
    stack.up(*chain(1, delete_first=True))
    stack.world.refuse = {("create", "c")}
    stack.up(*chain(2, delete_first=True))
    assert stack.failed
    assert {name: state.pending_replacement for name, state in stack.things.items()} == {
        "a": False,
        "b": False,
        "c": True,
        "d": True,
    }
    stack.world.refuse = set()
    # These two do not ask to be deleted first, so that what is gone already is deleted once more: as recorded.
    assert stack.up(*chain(2, delete_first=True)) == [
        *[f"{op} {name}" for name in "cd" for op in ("create-replacement", "replace")],
        *["delete-replaced d", "delete-replaced c"],
    ]
    assert len(stack.world.things) == 4


def test_what_was_deleted_to_be_replaced_is_only_forgotten(stack: Stack) -> None:
    stack.up(*chain(1, delete_first=True))
    stack.world.refuse = {("create", "b")}
    stack.up(*chain(2, delete_first=True))
    stack.world.calls.clear()
    assert stack.destroy() == ["delete a"]
    assert stack.world.things == {}
    assert [call for call in stack.world.calls if call[0] == "delete"] == [("delete", "a")]


# --- options --------------------------------------------------------------------------------------------------------


def test_a_protected_resource_is_not_deleted_and_keeps_what_it_needs(stack: Stack) -> None:
    stack.up(R("a"), R("b").but(after=["a"], protect=True), R("c").but(after=["b"]), R("d"))
    stack.destroy()
    assert stack.failed
    assert any("protected" in message for message in stack.messages)
    assert sorted(stack.things) == ["a", "b"]


@pytest.mark.parametrize("delete_first", [True, False])
def test_a_protected_resource_is_not_replaced(stack: Stack, delete_first: bool) -> None:
    stack.up(R("a", key=1).but(protect=True))
    stack.up(R("a", key=2, delete_first=delete_first).but(protect=True))
    assert stack.failed
    assert "unable to replace" in stack.messages[0]
    assert stack.world.things.keys() == {"a-1"}
    stack.up(R("a", key=2, delete_first=delete_first))
    assert not stack.failed, "protection may end in the same update"


def test_a_protected_dependant_is_not_deleted_to_replace_another(stack: Stack) -> None:
    program = chain(1, delete_first=True)
    program[2].but(protect=True)
    stack.up(*program)
    stack.up(*chain(2, delete_first=True))
    assert stack.failed
    assert "as part of replacing" in stack.messages[0]
    assert len(stack.world.things) == 4


def test_what_is_retained_stays_in_the_world(stack: Stack) -> None:
    stack.up(R("a", key=1).but(retain_on_delete=True))
    stack.up(R("a", key=2).but(retain_on_delete=True))
    stack.destroy()
    assert stack.world.things.keys() == {"a-1", "a-2"}
    assert stack.things == {}


@pytest.mark.parametrize(
    ("aliases", "conflict"),
    [
        ([Alias(name="x")], "Duplicate resource alias"),
        ([Alias(urn=urn("x"))], "Duplicate resource alias"),
    ],
)
def test_one_old_name_is_claimed_once(stack: Stack, aliases: list[Alias], conflict: str) -> None:
    stack.up(R("x"))
    stack.up(R("a").but(aliases=aliases), R("b").but(aliases=aliases))
    assert stack.failed
    assert conflict in stack.messages[0]


def test_a_name_is_registered_once(stack: Stack) -> None:
    stack.up(R("a"), R("a"))
    assert stack.failed
    assert "Duplicate resource URN" in stack.messages[0]


def test_a_renamed_parent_renames_its_children_and_what_names_them(stack: Stack) -> None:
    stack.up(
        R("old").but(component=True),
        R("old-a").but(parent="old"),
        R("b").but(parent="old-a"),
        R("c").but(after=["b"]),
    )
    renamed = [
        R("new").but(component=True, aliases=[Alias(name="old")]),
        R("new-a").but(parent="new"),
        R("b").but(parent="new-a"),
        R("c").but(after=["b"]),
    ]
    assert stack.up(*renamed) == []
    by_name = {state.urn.rsplit("::", 1)[1]: state for state in stack.snapshot.resources}
    assert by_name["b"].parent == by_name["new-a"].urn
    assert by_name["c"].dependencies == [by_name["b"].urn]
    assert all(not state.aliases for state in stack.snapshot.resources), "names are settled once they are saved"


# --- failures -------------------------------------------------------------------------------------------------------


def test_a_failing_create_in_the_middle_of_fifty(stack: Stack) -> None:
    program = [R(f"r{i}") for i in range(50)]
    stack.world.refuse = {("create", "r25")}
    stack.up(*program)
    assert stack.failed
    assert stack.failures == ["r25"]
    assert stack.tracked() == set(stack.world.things)
    assert len(stack.things) == 25
    stack.world.refuse = set()
    assert len(stack.up(*program)) == 25
    assert stack.tracked() == set(stack.world.things)


@pytest.mark.parametrize("verb", ["check", "diff", "create", "update", "delete"])
def test_what_a_plugin_says_of_its_failure_is_said(stack: Stack, verb: str) -> None:
    stack.up(R("a", v=1), R("d"))
    stack.world.refuse = {(verb, name) for name in "abd"}
    stack.up(*([R("b")] if verb == "create" else [R("a", v=2)]))
    assert stack.failed or verb in ("check", "diff")
    assert stack.tracked() == set(stack.world.things)


def test_a_failed_check_stops_before_anything_of_it_is_done(stack: Stack) -> None:
    stack.up(R("a", bad="no good"))
    assert stack.failed
    assert stack.messages == ["pulumi-python:dynamic/test:Thing resource 'a' has a problem: no good"]
    assert not stack.world.things


def test_a_replacement_whose_deletion_fails_is_tried_again(stack: Stack) -> None:
    stack.up(R("a", key=1))
    stack.world.refuse = {("delete", "a")}
    stack.up(R("a", key=2))
    assert stack.failed
    assert stack.tracked() == set(stack.world.things) == {"a-1", "a-2"}
    stack.world.refuse = set()
    assert stack.up(R("a", key=2)) == ["delete-replaced a"]
    assert stack.tracked() == set(stack.world.things) == {"a-2"}


# --- targets --------------------------------------------------------------------------------------------------------


def test_what_is_no_target_stays_as_it_is(stack: Stack) -> None:
    stack.up(R("a", v=1), R("b", v=1), R("c"))
    assert stack.up(R("a", v=2), R("b", v=2), R("d"), targets=[urn("a")]) == ["update a"]
    assert sorted(stack.things) == ["a", "b", "c"]
    assert stack.things["b"].inputs == {"v": 1}


def test_a_failure_tells_how_many_steps_were_done(stack: Stack) -> None:
    stack.world.refuse = {("create", "c")}
    stack.up(R("a"), R("b").but(after=["a"]), R("c").but(after=["b"]))
    failure = next(event for event in stack.events if isinstance(event, ResourceOperationFailed))
    assert failure.steps == 3  # the stack, too


def test_what_is_no_target_and_deleted_with_one_comes_back_as_it_was(stack: Stack) -> None:
    def program(key: int) -> list[R]:
        return [R("a", key=key, delete_first=True), R("b", key=key, v=key).but(needs={"key": ["a"]})]

    stack.up(*program(1))
    done = stack.up(*program(2), targets=[urn("a")])
    assert done[:2] == ["delete-replaced b", "delete-replaced a"]
    assert stack.things["a"].inputs["key"] == 2
    assert stack.things["b"].inputs == {"key": 1, "v": 1}


def test_targets_may_be_patterns(stack: Stack) -> None:
    stack.up(R("a1", v=1), R("a2", v=1), R("b", v=1))
    assert sorted(stack.up(R("a1", v=2), R("a2", v=2), R("b", v=2), targets=["**::a*"])) == ["update a1", "update a2"]


def test_a_target_cannot_depend_on_what_is_not_made(stack: Stack) -> None:
    stack.up(R("a"), R("b").but(after=["a"]), targets=[urn("b")])
    assert stack.failed
    assert "not specified in --target list" in stack.messages[0]


def test_a_target_is_not_deleted_under_what_depends_on_it(stack: Stack) -> None:
    stack.up(R("a"), R("b").but(after=["a"]))
    stack.destroy(targets=[urn("a")])
    assert stack.failed
    assert sorted(stack.things) == ["a", "b"]
    assert stack.destroy(targets=[urn("b")]) == ["delete b"]


def test_a_resource_is_replaced_on_request(stack: Stack) -> None:
    stack.up(R("a", v=1), R("b", v=1))
    assert stack.up(R("a", v=1), R("b", v=1), replace=[urn("a")]) == [
        "create-replacement a",
        "replace a",
        "delete-replaced a",
    ]


def test_a_tainted_resource_is_replaced(stack: Stack) -> None:
    stack.up(R("a", v=1))
    stack.data = stack.data.replace(b'"id":"a-1"', b'"taint":true,"id":"a-1"')
    assert stack.up(R("a", v=1)) == ["create-replacement a", "replace a", "delete-replaced a"]
    assert not stack.things["a"].taint


# --- destroy with the program ---------------------------------------------------------------------------------------


def test_a_destroy_with_the_program_makes_nothing_of_it(stack: Stack) -> None:
    program = R("g").but(component=True), R("a", v=1).but(parent="g"), R("b", v=1).but(after=["a"])
    stack.up(*program)
    done = stack.destroy(*program, R("new"), R("newer").but(after=["new"]))
    assert [step for step in done if not step.startswith("delete")] == []
    assert stack.world.things == {}
    assert stack.snapshot.resources == []


# --- the state ------------------------------------------------------------------------------------------------------


def in_order(urns: Sequence[str], links: Sequence[str]) -> bool:
    return all(link in urns for link in links)


def test_what_is_needed_stands_before_what_needs_it_at_all_times(stack: Stack) -> None:
    stack.up(*chain(1, delete_first=True), R("g").but(component=True), R("x").but(parent="g", after=["d"]))
    stack.up(*chain(2, delete_first=True), R("x").but(after=["d"], aliases=[Alias(parent=STACK)]))
    stack.up(*chain(3, delete_first=False))
    for data in stack.saves:
        stack.data = data
        known: list[str] = []
        for state in stack.snapshot.resources:
            if not state.delete:
                assert in_order(known, [*state.dependencies, *([state.parent] if state.parent else [])]), state.urn
            known.append(state.urn)
