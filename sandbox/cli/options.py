"""Options that several commands take."""

import os
import sys
from collections.abc import Callable
from typing import IO, Any, TypeVar

import click

from sandbox.engine.errors import UserError

Command = TypeVar("Command", bound=Callable[..., Any])


def workspace_options(command: Command) -> Command:
    """`--cwd` and `--stack`, which every command takes."""
    command = click.option("-s", "--stack", "stack_name", metavar="NAME", envvar="PULUMI_STACK", help="The stack.")(
        command
    )
    return click.option(
        "-C",
        "--cwd",
        metavar="FOLDER",
        type=click.Path(exists=True, file_okay=False),
        is_eager=True,
        expose_value=False,
        callback=_go_to,
        help="Run as if in this folder.",
    )(command)


def yes_option(command: Command) -> Command:
    return click.option("-y", "--yes", is_flag=True, envvar="PULUMI_SKIP_CONFIRMATIONS", help="Do it without asking.")(
        command
    )


def non_interactive_option(command: Command) -> Command:
    return click.option("--non-interactive", is_flag=True, help="Ask nothing and change no line in place.")(command)


def text_of(stream: IO[bytes], name: str) -> str:
    """All of the stream; UserError where it is no text."""
    try:
        return stream.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{name}: not UTF-8 text: {error.reason} at byte {error.start}") from error


def is_interactive() -> bool:
    """Whether somebody sits at a terminal, as the CLI sees it: CI systems have some, too."""
    return (
        sys.stdin.isatty()
        and sys.stdout.isatty()
        and os.environ.get("TERM", "").lower() != "dumb"
        and os.environ.get("CI", "").lower() in {"", "0", "false"}
    )


def _go_to(context: click.Context, parameter: click.Parameter, value: str | None) -> None:  # noqa: ARG001
    if value is not None:
        os.chdir(value)
