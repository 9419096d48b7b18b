"""An engine without processes: its decisions and its steps, against plugins and a world that tests look into.

    stack = Stack()
    stack.up(R("a", key="1"))
    assert stack.up(R("a", key="2")) == ["create-replacement a", "replace a", "delete-replaced a"]

Each deployment reads the state that the one before saved, as commands do.
"""

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.engine import checkpoint
from sandbox.engine import urn as urns
from sandbox.engine.actions import Actions
from sandbox.engine.checkpoint import Writer
from sandbox.engine.decisions import Base, Decisions, Mode, ReportedError, Settings
from sandbox.engine.deletions import delete_the_rest
from sandbox.engine.errors import UserError
from sandbox.engine.events import Diagnostic, Event, ResourceOperationFailed, ResourcePre
from sandbox.engine.goal import Alias, Goal, ReadRequest
from sandbox.engine.integrity import verify
from sandbox.engine.plugin_protocol import Changes, Checked, CheckFailure, Diff, PluginError, Read
from sandbox.engine.snapshots import NoSnapshots, SavedSnapshots
from sandbox.engine.state import ResourceState, Snapshot
from sandbox.engine.step_executor import StepExecutor
from sandbox.engine.step_generator import StepGenerator
from sandbox.engine.steps import Registered
from sandbox.engine.targets import Targets
from sandbox.engine.values import PropertyMap, equal

TYPE = "pulumi-python:dynamic/test:Thing"
COMPONENT = "test:index:Group"
PROVIDER_TYPE = "pulumi:providers:pulumi-python"
STACK = "urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev"
DEFAULT = "urn:pulumi:dev::proj::pulumi:providers:pulumi-python::default"


def urn(name: str, parent: str = "") -> str:
    return urns.new("dev", "proj", parent or STACK, TYPE, name)


class Plain:
    """A crypter whose ciphertexts can be read."""

    salt = "salt"

    def encrypt(self, plaintext: str) -> str:
        return f"sealed:{plaintext}"

    def decrypt(self, ciphertext: str) -> str:
        return ciphertext.removeprefix("sealed:")


@dataclass
class World:
    """What there is outside of the state: made by `create`, gone after `delete`."""

    things: dict[str, PropertyMap] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    refuse: set[tuple[str, str]] = field(default_factory=set)
    """Calls that fail, by verb and name."""
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    before: Callable[[str, str], None] = lambda verb, name: None
    """Called as each call begins."""


class FakePlugin:
    """A change of `key` replaces, of any other input updates; `delete_first` deletes before."""

    def __init__(self, world: World) -> None:
        self.world = world

    def _call(self, verb: str, urn: str) -> str:
        name = urns.name_of(urn)
        self.world.before(verb, name)
        self.world.calls.append((verb, name))
        if (verb, name) in self.world.refuse:
            raise PluginError(f"{verb} of {name} is refused")
        return name

    async def check(self, urn: str, olds: PropertyMap, news: PropertyMap, *, preview: bool) -> Checked:
        self._call("check", urn)
        bad = [CheckFailure("", str(news["bad"]))] if "bad" in news else []
        return Checked({**news, **({"defaulted": olds["defaulted"]} if "defaulted" in olds else {})}, bad)

    async def diff(
        self,
        urn: str,
        id_: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        *,
        preview: bool,
        ignore_changes: Sequence[str],
    ) -> Diff:
        self._call("diff", urn)
        names = sorted({*old_inputs, *new_inputs})
        changed = tuple(n for n in names if not equal(old_inputs.get(n), new_inputs.get(n)))
        if new_inputs.get("unsure"):
            return Diff(Changes.UNKNOWN)
        return Diff(
            Changes.SOME if changed else Changes.NONE,
            tuple(name for name in changed if name == "key"),
            changed,
            delete_before_replace=bool(new_inputs.get("delete_first")),
        )

    async def create(self, urn: str, inputs: PropertyMap, *, timeout: float, preview: bool) -> tuple[str, PropertyMap]:
        if preview:
            return "", inputs
        name = self._call("create", urn)
        id_ = f"{name}-{next(self.world.ids)}"
        self.world.things[id_] = inputs
        return id_, {**inputs, "out": f"out of {name}"}

    async def read(self, urn: str, id_: str, inputs: PropertyMap, outputs: PropertyMap) -> Read:
        self._call("read", urn)
        if id_ not in self.world.things:
            return Read("", {}, None)
        now = self.world.things[id_]
        return Read(id_, {**outputs, **now}, dict(now))

    async def update(
        self,
        urn: str,
        id_: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        new_inputs: PropertyMap,
        *,
        timeout: float,
        preview: bool,
        ignore_changes: Sequence[str],
    ) -> PropertyMap:
        if preview:
            return new_inputs
        name = self._call("update", urn)
        self.world.things[id_] = new_inputs
        return {**new_inputs, "out": f"out of {name}"}

    async def delete(self, urn: str, id_: str, inputs: PropertyMap, outputs: PropertyMap, *, timeout: float) -> None:
        self._call("delete", urn)
        # Deleting what is gone already is no error, as with any provider that can be relied on.
        self.world.things.pop(id_, None)


