"""The page on the commands names every command and option that there is, and no other."""

import re
from collections.abc import Iterator
from importlib import import_module

import click
import pytest

from sandbox.cli.main import _COMMANDS
from tests.kit.cli import ROOT

PAGE = (ROOT / "docs" / "sandbox-commands.md").read_text()
HERE = [name for name in _COMMANDS if name != "api"]


def commands() -> Iterator[tuple[str, click.Command]]:
    for name in HERE:
        module, _, attribute = _COMMANDS[name][0].partition(":")
        command = getattr(import_module(module), attribute)
        if isinstance(command, click.Group):
            yield from ((f"{name} {verb}", member) for verb, member in command.commands.items())
        else:
            yield name, command


@pytest.mark.parametrize(("name", "command"), [pytest.param(*pair, id=pair[0]) for pair in commands()])
def test_every_command_and_option_is_on_the_page(name: str, command: click.Command) -> None:
    assert f"`{name}" in PAGE
    for parameter in command.params:
        for spelling in parameter.opts if isinstance(parameter, click.Option) else []:
            assert re.search(rf"`{re.escape(spelling)}[` =]", PAGE), spelling


def test_the_page_names_no_option_that_there_is_not() -> None:
    known = {spelling for _, command in commands() for parameter in command.params for spelling in parameter.opts}
    named = set(re.findall(r"`(--?[a-z][a-z-]*)", PAGE))
    assert named - known == {"--help"}


def test_every_variable_is_on_the_page() -> None:
    for _, command in commands():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.envvar:
                assert f"`{parameter.envvar}`" in PAGE


@pytest.mark.parametrize("code", [0, 1, 2, 6, 7])
def test_every_exit_code_is_on_the_page(code: int) -> None:
    assert f"\n| {code} | " in PAGE
