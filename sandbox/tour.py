"""`make up` and its kin on a machine without a Pulumi CLI.

This is no engine. It is one process that runs the program of this repository on the SDK's own `pulumi.runtime.mocks`
and hands each resource that the program registers to the real provider, one after the other: check, diff, then create,
update or delete. It knows recordings and their providers, nothing else, and keeps a state of its own.

The state is saved before and after each call. A recording without an id was being started when the process was killed:
the next `up` starts it again, and the provider, which looks before it starts, takes over what is recording.
"""

import asyncio
import fcntl
import json
import logging
import os
import runpy
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal

import click
import pulumi
import yaml
from pulumi.dynamic import Config, ConfigureRequest, ResourceProvider
from pulumi.runtime import mocks, set_all_config
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func
from pulumi_realtimekit.errors import RealtimeKitError
from pulumi_realtimekit.plugin import load

from sandbox.passphrase import PassphraseCrypter

RECORDING: Final = "pulumi-python:dynamic/realtimekit:TrackRecording"
PROVIDER: Final = "pulumi:providers:pulumi-python"
WIRE_SECRET: Final = "4dabf18193072939515e22adb298388d"  # noqa: S105 a key, and no secret itself
"""The key that marks a map as a secret, in what programs and providers send to an engine."""

Step = Literal["create", "update", "replace", "delete", "same"]
STEPS: Final[Mapping[Step, tuple[str, str]]] = {
    "create": ("+", "created"),
    "update": ("~", "updated"),
    "replace": ("+-", "replaced"),
    "delete": ("-", "deleted"),
    "same": ("", "unchanged"),
}


