"""Saving: when, how often, and what stands in the file at that time."""

import asyncio
import json
import threading
from typing import Any

import pytest

from sandbox.engine.checkpoint import Writer
from sandbox.engine.decisions import Base
from sandbox.engine.errors import UserError
from sandbox.engine.snapshots import SavedSnapshots, remove_dangling
from sandbox.engine.state import PendingOperation, ResourceState, Snapshot
from sandbox.engine.steps import Op, Step
from tests.engine.stepping import TYPE, Plain, urn


def state(name: str, **fields: Any) -> ResourceState:
    return ResourceState(urn(name), TYPE, True, id=name, **fields)


class Disk:
    """Takes what is saved; a gate holds the writer where it is closed."""

    def __init__(self) -> None:
        self.files: list[dict[str, Any]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.writing = threading.Event()

    def save(self, data: bytes) -> None:
        self.writing.set()
        assert self.gate.wait(10)
        self.files.append(json.loads(data)["checkpoint"]["latest"])

    @property
    def last(self) -> list[str]:
        return [resource["urn"].rsplit("::", 1)[1] for resource in self.files[-1].get("resources", [])]

    def pending(self) -> list[tuple[str, str]]:
        operations = self.files[-1].get("pending_operations", [])
        return [(op["type"], op["resource"]["urn"].rsplit("::", 1)[1]) for op in operations]


def snapshots(disk: Disk, *resources: ResourceState, pending: list[PendingOperation] | None = None) -> SavedSnapshots:
    return SavedSnapshots(Base(list(resources)), Writer(Plain(), Snapshot()), disk.save, pending or [])


def test_a_step_is_on_record_before_it_is_done_and_after() -> None:
    disk = Disk()
    kept = snapshots(disk, state("a"))
    step = Step(Op.CREATE, new=state("b"))

    async def run() -> None:
        await kept.begin(step)
        assert (disk.last, disk.pending()) == (["a"], [("creating", "b")])
        await kept.end(step, successful=True)
        assert (disk.last, disk.pending()) == (["b", "a"], [])

    asyncio.run(run())


def test_steps_that_change_while_the_file_is_written_share_the_next_write() -> None:
    disk = Disk()
    kept = snapshots(disk)
    disk.gate.clear()

    async def run() -> None:
        first = asyncio.create_task(kept.begin(Step(Op.CREATE, new=state("first"))))
        await asyncio.to_thread(disk.writing.wait, 10)
        others = [asyncio.create_task(kept.begin(Step(Op.CREATE, new=state(f"r{i}")))) for i in range(50)]
        await asyncio.sleep(0)
        assert not any(other.done() for other in others), "none goes on before it is on record"
        disk.gate.set()
        await asyncio.gather(first, *others)

    asyncio.run(run())
    assert [len(file["pending_operations"]) for file in disk.files] == [1, 51]


@pytest.mark.parametrize(
    ("change", "saved"),
    [
        ({}, False),
        ({"modified": "2026-01-01T00:00:00Z", "source_position": "project:///x#1"}, False),
        ({"outputs": {"a": 1}}, True),
        ({"inputs": {"a": 1}}, True),
        ({"protect": True}, True),
        ({"dependencies": ["urn:x"]}, True),
        ({"provider": "urn:p::1"}, True),
        ({"custom_timeouts": {"create": 1}}, True),
        ({"retain_on_delete": True}, True),
        ({"parent": "urn:x"}, True),
    ],
)
def test_what_stays_the_same_is_written_at_the_end(change: dict[str, Any], saved: bool) -> None:
    disk = Disk()
    old = state("a")
    kept = snapshots(disk, old)
    new = state("a", **change)

    async def run() -> None:
        await kept.end(Step(Op.SAME, old, new), successful=True)
        assert bool(disk.files) is saved
        await kept.flush()

    asyncio.run(run())
    assert len(disk.files) == 1
    assert disk.last == ["a"]


def test_only_interrupted_creates_stay_on_record() -> None:
    disk = Disk()
    operations = [PendingOperation(state(kind), kind) for kind in ("creating", "updating", "deleting", "reading")]
    asyncio.run(snapshots(disk, state("a"), pending=operations).flush())
    assert disk.pending() == [("creating", "creating")]


def test_a_disk_that_takes_nothing_is_said() -> None:
    def full(data: bytes) -> None:
        raise OSError(28, "No space left on device")

    kept = SavedSnapshots(Base([]), Writer(Plain(), Snapshot()), full, [])
    with pytest.raises(UserError, match=r"could not be saved.*No space left"):
        asyncio.run(kept.begin(Step(Op.CREATE, new=state("a"))))


def test_a_thousand_resources_are_serialised_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = SavedSnapshots(Base([]), Writer(Plain(), Snapshot()), lambda data: None, [])
    serialised: list[str] = []
    original = Writer.serialized

    def count(self: Writer, resource: ResourceState) -> bytes:
        serialised.append(resource.urn)
        return original(self, resource)

    monkeypatch.setattr(Writer, "serialized", count)

    async def run() -> None:
        for index in range(1000):
            step = Step(Op.CREATE, new=state(f"r{index}"))
            await kept.begin(step)
            step.state.outputs = {"done": True}
            await kept.end(step, successful=True)

    asyncio.run(run())
    assert len(serialised) == 2000, "as it begins, and as it ends"


def test_what_depended_on_what_is_gone_does_not_any_more() -> None:
    child = state("child", parent=urn("gone"))
    user = state("user", dependencies=[urn("child"), urn("gone")], property_dependencies={"a": [urn("gone")]})
    early = state("early", dependencies=[urn("user")])
    remove_dangling([early, child, user])
    assert child.parent == ""
    assert user.dependencies == [urn("child")]
    assert user.property_dependencies == {"a": []}
    assert early.dependencies == [], "what stands later cannot be needed"
