"""`preview`, `up`, `refresh` and `destroy`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sandbox.cli.failures import CommandFailure
from sandbox.cli.flags import Flags
from sandbox.cli.options import FlagCommand, flag, non_interactive_option, workspace_options, yes_option
from sandbox.cli.workspace import Workspace

if TYPE_CHECKING:
    from sandbox.cli.run import Run

Command = TypeVar("Command", bound=Callable[..., Any])

_NO_CONFIRMATION = (
    "--yes or --skip-preview or --preview-only must be passed in to proceed when running in non-interactive mode"
)


def deploying_options(command: Command) -> Command:
    """Options of every deploying verb."""
    for option in reversed(
        (
            workspace_options,
            non_interactive_option,
            click.option(
                "-p",
                "--parallel",
                type=int,
                envvar="PULUMI_PARALLEL",
                help="How many steps run at once; less than one or not said: four for each core.",
            ),
            click.option(
                "-t",
                "--target",
                multiple=True,
                metavar="URN",
                help="Touch this resource alone; * and ** stand for more.",
            ),
            click.option(
                "-r",
                "--refresh",
                is_flag=True,
                default=None,
                help="Read the resources first.",
            ),
            flag("--diff", help="Show the properties that differ, and why something is replaced."),
            flag("-j", "--json", help="Print JSON: a preview as one document, else an event a line."),
            flag(
                "--run-program",
                variable="PULUMI_RUN_PROGRAM",
                help="Run the program for a refresh or a destroy too, for the providers' present configuration.",
            ),
        )
    ):
        command = option(command)
    return command


def confirming_options(command: Command) -> Command:
    """Options of the verbs that change something."""
    skip_preview = flag("-f", "--skip-preview", help="Do it at once; includes --yes.")
    return yes_option(skip_preview(command))


def expect_no_changes_option(command: Command) -> Command:
    return flag("--expect-no-changes", help="Exit with 7 where there are changes.")(command)


@click.command(cls=FlagCommand)
@deploying_options
@expect_no_changes_option
def preview(**options: Any) -> None:
    """Show what an update would do."""
    _perform(Flags(kind="update", preview_only=True, **options))


@click.command(cls=FlagCommand)
@deploying_options
@confirming_options
@click.option("--replace", multiple=True, metavar="URN", help="Replace this resource even if nothing changed.")
def up(**options: Any) -> None:
    """Create, update and delete resources as the program says."""
    _perform(Flags(kind="update", **options))


@click.command(cls=FlagCommand)
@deploying_options
@confirming_options
@expect_no_changes_option
@flag("--preview-only", help="Show what would change in the state, and change nothing.")
def refresh(**options: Any) -> None:
    """Read the resources and adopt what changed into the state."""
    _perform(Flags(kind="refresh", **options))


@click.command(cls=FlagCommand)
@deploying_options
@confirming_options
@flag("--preview-only", help="Show what would be deleted, and delete nothing.")
def destroy(**options: Any) -> None:
    """Delete all resources of a stack; its configuration and history stay."""
    _perform(Flags(kind="destroy", **options))


def _perform(flags: Flags) -> None:
    workspace = Workspace(interactive=False if flags.non_interactive else None)
    approved = flags.yes or flags.skip_preview
    if flags.preview_only and approved:
        contradicting = "--skip-preview" if flags.skip_preview else "--yes"
        raise CommandFailure(f"{contradicting} and --preview-only cannot be used together")
    if not workspace.interactive and not approved and not flags.preview_only:
        raise CommandFailure(_NO_CONFIRMATION, 2)
    stack = workspace.stack(flags.stack_name)

    from sandbox.cli.run import Run
    from sandbox.cli.signals import terminated_by_signal

    with terminated_by_signal():
        if flags.preview_only:
            _finish(flags, Run.prepare(workspace, stack, flags), preview=True)
            return
        with stack.storage.lock():
            run = Run.prepare(workspace, stack, flags)
            if not flags.skip_preview:
                run.deploy(preview=True)
            if not approved:
                run.confirm()
            _finish(flags, run, preview=False)


def _finish(flags: Flags, run: "Run", *, preview: bool) -> None:
    """The last of the command's deployments, and what the command says after it."""
    result = run.deploy(preview=preview)
    if flags.expect_no_changes and result.has_changes:
        operation = "preview" if flags.kind == "update" else flags.kind
        raise CommandFailure(f"no changes were expected for {operation} but changes were proposed", 7)
    if flags.kind == "destroy" and not preview and not flags.json and not flags.target:
        click.echo(
            "The resources in the stack have been deleted, but the history and configuration associated with the stack"
            f" are still maintained.\nIf you want to remove the stack completely, run"
            f" `python -m sandbox stack rm {run.stack.name}`."
        )