class FakeProviders:
    """One plugin for everything."""

    def __init__(self, world: World) -> None:
        self.plugin = FakePlugin(world)
        self.itself = FakePlugin(World())

    def get(self, reference: str) -> FakePlugin:
        return self.plugin

    async def ensure(self, reference: str) -> None: ...

    def register_alias(self, urn: str, alias: str) -> None: ...


@dataclass
class R:
    """A resource as a program registers it; `needs` are names by property, `after` names of `depends_on`."""

    name: str
    inputs: dict[str, Any] = field(default_factory=dict)
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    after: Sequence[str] = ()
    parent: str = ""
    component: bool = False
    read_id: str = ""
    aliases: Sequence[Alias] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __init__(self, name: str, **inputs: Any) -> None:
        self.name, self.needs, self.after, self.parent = name, {}, (), ""
        self.component, self.read_id, self.aliases, self.options = False, "", (), {}
        self.inputs = inputs

    def but(self, **options: Any) -> "R":
        """With options: those of this class, others those of `Goal`."""
        own = {key: options.pop(key) for key in list(options) if key in R.__dataclass_fields__}
        for key, value in own.items():
            setattr(self, key, value)
        self.options = {**self.options, **options}
        return self


class KilledError(BaseException):
    """The engine is gone, in the middle of what it did."""


