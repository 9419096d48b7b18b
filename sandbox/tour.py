"""`make up`, `preview`, `refresh` and `destroy` on a machine without a Pulumi CLI.

This is no engine. It is one process that runs the program of this repository on the SDK's own `pulumi.runtime.mocks`
and hands each resource that the program registers to the real provider, one after the other: check, diff, then create,
update or delete. It knows recordings and their providers, nothing else, and keeps a state of its own.

The state is saved before and after each call. A recording without an id was being started when the process was killed:
the next `up` starts it again, and the provider, which looks before it starts, takes over what is recording.
"""

import asyncio
import fcntl
import json
import os
import runpy
import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final

import click
import pulumi
import yaml
from pulumi.dynamic import Config, ConfigureRequest, ResourceProvider
from pulumi.runtime import mocks, set_all_config
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func
from pulumi_realtimekit.declarations.spelling import SIGNATURE
from pulumi_realtimekit.errors import RealtimeKitError
from pulumi_realtimekit.plugin import load

from sandbox.passphrase import PassphraseCrypter

RECORDING: Final = "pulumi-python:dynamic/realtimekit:TrackRecording"
PROVIDER: Final = "pulumi:providers:pulumi-python"


class Tour(mocks.Mocks):
    """Does what a registration asks for, and at the end deletes what the program no longer declares.

    recordings: by name, in the order in which they were created. Each has `inputs`, `provider` (the inputs of its
    explicit provider, or None) and, once the provider has answered, `id` and `outputs`.
    file: where they are kept, encrypted; it exists while there are any.
    """

    def __init__(
        self, file: Path, crypter: PassphraseCrypter, project: str, config: dict[str, str], *, preview: bool
    ) -> None:
        self.project, self.config, self.preview = project, config, preview
        self.recordings: dict[str, dict[str, Any]] = (
            json.loads(crypter.decrypt(file.read_text())) if file.exists() else {}
        )
        self.stopped = ""
        """Why nothing more is begun: an interrupt, or the first failure."""
        self.done: dict[str, str] = {}
        """What was done with each recording."""
        self._file, self._crypter = file, crypter
        self._one_at_a_time = Lock()
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
        provider = self._explicit.get(args.provider.split("::")[-2]) if args.provider else None
        with self._step(args.name):
            if args.name in self.done:
                raise RealtimeKitError("declared twice")
            recording = self._deploy(args.name, inputs, provider)
        return recording.get("id", ""), {**recording["inputs"], **recording.get("outputs", {})}

    def refresh(self) -> None:
        for name in [*self.recordings]:
            with self._step(name):
                recording = self._started(name)
                read = self._provider(recording["provider"]).read(recording["id"], recording["outputs"])
                outputs = _plain(read.outs)
                self._save(name, {**recording, "outputs": outputs} if read.id else None)
                same = outputs == recording["outputs"]
                self._say(name, "deleted" if not read.id else "unchanged" if same else "updated")

    def destroy(self) -> None:
        """Stops what the program does not declare, those that were created last first."""
        for name in reversed([*self.recordings]):
            if name not in self.done:
                with self._step(name):
                    recording = self._started(name)
                    if not self.preview:
                        self._delete(name, recording)
                    self._say(name, "deleted")

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        """One recording after the other, and none after an interrupt or a failure."""
        with self._one_at_a_time:
            if self.stopped:
                raise pulumi.RunError(self.stopped)
            try:
                yield
            except RealtimeKitError as error:
                self.stopped = f"{name}: {error}"
                raise pulumi.RunError(self.stopped) from None

    def _deploy(self, name: str, declared: dict[str, Any], explicit: dict[str, Any] | None) -> dict[str, Any]:
        provider, old = self._provider(explicit), self.recordings.get(name, {})
        checked = provider.check(old.get("inputs", {}), declared)
        if checked.failures:
            raise RealtimeKitError("\n".join(failure.reason for failure in checked.failures))
        new = {"inputs": _plain(checked.inputs), "provider": explicit}
        done = "created"
        if "id" in old:
            diff = provider.diff(old["id"], old["outputs"], new["inputs"])
            done = "replaced" if diff.replaces else "updated" if diff.changes else "unchanged"
        if self.preview:
            self._say(name, done)
            return old | new
        if done == "replaced":
            self._delete(name, old)
        if done in {"created", "replaced"}:
            self._save(name, new)
            created = provider.create(new["inputs"])
            new |= {"id": created.id, "outputs": _plain(created.outs)}
        else:
            new = old | new
            if done == "updated":
                new["outputs"] = _plain(provider.update(old["id"], old["outputs"], new["inputs"]).outs)
        self._save(name, new)
        self._say(name, done)
        return new

    def _started(self, name: str) -> dict[str, Any]:
        if "id" not in self.recordings[name]:
            raise RealtimeKitError(
                "an earlier `make up` was killed while it started this recording, which may be running. "
                "Run `make up` while it is declared, which takes it over"
            )
        return self.recordings[name]

    def _delete(self, name: str, recording: dict[str, Any]) -> None:
        self._provider(recording["provider"]).delete(recording["id"], recording["outputs"])
        self._save(name, None)

    def _save(self, name: str, recording: dict[str, Any] | None) -> None:
        """recording: None where there is none any more."""
        if recording is None:
            del self.recordings[name]
        else:
            self.recordings[name] = recording
        if self.recordings:
            new = self._file.with_suffix(".new")
            new.write_text(self._crypter.encrypt(json.dumps(self.recordings)))
            new.replace(self._file)
        else:
            self._file.unlink()

    def _provider(self, explicit: dict[str, Any] | None) -> ResourceProvider:
        """The provider of the stack's config, or of the inputs of an explicit one."""
        key = json.dumps(explicit, sort_keys=True)
        if key not in self._providers:
            provider = load() if explicit is None else type(load())()
            provider.configure(ConfigureRequest(Config(self.config if explicit is None else explicit, self.project)))
            self._providers[key] = provider
        return self._providers[key]

    def _say(self, name: str, done: str) -> None:
        done = f"would be {done}" if self.preview and done != "unchanged" else done
        self.done[name] = done
        click.echo(f"  TrackRecording {name} {done}")


