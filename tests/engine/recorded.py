"""Events of one deployment, with a secret in every place that can hold one."""

from collections.abc import Iterable
from dataclasses import replace

from sandbox.engine.events import (
    Cancelled,
    Diagnostic,
    Event,
    Prelude,
    ResourceOperationFailed,
    ResourceOutputs,
    ResourcePre,
    StepMetadata,
    Summary,
)
from sandbox.engine.state import ResourceState
from sandbox.engine.values import UNKNOWN, OutputValue, PropertyMap, ResourceReference, Secret

OLD_SECRET, NEW_SECRET = "hunter2-old", "hunter2-new"
SECRETS = (OLD_SECRET, NEW_SECRET, "hunter2")

STACK = "urn:pulumi:test::proj::pulumi:pulumi:Stack::proj-test"
GROUP = "urn:pulumi:test::proj::proj:index:Group::group"
TYPE = "pulumi-python:dynamic/things:Thing"
PROVIDER = "urn:pulumi:test::proj::pulumi:providers:pulumi-python::default::1b2c"


def urn(name: str) -> str:
    return f"urn:pulumi:test::proj::{TYPE}::{name}"


def thing(name: str, inputs: PropertyMap, outputs: PropertyMap | None = None, **more: object) -> ResourceState:
    state = ResourceState(
        urn=urn(name),
        type=TYPE,
        custom=True,
        id=f"id-{name}" if outputs is not None else "",
        inputs={"__provider": "gASV", **inputs},
        outputs={"__provider": "gASV", **(outputs or {})} if outputs is not None else {},
        parent=STACK,
        provider=PROVIDER,
    )
    for field, value in more.items():
        setattr(state, field, value)
    return state


def step(op: str, old: ResourceState | None, new: ResourceState | None, **more: object) -> StepMetadata:
    state = new or old
    assert state
    metadata = StepMetadata(op, state.urn, state.type, old, new, logical=True, provider=state.provider)
    return replace(metadata, **more)  # type: ignore[arg-type]


def stack_state(outputs: PropertyMap) -> ResourceState:
    return ResourceState(urn=STACK, type="pulumi:pulumi:Stack", custom=False, outputs=outputs)


SECRETIVE = {
    "plain": Secret(NEW_SECRET),
    "deep": {"list": [1, Secret({"of": [NEW_SECRET]}), {"x": OutputValue(NEW_SECRET, secret=True)}]},
    "known": OutputValue("open", dependencies=(urn("a"),)),
    "json": Secret('{"password": "hunter2"}'),
    "lines": Secret("hunter2\nhunter2\n"),
    "later": UNKNOWN,
    "other": ResourceReference(urn("a"), "id-a"),
}
OLD_SECRETIVE = {
    "plain": Secret(OLD_SECRET),
    "deep": {"list": [1, Secret({"of": [OLD_SECRET]}), {"x": OutputValue(OLD_SECRET, secret=True)}]},
    "known": OutputValue("closed"),
    "json": Secret('{"password": "hunter2-x"}'),
    "lines": Secret("hunter2\nhunter2-x\n"),
    "becomes": "clear",
}

OLD_STACK = stack_state({"secret": Secret(OLD_SECRET), "count": 1})
NEW_STACK = stack_state({"secret": Secret(NEW_SECRET), "nested": {"s": [Secret(NEW_SECRET)]}, "count": 2})
GROUP_STATE = ResourceState(urn=GROUP, type="proj:index:Group", custom=False, parent=STACK)

CREATED = thing("created", {"size": 3, **SECRETIVE}, {"size": 3, **SECRETIVE, "made": "now"}, parent=GROUP)
UPDATED_OLD = thing("updated", {"size": 1, **OLD_SECRETIVE}, {"size": 1, **OLD_SECRETIVE, "made": "then"})
UPDATED_NEW = thing("updated", {"size": 2, **SECRETIVE}, {"size": 2, **SECRETIVE, "made": "now"})
REPLACED_OLD = thing("replaced", {"key": "a", "list": ["x"]}, {"key": "a", "list": ["x"], "made": "then"})
REPLACED_NEW = thing("replaced", {"key": "b", "list": ["y", "z"]}, {"key": "b", "list": ["y", "z"], "made": "now"})
DELETED = thing("deleted", OLD_SECRETIVE, OLD_SECRETIVE)
KEPT = thing("kept", {"size": 1}, {"size": 1})
FREED_OLD = thing("freed", {"size": 1}, {"size": 1}, protect=True)
FREED_NEW = thing("freed", {"size": 1}, {"size": 1})
FAILED = thing("failed", {"size": 9, **SECRETIVE})


