"""`config set` and `config get`."""

import os
import sys

import click

from sandbox.cli.failures import CommandFailure
from sandbox.cli.options import Verbs, flag, text_of, workspace_options
from sandbox.cli.workspace import Workspace
from sandbox.engine import config_values, stack_config
from sandbox.engine.config_values import Ciphertext
from sandbox.engine.project_config import merged


@click.group(cls=Verbs)
@workspace_options
def config(stack_name: str | None) -> None:
    """Set and get the configuration of a stack, in Pulumi.<stack>.yaml."""


@config.command("set")
@click.argument("key")
@click.argument("value", required=False)
@flag("--secret", help="Encrypt the value.")
@flag("--path", help="KEY names a place inside an object: recordings.weekly.layers[0].")
@workspace_options
def set_(key: str, value: str | None, secret: bool, path: bool, stack_name: str | None) -> None:
    """Set KEY, which is the project's unless it is NAMESPACE:NAME.

    Without VALUE it is read from standard input. With --path true, false and whole numbers become what they look
    like; everything else is a text. Comments and order of the file stay.
    """
    workspace = Workspace()
    stack = workspace.stack(stack_name)
    if value is None:
        piped = not sys.stdin.isatty()
        value = _without_newline(text_of(sys.stdin.buffer, "standard input")) if piped else _asked(secret=secret)
    stack.file.set(key, Ciphertext(stack.crypter().encrypt(value)) if secret else value, path=path)


@config.command()
@click.argument("key")
@flag("--path", help="KEY names a place inside an object: recordings.weekly.layers[0].")
@workspace_options
def get(key: str, path: bool, stack_name: str | None) -> None:
    """Print the value of KEY, decrypted; objects as JSON. What Pulumi.yaml says counts too."""
    workspace = Workspace()
    stack = workspace.stack(stack_name)
    project = workspace.project
    values = merged(stack.file.config, project.schema.values)
    try:
        value = stack_config.get(values, project.name, key, path=path)
    except KeyError:
        raise CommandFailure(f"configuration key '{key}' not found for stack '{stack.name}'") from None
    if config_values.is_secret(value):
        value = config_values.decrypted(value, stack.crypter().decrypt)
    click.echo(config_values.text(value))


def _without_newline(text: str) -> str:
    """Without the one that `echo` adds: others are the value's, such as those of a key file."""
    text = text.removesuffix("\n")
    return text.removesuffix("\r") if os.name == "nt" else text


def _asked(*, secret: bool) -> str:
    value: str = click.prompt("value", hide_input=secret)
    return value