def run(verb: str, folder: Path, file: Path, passphrase: str) -> dict[str, Mapping[str, Any]]:
    """Deploys the program of a folder to its stack `sandbox`.

    verb: `up`, `preview`, `refresh` or `destroy`. file: where the state is.
    Returns the outputs of the recordings by name, what the config encrypts as `[secret]`.
    Raises click.ClickException where something failed, was interrupted, or is being done already.
    """
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text("utf-8"))["name"]
    stack_file = yaml.safe_load((folder / "Pulumi.sandbox.yaml").read_text("utf-8"))
    crypter = PassphraseCrypter.open(passphrase, stack_file.get("encryptionsalt", ""))
    config, secrets = crypter.decrypt_config(stack_file.get("config") or {})
    with file.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException("another `make` is deploying this stack: wait until it is done") from None
        tour = Tour(file, crypter, project, config, preview=verb == "preview")
        _stop_on_signals(tour)
        try:
            if verb == "refresh":
                tour.refresh()
            elif verb in {"up", "preview"}:
                asyncio.run(_run_program(tour, folder, [*secrets]))
            if verb != "refresh":
                tour.destroy()
        except pulumi.RunError as error:
            tour.stopped = tour.stopped or str(error)
    click.echo(
        f"  {', '.join(f'{count} {done}' for done, count in Counter(tour.done.values()).items()) or 'nothing to do'}"
    )
    if tour.stopped:
        raise click.ClickException(tour.stopped)
    texts = set().union(*secrets.values())
    return {
        name: _without(texts, recording["outputs"]) for name, recording in tour.recordings.items() if "id" in recording
    }


async def _run_program(tour: Tour, folder: Path, secret_keys: list[str]) -> None:
    def program() -> None:
        runpy.run_path(str(folder / "__main__.py"), run_name="__main__")

    running = asyncio.get_running_loop()
    # One failure fails every output that depends on it: asyncio would report each of them.
    running.set_exception_handler(lambda *_: None)
    mocks.set_mocks(tour, project=tour.project, stack="sandbox", preview=tour.preview)
    SETTINGS.root_directory = str(folder)
    set_all_config(tour.config, secret_keys)
    with ExitStack() as loops, ThreadPoolExecutor(initializer=_open_loop, initargs=(loops,)) as threads:
        running.set_default_executor(threads)
        await run_pulumi_func(program)


def _open_loop(loops: ExitStack) -> None:
    """Gives a thread its event loop: the mocks would leave theirs open, and Python may complain of that as it ends."""
    asyncio.set_event_loop(loops.enter_context(closing(asyncio.new_event_loop())))


def _stop_on_signals(tour: Tour) -> None:
    """The first interrupt waits for the running call; a second one does not: see the next `up` at the top."""

    def stop(*_: object) -> None:
        if tour.stopped:
            os._exit(1)
        tour.stopped = "interrupted"
        click.echo("interrupted: waiting for the running call; press ^C again not to wait", err=True)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _plain(value: Any) -> Any:
    """A value without the marks of its secrets: providers get plain ones."""
    return json.loads(json.dumps(value), object_hook=lambda found: found["value"] if SIGNATURE in found else found)


def _without(secrets: set[str], outputs: Any) -> Any:
    def hidden(found: dict[str, Any]) -> dict[str, Any]:
        return {
            name: "[secret]" if isinstance(value, str) and value in secrets else value for name, value in found.items()
        }

    return json.loads(json.dumps(outputs), object_hook=hidden)


def _unknown(what: str) -> str:
    return f"the program uses {what}, which needs the Pulumi CLI: build it with `make cli`"
