"""`cancel`: frees a stack that a killed run left locked."""

import click

from sandbox.cli.options import FlagCommand, only_one, workspace_options, yes_option
from sandbox.cli.workspace import Workspace


@click.command(cls=FlagCommand)
@click.argument("name", required=False, metavar="[STACK]")
@workspace_options
@yes_option
def cancel(name: str | None, stack_name: str | None, yes: bool) -> None:
    """Free a stack that a killed run left locked.

    Whoever is still at work on it is not stopped: make sure that nobody is.
    """
    workspace = Workspace()
    stack = workspace.stack(only_one(name, stack_name))
    if workspace.interactive and not yes:
        click.confirm(f"This will irreversibly cancel the currently running update for '{stack.name}'!", abort=True)
    stack.storage.cancel()
    click.echo(f"The currently running update for '{stack.name}' has been canceled!")
