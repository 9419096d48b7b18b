"""One command's deployments of one stack: what they share, their display, their interrupts and their record."""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click
from rich.console import Console

from sandbox.cli import states
from sandbox.cli.failures import CommandFailure
from sandbox.cli.flags import Flags
from sandbox.cli.signals import interrupts_handled
from sandbox.cli.workspace import Stack, Workspace
from sandbox.display.choice import Display, DisplayOptions, choose
from sandbox.display.diff import details
from sandbox.engine.errors import UserError
from sandbox.engine.events import Event
from sandbox.engine.project import Project
from sandbox.engine.project_config import merged, validate
from sandbox.engine.stack_config import Configuration
from sandbox.engine.state import Snapshot
from sandbox.passphrase import Crypter

if TYPE_CHECKING:
    from sandbox.engine.deployment import DeploymentResult

_TITLES = {"update": "Updating", "refresh": "Refreshing", "destroy": "Destroying"}


class Terminal(Console):
    """A console that goes silent when its reader is gone, where rich would end the process."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)

    def on_broken_pipe(self) -> None:
        self.quiet = True
        # What is still buffered has to go somewhere, or the interpreter stumbles over it at its end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)

    def write(self, text: str) -> None:
        """Writes a line as it is, whatever the width."""
        try:
            click.echo(text)
        except BrokenPipeError:
            self.on_broken_pipe()


@dataclass
class Run:
    """A deployment that can be previewed, confirmed and done."""

    flags: Flags
    project: Project
    stack: Stack
    crypter: Crypter
    configuration: Configuration
    snapshot: Snapshot
    interactive: bool
    console: Terminal = field(default_factory=Terminal)
    errors: Console = field(default_factory=lambda: Terminal(stderr=True))
    _previewed: list[Event] = field(default_factory=list)
    _display_failure: Exception | None = None

    @classmethod
    def prepare(cls, workspace: Workspace, stack: Stack, flags: Flags) -> "Run":
        """Reads the configuration and the state; UserError where one of them is not usable."""
        project = workspace.project
        # A destroy does without the stack's file, and leaves none behind.
        keep_file = flags.kind == "destroy"
        if stack.asks_for_passphrase:
            crypter = stack.crypter(keep_file=keep_file)
        else:
            with ThreadPoolExecutor(1) as background:
                # Deriving a key takes as long as importing the engine: they go side by side.
                opening = background.submit(stack.crypter, keep_file=keep_file)
                from sandbox.engine import deployment  # noqa: F401 - imported for those who come later

                crypter = opening.result()
        _warn_of_empty_keys(stack)
        values = merged(stack.file.config, project.schema.values)
        if flags.kind == "update" or flags.run_program:
            validate(values, project.schema, stack.name, crypter.decrypt)
        if project.interpreter.virtualenv is None:
            chosen = f"{project.python}, the Python on PATH"
            click.echo(f"Using {chosen}: runtime.options.virtualenv in {project.path} names another", err=True)
        return cls(
            flags=flags,
            project=project,
            stack=stack,
            crypter=crypter,
            configuration=Configuration.of(values, crypter.decrypt),
            snapshot=states.load(stack),
            interactive=workspace.interactive,
        )

    def deploy(self, *, preview: bool) -> "DeploymentResult":
        """Previews it or does it; CommandFailure where a resource failed or somebody interrupted."""
        if not self.flags.json:
            title = f"Previewing {self.flags.kind}" if preview else _TITLES[self.flags.kind]
            self.console.print(f"{title} ({self.stack.name}):", style="bold bright_magenta")
        started = int(time.time())
        result = asyncio.run(self._deploy(preview=preview))
        if not preview:
            self._record(started, result)
        if self._display_failure:
            raise self._display_failure
        if result.terminated and not preview:
            raise CommandFailure(f"{self.flags.kind} cancelled")
        if result.failed or result.interrupted:
            raise CommandFailure
        return result

    def confirm(self) -> None:
        """Asks whether to go on; CommandFailure where the answer is no."""
        question = f"Do you want to perform this {self.flags.kind}?"
        if self.flags.kind == "refresh":
            question += "\nNo resources will be modified as part of this refresh; just your stack's state will be.\n"
        while True:
            answer = click.prompt(question, type=click.Choice(["yes", "no", "details"]), default="no")
            if answer == "no":
                raise CommandFailure(f"confirmation declined, not proceeding with the {self.flags.kind}")
            if answer == "yes":
                return
            self.console.print(details(self._previewed), soft_wrap=True)

    async def _deploy(self, *, preview: bool) -> "DeploymentResult":
        from sandbox.engine.deployment import DeploymentOptions, default_parallel, deploy
        from sandbox.engine.interrupts import Interrupts

        flags, interrupts = self.flags, Interrupts()
        display = self._display(preview=preview)

        def emit(event: Event) -> None:
            if self.interactive and not flags.preview_only and preview:
                self._previewed.append(event)
            self._undisturbed(lambda: display.show(event))

        async def tick() -> None:
            while True:
                await asyncio.sleep(display.interval)
                self._undisturbed(display.tick)

        def say(text: str, style: str) -> None:
            self._undisturbed(lambda: display.message(text, style))

        with interrupts_handled(interrupts, say, preview=preview):
            ticking = asyncio.create_task(tick())
            try:
                return await deploy(
                    flags.kind,
                    preview=preview,
                    project=self.project,
                    stack_name=self.stack.name,
                    configuration=self.configuration,
                    snapshot=self.snapshot,
                    save=self.stack.storage.write,
                    crypter=self.crypter,
                    options=DeploymentOptions(
                        parallel=flags.parallel if flags.parallel and flags.parallel > 0 else default_parallel(),
                        targets=flags.target,
                        refresh=self.project.refresh_always if flags.refresh is None else flags.refresh,
                        replace=flags.replace,
                        run_program=flags.run_program,
                    ),
                    emit=emit,
                    interrupts=interrupts,
                )
            finally:
                ticking.cancel()
                self._undisturbed(display.close)

    def _undisturbed(self, show: Callable[[], None]) -> None:
        """Shows something. A reader that is gone, or a mistake in a display, costs the display, not the deployment.

        What went wrong is raised when the deployment is over.
        """
        if self._display_failure is None:
            try:
                show()
            except Exception as error:
                self._display_failure = error

    def _display(self, *, preview: bool) -> Display:
        return choose(
            DisplayOptions(self.flags.json, self.flags.diff, self.interactive),
            kind=self.flags.kind,
            preview=preview,
            project=self.project.name,
            stack=self.stack.name,
            console=self.console,
            errors=self.errors,
            write=self.console.write,
        )

    def _record(self, started: int, result: "DeploymentResult") -> None:
        update = {
            "kind": self.flags.kind,
            "startTime": started,
            "message": "",
            "environment": {"exec.kind": "sandbox"},
            "config": self.configuration.stored,
            "version": 0,
            "result": "failed" if result.failed or result.interrupted else "succeeded",
            "endTime": int(time.time()),
            **({"resourceChanges": dict(result.changes)} if result.changes else {}),
        }
        try:
            self.stack.storage.add_to_history(update)
        except OSError as error:
            raise UserError(f"the deployment is over, but no record of it could be written: {error}") from error


def _warn_of_empty_keys(stack: Stack) -> None:
    keys = stack.file.empty_keys
    if keys:
        names = ", ".join(keys)
        click.echo(f'warning: no value for {names} in {stack.file.path}: read as an empty text, ""', err=True)