class Stack:
    """A stack of things, deployed again and again."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.data = json.dumps({"version": 3, "checkpoint": {"stack": "organization/proj/dev"}}).encode()
        self.saves: list[bytes] = []
        self.events: list[Event] = []
        self.failed = False
        self.changes: Mapping[str, int] = {}
        self.kill_after_saves: int | None = None

    # --- commands -----------------------------------------------------------------------------------------------

    def up(self, *program: R, **options: Any) -> list[str]:
        """Deploys the program; what was done, in the order in which it began."""
        return asyncio.run(self._run(program, Mode.UPDATE, **options))

    def preview(self, *program: R, **options: Any) -> list[str]:
        return asyncio.run(self._run(program, Mode.UPDATE, preview=True, **options))

    def destroy(self, *program: R, **options: Any) -> list[str]:
        """Deletes everything; with a program, runs it first."""
        return asyncio.run(self._run(program, Mode.DESTROY if program else Mode.UPDATE, **options))

    # --- what there is afterwards -------------------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        snapshot = checkpoint.load(self.data, Plain())
        verify(snapshot)
        return snapshot

    @property
    def things(self) -> dict[str, ResourceState]:
        """Resources of the state by name, those to be deleted left out."""
        return {urns.name_of(s.urn): s for s in self.snapshot.resources if s.type == TYPE and not s.delete}

    @property
    def pending(self) -> list[tuple[str, str]]:
        return [(op.type, urns.name_of(op.resource.urn)) for op in self.snapshot.pending_operations]

    @property
    def messages(self) -> list[str]:
        return [event.message for event in self.events if isinstance(event, Diagnostic)]

    def tracked(self) -> set[str]:
        """Ids of everything in the state that is not known to be gone."""
        return {
            s.id for s in self.snapshot.resources if s.type == TYPE and not s.external and not s.pending_replacement
        }

    # --- a deployment -------------------------------------------------------------------------------------------

    async def _run(
        self,
        program: Sequence[R],
        mode: Mode,
        *,
        preview: bool = False,
        targets: Sequence[str] = (),
        replace: Sequence[str] = (),
        parallel: int = 4,
    ) -> list[str]:
        self.events, self.failed = [], False
        snapshot = self.snapshot
        base = Base(snapshot.resources)
        settings = Settings("dev", "proj", preview, mode, False, Targets(targets), Targets(replace), self.events.append)
        decisions = Decisions(settings, base, FakeProviders(self.world))
        saved = SavedSnapshots(base, Writer(Plain(), snapshot), self._save, snapshot.pending_operations)
        snapshots = NoSnapshots() if preview else saved
        executor = StepExecutor(Actions(decisions, _nothing), snapshots, self.events.append, parallel=parallel)
        generator = StepGenerator(decisions)
        try:
            await self._register(program, generator, executor)
            if not executor.failed.is_set():
                await delete_the_rest(decisions, executor)
        except (ReportedError, UserError, PluginError):
            self.failed = True
        await executor.finish()
        if isinstance(executor.crash, Exception):
            raise executor.crash
        await snapshots.flush()
        self.failed = self.failed or executor.errored or decisions.errored
        self.changes = executor.changes
        return self.done()

    def done(self) -> list[str]:
        """What was done, in the order in which it began; what stays the same and the stack itself left out."""
        return [
            f"{event.metadata.op} {urns.name_of(event.metadata.urn)}"
            for event in self.events
            if isinstance(event, ResourcePre)
            and event.metadata.op != "same"
            and event.metadata.type in (TYPE, COMPONENT)
        ]

    @property
    def failures(self) -> list[str]:
        return [urns.name_of(e.metadata.urn) for e in self.events if isinstance(e, ResourceOperationFailed)]

    def _save(self, data: bytes) -> None:
        if self.kill_after_saves is not None and len(self.saves) >= self.kill_after_saves:
            raise KilledError
        verify(checkpoint.load(data, Plain()))
        self.data = data
        self.saves.append(data)

    async def _register(self, program: Sequence[R], generator: StepGenerator, executor: StepExecutor) -> None:
        loop = asyncio.get_running_loop()
        made: dict[str, Registered] = {}
        provider = ""
        if program:
            for goal in (
                Goal(urns.STACK_TYPE, "proj-dev", False, {}),
                Goal(PROVIDER_TYPE, "default", True, {}),
            ):
                registration: asyncio.Future[Registered] = loop.create_future()
                await executor.submit(await generator.steps(generator.begin(goal, registration)))
                provider = f"{DEFAULT}::{(await registration).state.id}"
        for wanted in program:
            if not all(name in made for name in (*wanted.after, *itertools.chain(*wanted.needs.values()))):
                return  # what it depends on failed: the program never gets here
            registration = loop.create_future()
            parent = made[wanted.parent].state.urn if wanted.parent else STACK
            needs = {key: [made[name].state.urn for name in names] for key, names in wanted.needs.items()}
            after = [made[name].state.urn for name in wanted.after]
            links = list(dict.fromkeys([*after, *itertools.chain(*needs.values())]))
            if wanted.read_id:
                request = ReadRequest(TYPE, wanted.name, wanted.read_id, wanted.inputs, parent, provider, links)
                await executor.submit(generator.read(request, registration))
            else:
                goal = Goal(
                    COMPONENT if wanted.component else TYPE,
                    wanted.name,
                    not wanted.component,
                    wanted.inputs,
                    parent,
                    dependencies=links,
                    provider="" if wanted.component else provider,
                    property_dependencies=needs,
                    aliases=wanted.aliases,
                    **wanted.options,
                )
                await executor.submit(await generator.steps(generator.begin(goal, registration)))
            if not registration.done():
                return
            made[wanted.name] = registration.result()


async def _nothing(state: ResourceState) -> None: ...
