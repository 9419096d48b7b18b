"""What the engine does when it is itself what fails, not a resource: what runs ends first, and is saved."""

import asyncio
import json

import pytest

from sandbox.engine import checkpoint
from sandbox.engine import urn as urns
from sandbox.engine.checkpoint import Writer
from sandbox.engine.decisions import Base, Decisions, Mode, Settings
from sandbox.engine.deployment_executor import DeploymentExecutor
from sandbox.engine.goal import Goal
from sandbox.engine.interrupts import Interrupts
from sandbox.engine.monitor import Register
from sandbox.engine.plugin_protocol import Checked
from sandbox.engine.snapshots import SavedSnapshots
from sandbox.engine.targets import Targets
from sandbox.engine.values import PropertyMap
from tests.engine.stepping import PROVIDER_TYPE, TYPE, FakePlugin, FakeProviders, Plain, World


class Slow(FakePlugin):
    """Creates only once something else has gone wrong."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.creating, self.wrong = asyncio.Event(), asyncio.Event()

    async def check(self, urn: str, olds: PropertyMap, news: PropertyMap, *, preview: bool) -> Checked:
        if urns.name_of(urn) == "b":
            await self.creating.wait()
            asyncio.get_running_loop().call_later(0.05, self.wrong.set)
            raise RuntimeError("a mistake in the engine")
        return Checked(news)

    async def create(self, urn: str, inputs: PropertyMap, *, timeout: float, preview: bool) -> tuple[str, PropertyMap]:
        self.creating.set()
        await self.wrong.wait()
        return "1", inputs


class Providers(FakeProviders):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.plugin = Slow(world)

    async def same(self, state: object) -> None: ...


class Source:
    """A program that registers a provider, `a` and `b`, and waits for no answer."""

    def __init__(self) -> None:
        self.providers = Providers(World())
        self.requests: asyncio.Queue[object] = asyncio.Queue()
        self.stopped = False

    async def open(self) -> None: ...

    async def start_program(self) -> None:
        reference = f"{urns.new('dev', 'proj', '', PROVIDER_TYPE, 'default')}::1"
        for goal in (
            Goal(PROVIDER_TYPE, "default", True, {}),
            Goal(TYPE, "a", True, {"v": 1}, provider=reference),
            Goal(TYPE, "b", True, {"v": 1}, provider=reference),
        ):
            self.requests.put_nowait(Register(goal, asyncio.get_running_loop().create_future()))

    def stop_program(self) -> None:
        self.stopped = True


def test_a_mistake_in_the_engine_does_not_lose_what_is_being_created() -> None:
    saves: list[bytes] = []

    async def deploy(source: Source) -> None:
        base = Base([])
        settings = Settings("dev", "proj", False, Mode.UPDATE, False, Targets(()), Targets(()), lambda _: None)
        empty = json.dumps({"version": 3, "checkpoint": {"stack": "organization/proj/dev"}}).encode()
        snapshots = SavedSnapshots(base, Writer(Plain(), checkpoint.load(empty, Plain())), saves.append, ())
        await DeploymentExecutor(
            Decisions(settings, base, source.providers),
            source,  # type: ignore[arg-type]
            snapshots,
            (),
            lambda _: None,
            Interrupts(),
            4,
        ).run("update", refresh_state=False)

    async def run() -> Source:
        source = Source()
        with pytest.raises(RuntimeError, match="a mistake"):
            await deploy(source)
        return source

    assert asyncio.run(run()).stopped
    left = checkpoint.load(saves[-1], Plain())
    assert [(state.type, state.id) for state in left.resources if state.type == TYPE] == [(TYPE, "1")]
    assert not left.pending_operations