def _planned(state: ResourceState) -> ResourceState:
    """As it is before it is made."""
    fresh = thing(state.urn.rsplit("::", 1)[-1], {}, None, parent=state.parent)
    fresh.inputs = state.inputs
    return fresh


def _step(metadata: StepMetadata, *, planning: bool) -> Iterable[Event]:
    before = replace(metadata, new=_planned(metadata.new)) if metadata.new and metadata.new.custom else metadata
    yield ResourcePre(before, planning)
    yield ResourceOutputs(before if planning else metadata, planning, 0.25 if not planning else 0.0)


def deployment(*, planning: bool = False) -> list[Event]:
    """An update that does one of each; the last step of one that is no preview fails."""
    stack = step("same", OLD_STACK, NEW_STACK)
    new_replaced = _planned(REPLACED_NEW) if planning else REPLACED_NEW
    keys = {"keys": ("key",), "diffs": ("key", "list")}
    events: list[Event] = [
        Prelude({"proj:size": "3", "proj:token": "[secret]"}),
        ResourcePre(stack, planning),
        Diagnostic("", "info", "hello\n"),
        Diagnostic("", "debug", "not for people"),
        ResourcePre(step("same", GROUP_STATE, GROUP_STATE, provider=""), planning),
        *_step(step("create", None, CREATED), planning=planning),
        *_step(step("update", UPDATED_OLD, UPDATED_NEW), planning=planning),
        Diagnostic(urn("updated"), "warning", "first line\nsecond \x1b[31mline\x1b[0m\n"),
        ResourcePre(step("create-replacement", REPLACED_OLD, new_replaced, logical=False, **keys), planning),
        ResourceOutputs(step("create-replacement", REPLACED_OLD, new_replaced, logical=False, **keys), planning, 1.5),
        ResourcePre(step("replace", REPLACED_OLD, new_replaced, **keys), planning),
        ResourceOutputs(step("replace", REPLACED_OLD, new_replaced, **keys), planning),
        *_step(step("same", KEPT, KEPT), planning=planning),
        *_step(step("same", FREED_OLD, FREED_NEW), planning=planning),
        ResourcePre(step("delete-replaced", REPLACED_OLD, None, logical=False, **keys), planning),
        ResourceOutputs(step("delete-replaced", REPLACED_OLD, None, logical=False, **keys), planning, 61.0),
        *_step(step("delete", DELETED, None), planning=planning),
    ]
    if not planning:
        failed = step("create", None, FAILED)
        traceback = 'Traceback (most recent call last):\n  File "x.py", line 1\nValueError: refused\n'
        events += [
            ResourcePre(failed),
            Diagnostic(urn("failed"), "error", traceback),
            ResourceOperationFailed(failed, "refused", 0.1),
        ]
    changes = {"create": 1, "update": 1, "delete": 1, "replace": 1, "same": 4}
    return [
        *events,
        ResourceOutputs(stack, planning),
        Summary(planning, 61.2, changes, "succeeded" if planning else "failed"),
        Cancelled(),
    ]


def refresh() -> list[Event]:
    """One resource that changed, one that is gone, one that did not change."""
    events: list[Event] = [Prelude(), ResourcePre(step("refresh", OLD_STACK, OLD_STACK))]
    outcomes = {"update": (UPDATED_OLD, UPDATED_NEW), "delete": (DELETED, None), "same": (KEPT, KEPT)}
    for old, _ in outcomes.values():
        events.append(ResourcePre(step("refresh", old, old)))
    for outcome, (old, new) in outcomes.items():
        events.append(ResourceOutputs(step(outcome, old, new, result_op=outcome), seconds=0.5))
    stack = ResourceOutputs(step("same", OLD_STACK, OLD_STACK, result_op="same"))
    return [*events, stack, Summary(False, 1.0, {"update": 1, "delete": 1, "same": 2}, "succeeded"), Cancelled()]