class State:
    """Recordings by name, in the order in which they were created, in one encrypted file, which exists while they do.

    Each has `inputs`, `provider` (the inputs of its explicit provider, or None) and, once the provider has answered,
    `id` and `outputs`.
    """

    def __init__(self, file: Path, crypter: PassphraseCrypter) -> None:
        self._file, self._crypter = file, crypter
        self.recordings: dict[str, dict[str, Any]] = {}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Reads the file. Raises click.ClickException where another process is using it."""
        with self._file.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise click.ClickException("another `make` is deploying this stack: wait until it is done") from None
            if self._file.exists():
                self.recordings = json.loads(self._crypter.decrypt(self._file.read_text()))
            yield

    def save(self) -> None:
        if not self.recordings:
            self._file.unlink(missing_ok=True)
            return
        new = self._file.with_suffix(".new")
        with new.open("w") as file:
            file.write(self._crypter.encrypt(json.dumps(self.recordings)))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file)


class Tour(mocks.Mocks):
    """Does what a registration asks for, and at the end deletes what the program no longer declares."""

    def __init__(self, state: State, project: str, config: Mapping[str, str], *, preview: bool) -> None:
        self.state, self.project, self.preview = state, project, preview
        self.steps: Counter[Step] = Counter()
        self.failures: list[str] = []
        self.is_interrupted = False
        self._config = config
        self._one_at_a_time = Lock()
        self._declared: set[str] = set()
        self._explicit: dict[str, dict[str, Any]] = {}
        self._providers: dict[str, ResourceProvider] = {}

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise pulumi.RunError(_unknown(args.token))

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        inputs = {name: value for name, value in _plain(args.inputs).items() if name != "__provider"}
        if args.typ == PROVIDER:
            self._explicit[args.name] = inputs
            return args.name, {}
        if args.typ != RECORDING or args.resource_id:
            raise pulumi.RunError(_unknown(args.typ))
        if args.name in self._declared:
            raise pulumi.RunError(f"'{args.name}' is declared twice")
        self._declared.add(args.name)
        provider = self._explicit.get(args.provider.split("::")[-2]) if args.provider else None
        with self._one_at_a_time, self._reporting(args.name):
            return self._deploy(args.name, inputs, provider)
        raise pulumi.RunError(self.failures[-1])

    def refresh(self) -> None:
        for name, recording in [*self.deployed()]:
            with self._reporting(name):
                read = self._provider(recording["provider"]).read(recording["id"], recording["outputs"])
                if read.id:
                    outputs = _plain(read.outs)
                    self._say("update" if outputs != recording["outputs"] else "same", name)
                    recording["outputs"] = outputs
                else:
                    self._say("delete", name)
                    del self.state.recordings[name]
                self.state.save()

    def destroy(self, *, undeclared_alone: bool = False) -> None:
        """Stops recordings, those declared last first."""
        for name, recording in reversed([*self.deployed()]):
            if undeclared_alone and name in self._declared:
                continue
            with self._reporting(name):
                began = time.monotonic()
                if not self.preview:
                    self._delete(name, recording)
                self._say("delete", name, began)
        for name in self.state.recordings.keys() - {name for name, _ in self.deployed()} - self._declared:
            self.failures.append(
                f"{name}: an earlier `make up` was killed while it started this recording, which may be running. "
                "Declare it, run `make up`, which takes it over, and then `make destroy`"
            )

    def deployed(self) -> Iterator[tuple[str, dict[str, Any]]]:
        return ((name, recording) for name, recording in self.state.recordings.items() if "id" in recording)

    def _deploy(
        self, name: str, declared: dict[str, Any], explicit: dict[str, Any] | None
    ) -> tuple[str, dict[str, Any]]:
        provider = self._provider(explicit)
        old = self.state.recordings.get(name, {})
        checked = provider.check(old.get("inputs", {}), declared)
        if checked.failures:
            raise RealtimeKitError("\n".join(failure.reason for failure in checked.failures))
        inputs, began = _plain(checked.inputs), time.monotonic()
        step: Step = "create"
        if "id" in old:
            diff = provider.diff(old["id"], old["outputs"], inputs)
            step = "replace" if diff.replaces else "update" if diff.changes else "same"
        if self.preview:
            self._say(step, name)
            return old.get("id", ""), {**inputs, **old.get("outputs", {})}
        if step == "replace":
            self._delete(name, old)
        if step in {"create", "replace"}:
            recording = self.state.recordings[name] = {"inputs": inputs, "provider": explicit}
            self.state.save()
            created = provider.create(inputs)
            recording |= {"id": created.id, "outputs": _plain(created.outs)}
        else:
            recording = old
            if step == "update":
                recording["outputs"] = _plain(provider.update(old["id"], old["outputs"], inputs).outs)
            recording |= {"inputs": inputs, "provider": explicit}
        self.state.save()
        self._say(step, name, began)
        return recording["id"], recording["outputs"]

    def _delete(self, name: str, recording: dict[str, Any]) -> None:
        self._provider(recording["provider"]).delete(recording["id"], recording["outputs"])
        del self.state.recordings[name]
        self.state.save()

    def _provider(self, explicit: dict[str, Any] | None) -> ResourceProvider:
        """The provider of the stack's config, or of the inputs of an explicit one."""
        key = json.dumps(explicit, sort_keys=True)
        if key not in self._providers:
            provider = load() if explicit is None else type(load())()
            config = self._config if explicit is None else explicit
            provider.configure(ConfigureRequest(Config(dict(config), self.project)))
            self._providers[key] = provider
        return self._providers[key]

    @contextmanager
    def _reporting(self, name: str) -> Iterator[None]:
        """Begins nothing after an interrupt or a failure, as an engine, and keeps what a user can put right."""
        if self.is_interrupted or self.failures:
            raise pulumi.RunError(f"{name}: not deployed")
        try:
            yield
        except RealtimeKitError as error:
            self.failures.append(f"{name}: {error}")

    def _say(self, step: Step, name: str, began: float | None = None) -> None:
        self.steps[step] += 1
        took = "" if began is None or step == "same" else f" ({time.monotonic() - began:.1f} s)"
        click.echo(f" {STEPS[step][0]:2} TrackRecording {name} {self._done(step)}{took}")

    def summary(self) -> str:
        return ", ".join(f"{count} {self._done(step)}" for step, count in self.steps.items()) or "nothing to do"

    def _done(self, step: Step) -> str:
        done = STEPS[step][1]
        return f"would be {done}" if self.preview and step != "same" else done


