"""Credentials in plain text in the stack's config: refused, each with the command that sets it right."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pulumi
from pulumi.runtime.config import is_config_secret

from pulumi_realtimekit.checks.problems import (
    NAMED,
    Path,
    Problem,
    credential_with_value,
    did_you_mean,
    is_users_name,
    nearest_name,
    path_in,
    remove,
    set_credential,
    set_value,
)
from pulumi_realtimekit.declarations.settings import KEYS, NAMESPACE, decoded
from pulumi_realtimekit.declarations.spelling import LAYER, OUTPUT, RECORDING, STORAGE, items, to_camel, to_snake
from pulumi_realtimekit.declarations.storages import CREDENTIALS
from pulumi_realtimekit.stack.files import is_encrypted, node_of, stack_files
from pulumi_realtimekit.stack.run import config_values, once_a_run, refuse

FIELDS: Final = frozenset({*RECORDING, *LAYER, *OUTPUT, *STORAGE})
TOKEN_KEY: Final = f"{NAMESPACE}:apiToken"


@once_a_run
def refuse_plain_text_credentials() -> None:
    """Refuses the config where it has a credential in plain text, and names every one."""
    found = [*plain_text_credentials(), *(problem for problem in unknown_keys() if problem.exposed)]
    if found:
        refuse("\n".join(map(str, found)))
    if config_values().get(TOKEN_KEY) and not is_config_secret(TOKEN_KEY):  # allowed: it may be for trying things
        command = set_value(("apiToken",), secret=True)
        pulumi.log.warn(f"{TOKEN_KEY} is in plain text in the stack's config; encrypt it with `{command}`")
    for file in stack_files().unreadable:
        pulumi.log.warn(f"{file} cannot be read here, so a secret in plain text in it is not found")


def plain_text_credentials() -> Iterator[Problem]:
    """The credentials in plain text: in the stack's files, and wherever else the config came from."""
    for name in KEYS:
        key = f"{NAMESPACE}:{name}"
        is_text = isinstance(stack_files().nodes.get(key), str)  # JSON, as `config set` without --path writes it
        for path, meant, storage in _plain_text(node_of(key), (name,)):
            place = (*path[:-1], meant)
            reason = f"a space is missing after '{meant}:': " * bool(credential_with_value(path[-1]))
            command = set_value((name,), secret=True) if is_text else set_credential(place, storage)
            removal = f", remove this with `{remove(path)}`" * (not is_text and not reason and place != path)
            message = f"{reason}a secret in plain text in {_home(key)} `{command}`{removal}"
            yield Problem(path, message, in_config=True, exposed=True)


def unknown_keys() -> Iterator[Problem]:
    """The keys that are none of ours, with what is meant: a path that was set without `--path` is one."""
    for key, value in config_values().items():
        name = key.removeprefix(f"{NAMESPACE}:")
        if name != key and name not in KEYS:
            yield _unknown_key(name, decoded(value), is_config_secret(key))


def _unknown_key(name: str, value: Any, encrypted: bool) -> Problem:
    head, *inner = path = path_in(name)
    with_value = credential_with_value(name)
    credential = _credential(path[-1])
    in_plain_text = (credential and value) or [*_plain_text(value, path)]
    exposed = bool(with_value or (not encrypted and in_plain_text))
    top = None if with_value or not inner else nearest_name(str(head), NAMED)
    if top is None:
        removal = f"remove it with `{remove((name,))}`" if exposed and not with_value else ""
        message = f"unknown key{did_you_mean(name, KEYS)}"
        return Problem((name,), message, in_config=True, remedy=removal, exposed=exposed)
    place = (top, *inner[:-1], credential or inner[-1], *(["…"] if isinstance(value, Mapping | list) else []))
    command = set_credential(place, None) if encrypted or exposed else set_value(place)
    message = f"this is one key with dots in its name, and a path needs --path: `{remove((name,))}`, then `{command}`"
    return Problem((name,), message, in_config=True, exposed=exposed)


def _plain_text(node: Any, path: Path) -> Iterator[tuple[Path, str, Any]]:
    """Where credentials are in plain text, the field that each one is, and what has that field."""
    for name, value in () if is_encrypted(node) else items(node):
        inner = (*path, name)
        field = None if is_users_name(inner) else _credential(name)
        if field is None:
            yield from _plain_text(value, inner)
        elif credential_with_value(name) or _is_something(value):
            yield inner, field, node


def _credential(name: Any) -> str | None:
    """The name where it is a credential's, in either spelling; the credential's that is meant by a misspelt one."""
    if not isinstance(name, str):
        return None
    written = credential_with_value(name) or name
    field = to_snake(written)
    if field in FIELDS and written in {field, to_camel(field)}:
        return written if field in CREDENTIALS else None
    near = nearest_name(written, FIELDS)
    return near if near in CREDENTIALS else None


def _is_something(node: Any) -> bool:
    """Whether anything in it is not encrypted."""
    if isinstance(node, Mapping | list):
        return not is_encrypted(node) and any(_is_something(value) for _, value in items(node))
    return node is not None and node != ""


def _home(key: str) -> str:
    """Where a key's value is, and what is to be done before it can be encrypted there."""
    files = stack_files()
    if key in files.shared:
        return f"{files.project_file}; move {key} into {files.stack_file}, and encrypt it there with"
    return f"the stack's {'files' if key in files.nodes else 'config'}; encrypt it with"
