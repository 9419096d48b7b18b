"""The command `python -m sandbox`, and what becomes of errors.

| exit code | when |
| --- | --- |
| 0 | done |
| 1 | a resource failed, lock held, wrong passphrase, interrupted, wrong words, anything else |
| 2 | not interactive and no `--yes` |
| 6 | no such stack |
| 7 | `--expect-no-changes` and there are changes |
"""

import io
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import NoReturn

import click

from sandbox.cli.failures import CommandFailure
from sandbox.cli.options import Verbs, folder_option, non_interactive_option
from sandbox.engine.errors import StackNotFoundError, UserError

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "preview": ("sandbox.cli.deploying:preview", "Show what an update would do."),
    "up": ("sandbox.cli.deploying:up", "Create, update and delete resources as the program says."),
    "refresh": ("sandbox.cli.deploying:refresh", "Read the resources and adopt what changed into the state."),
    "destroy": ("sandbox.cli.deploying:destroy", "Delete all resources of a stack."),
    "cancel": ("sandbox.cli.cancel:cancel", "Free a stack that a killed run left locked."),
    "config": ("sandbox.cli.config:config", "Set and get the configuration of a stack."),
    "stack": ("sandbox.cli.stack:stack", "Make and remove stacks, show outputs, export and import state."),
    "api": ("sandbox.api.server:api", "Run the sandbox API alone."),
}


class LazyGroup(Verbs):
    """Imports a command when it is run: most of the time of `--help` would be imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in _COMMANDS.items()])


@click.group("sandbox", cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@folder_option
@non_interactive_option
def sandbox(non_interactive: bool) -> None:
    """Deploy programs of dynamic resources as the Pulumi CLI does, with no CLI and no account.

    Words, flags, exit codes, config files and state are the CLI's: each continues where the other stopped.
    PULUMI_BACKEND_URL (file://…) says where the state is, PULUMI_CONFIG_PASSPHRASE or
    PULUMI_CONFIG_PASSPHRASE_FILE opens its secrets, PULUMI_STACK names the stack where --stack does not.
    """


def main() -> NoReturn:
    """Runs the command that the arguments name, and exits."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that has no lines or locks shows something else, and nothing fails for it.
            stream.reconfigure(errors="replace")
    try:
        code = sandbox.main(prog_name="python -m sandbox", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        code = exit_.exit_code
    except click.Abort:
        click.echo("Aborted!", err=True)
        code = 1
    except click.ClickException as error:
        error.show()
        # As for the CLI: click's own code for wrong words, 2, says here that somebody would have to be asked.
        code = 1
    except CommandFailure as failure:
        if failure.message:
            _say(failure.message)
        code = failure.exit_code
    except OSError as error:
        if error.filename is None:
            raise
        _say(f"{error.filename}: {error.strerror}")
        code = 1
    except UserError as error:
        _say(str(error))
        code = 6 if isinstance(error, StackNotFoundError) else 1
    sys.exit(code if isinstance(code, int) else 0)


def _say(message: str) -> None:
    click.echo(f"{click.style('error:', fg='red')} {message}", err=True)