def run(verb: str, folder: Path, file: Path, passphrase: str) -> dict[str, Mapping[str, Any]] | None:
    """Deploys the program of a folder to its stack `sandbox`.

    verb: `up`, `preview`, `refresh` or `destroy`. file: where the state is.
    Returns the outputs of the recordings by name; None where something failed, which has been shown.
    """
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text("utf-8"))["name"]
    stack_file = yaml.safe_load((folder / "Pulumi.sandbox.yaml").read_text("utf-8"))
    crypter = PassphraseCrypter.open(passphrase, stack_file.get("encryptionsalt", ""))
    config, secrets = _configuration(stack_file.get("config") or {}, crypter)
    state = State(file, crypter)
    tour = Tour(state, project, config, preview=verb == "preview")
    with state.locked():
        _stop_on_signals(tour)
        try:
            if verb == "refresh":
                tour.refresh()
            elif verb == "destroy":
                tour.destroy()
            else:
                _run_program(tour, folder, config, [key for key, _ in secrets])
                tour.destroy(undeclared_alone=True)
        except pulumi.RunError as error:
            if not tour.failures and not tour.is_interrupted:
                tour.failures.append(str(error))
    for failure in tour.failures:
        click.echo(f"error: {failure}", err=True)
    click.echo(f"    {tour.summary()}")
    if tour.failures or tour.is_interrupted:
        return None
    texts = {text for _, text in secrets}
    return {name: _without_secrets(recording["outputs"], texts) for name, recording in tour.deployed()}


def _run_program(tour: Tour, folder: Path, config: dict[str, str], secret_keys: list[str]) -> None:
    def program() -> None:
        runpy.run_path(str(folder / "__main__.py"), run_name="__main__")

    logger = logging.getLogger("program")
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.StreamHandler())
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with ThreadPoolExecutor() as registrations:
        loop.set_default_executor(registrations)
        mocks.set_mocks(tour, project=tour.project, stack="sandbox", preview=tour.preview, logger=logger)
        SETTINGS.root_directory = str(folder)
        os.environ["PULUMI_CONFIG"] = json.dumps(config)
        set_all_config(config, secret_keys)
        loop.run_until_complete(run_pulumi_func(program))


def _stop_on_signals(tour: Tour) -> None:
    """The first interrupt waits for the running call; a second one does not: see the next `up` at the top."""

    def stop(*_: object) -> None:
        if tour.is_interrupted:
            os._exit(1)
        tour.is_interrupted = True
        click.echo("interrupted: waiting for the running call; press ^C again not to wait", err=True)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _configuration(
    nodes: Mapping[str, Any], crypter: PassphraseCrypter
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """What a program gets of its stack's config: texts, objects as JSON; and its secrets, each with its key."""
    secrets: list[tuple[str, str]] = []

    def decrypted(key: str, node: Any) -> Any:
        if isinstance(node, Mapping) and node.keys() == {"secure"}:
            secrets.append((key, crypter.decrypt(node["secure"])))
            return secrets[-1][1]
        if isinstance(node, Mapping):
            return {name: decrypted(key, item) for name, item in node.items()}
        return [decrypted(key, item) for item in node] if isinstance(node, list) else node

    plain = {key: decrypted(key, node) for key, node in nodes.items()}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in plain.items()}, secrets


def _plain(value: Any) -> Any:
    """A value without the marks of its secrets: providers get plain ones."""
    if isinstance(value, Mapping):
        if WIRE_SECRET in value:
            return _plain(value["value"])
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _without_secrets(value: Any, secrets: set[str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_secrets(item, secrets) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item, secrets) for item in value]
    return "[secret]" if value in secrets else value


def _unknown(what: str) -> str:
    return f"the program uses {what}, which needs the Pulumi CLI: build it with `make cli`"
