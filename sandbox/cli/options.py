"""Options that several commands take."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import IO, Any, TypeVar

import click

from sandbox.engine.errors import UserError

Command = TypeVar("Command", bound=Callable[..., Any])


class FlagCommand(click.Command):
    """A command that reads its words as the CLI does.

    A flag takes a value behind `=` alone, `--yes=false`, and so ends no bundle, `-ry`; what needs a value may have it
    behind `=` after one letter too, `-p=2`.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given: dict[click.Option, bool] = {}
        remaining = super().parse_args(ctx, list(self._plain(ctx, args, given)))
        ctx.params.update({flag.name: value for flag, value in given.items() if flag.name})
        return remaining

    def _plain(self, ctx: click.Context, args: list[str], given: dict[click.Option, bool]) -> Iterator[str]:
        """The words as click reads them; what flags have as values goes to `given`, the last one counts."""
        options = {
            name: option for option in self.get_params(ctx) if isinstance(option, click.Option) for name in option.opts
        }
        words = iter(args)
        for word in words:
            if word == "--" or not (self.allow_interspersed_args or word.startswith("-")):
                yield word
                yield from words
            elif word.startswith("--"):
                name, equals, text = word.partition("=")
                option = options.get(name)
                if option is not None and option.is_flag and equals:
                    given[option] = click.BOOL.convert(text, option, ctx)
                    continue
                yield word
                if option is not None and option.is_flag:
                    given.pop(option, None)
                elif option is not None and not equals:
                    yield from islice(words, 1)
            elif word.startswith("-") and word != "-":
                yield from self._letters(ctx, word[1:], words, options, given)
            else:
                yield word

    @staticmethod
    def _letters(
        ctx: click.Context,
        letters: str,
        words: Iterator[str],
        options: Mapping[str, click.Option],
        given: dict[click.Option, bool],
    ) -> Iterator[str]:
        """A bundle of options of one letter, each as a word of its own, and the value of the last one."""
        while letters:
            name, letters = f"-{letters[0]}", letters[1:]
            option = options.get(name)
            if option is None:
                yield name
            elif not option.is_flag:
                yield name
                yield from [letters.removeprefix("=")] if letters else islice(words, 1)
                return
            elif letters.startswith("="):
                given[option] = click.BOOL.convert(letters[1:], option, ctx)
                return
            else:
                given.pop(option, None)
                yield name


class Verbs(FlagCommand, click.Group):
    """Commands whose common options may stand before the verb too."""

    command_class = FlagCommand

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        known = {option.name for option in command.params} if command else set()
        before: list[str] = []
        for option in self.params:
            value = ctx.params.get(option.name or "")
            if option.name in known and value:
                before += [option.opts[-1]] if value is True else [option.opts[-1], value]
        return name, command, [*before, *rest]


def flag(*names: str, variable: str = "", help: str) -> Callable[[Command], Command]:  # noqa: A002 - click's name
    """An option that is on or off; a variable switches it on with `1` or `true`, as it does for the CLI."""
    return click.option(
        *names, is_flag=True, default=lambda: os.environ.get(variable, "").lower() in {"1", "true"}, help=help
    )


def only_one(name: str | None, stack_name: str | None) -> str | None:
    """The stack that a command may be told in two ways."""
    if name and stack_name:
        raise UserError("only one of --stack or argument stack name may be specified, not both")
    return name or stack_name


def workspace_options(command: Command) -> Command:
    """`--cwd` and `--stack`, which every command takes."""
    return folder_option(
        click.option("-s", "--stack", "stack_name", metavar="NAME", help="The stack; default: PULUMI_STACK.")(command)
    )


def folder_option(command: Command) -> Command:
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
    return flag("-y", "--yes", variable="PULUMI_SKIP_CONFIRMATIONS", help="Do it without asking.")(command)


def non_interactive_option(command: Command) -> Command:
    return flag("--non-interactive", help="Ask nothing and change no line in place.")(command)


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
