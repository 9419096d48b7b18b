"""A state that contradicts itself is found out, whatever is wrong with it; what engines write is not."""

from collections.abc import Callable

import pytest

from sandbox.engine.checkpoint import manifest
from sandbox.engine.integrity import IntegrityError, verify
from sandbox.engine.state import ResourceState, Snapshot

STACK = "urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev"
PROVIDER = "urn:pulumi:dev::proj::pulumi:providers:pulumi-python::default"
TYPE = "pulumi-python:dynamic/things:Thing"
A, B = f"urn:pulumi:dev::proj::{TYPE}::a", f"urn:pulumi:dev::proj::{TYPE}::b"


def whole() -> Snapshot:
    return Snapshot(
        deployed=True,
        manifest=manifest(),
        resources=[
            ResourceState(STACK, "pulumi:pulumi:Stack", custom=False),
            ResourceState(PROVIDER, "pulumi:providers:pulumi-python", custom=True, id="1"),
            ResourceState(A, TYPE, custom=True, id="a", parent=STACK, provider=f"{PROVIDER}::1"),
            ResourceState(B, TYPE, custom=True, id="b", parent=STACK, provider=f"{PROVIDER}::1", dependencies=[A]),
        ],
    )


def change(index: int, **fields: object) -> Callable[[Snapshot], None]:
    def changed(snapshot: Snapshot) -> None:
        for name, value in fields.items():
            setattr(snapshot.resources[index], name, value)

    return changed


def move(index: int, to: int) -> Callable[[Snapshot], None]:
    return lambda snapshot: snapshot.resources.insert(to, snapshot.resources.pop(index))


def double(snapshot: Snapshot) -> None:
    snapshot.resources.append(ResourceState(A, TYPE, custom=True, id="other"))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (double, f"duplicate resource {A} (not marked for deletion)"),
        (move(3, 2), f"resource {B}'s dependency {A} comes after it"),
        (move(0, 3), f"child resource {A}'s parent {STACK} comes after it"),
        (move(1, 3), f"resource {A} refers to unknown provider {PROVIDER}::1"),
        (change(0, urn=""), "resource at index 0 missing required 'urn' field"),
        (change(2, type=""), f"resource '{A}' missing required 'type' field"),
        (change(0, id="x"), f"resource '{STACK}' has 'custom' false but non-empty ID"),
        (change(1, id=""), f"provider {PROVIDER} is not referenceable"),
        (change(2, provider=f"{PROVIDER}::2"), f"resource {A} refers to unknown provider {PROVIDER}::2"),
        (change(2, parent="gone"), f"child resource {A} refers to missing parent gone"),
        (change(3, dependencies=["gone"]), f"resource {B}'s dependency gone refers to missing resource"),
        (
            change(2, property_dependencies={"size": [B]}),
            f"resource {A}'s property dependency {B} (from property size) comes after it",
        ),
        (
            change(3, property_dependencies={"size": ["gone"]}),
            f"resource {B}'s property dependency gone (from property size) refers to missing resource",
        ),
    ],
)
def test_what_cannot_be_is_named(spoil: Callable[[Snapshot], None], says: str) -> None:
    snapshot = whole()
    spoil(snapshot)
    with pytest.raises(IntegrityError) as raised:
        verify(snapshot)
    assert says in str(raised.value)


def test_what_an_engine_writes_is_accepted() -> None:
    verify(whole())
    verify(Snapshot())
    replacing = whole()
    replacing.resources.append(ResourceState(A, TYPE, custom=True, id="old", delete=True))
    verify(replacing)
    pending = whole()
    pending.resources[2].provider, pending.resources[2].pending_replacement = f"{PROVIDER}::gone", True
    verify(pending)
