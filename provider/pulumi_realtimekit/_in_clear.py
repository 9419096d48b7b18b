"""Credentials that stand in the clear in the stack's config, each with the command that sets it right."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

import pulumi
from pulumi.runtime.config import get_config, is_config_secret

from pulumi_realtimekit._problems import JSON_DOCUMENT, NAMED, NAMESPACE, Path, Problem, is_name, once, set_secret
from pulumi_realtimekit._spelling import is_credential
from pulumi_realtimekit._stack_file import Plain, StackFiles, is_encrypted, items

NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})
"""What YAML reads as nothing, where it stands without quotes."""

TOKEN_KEY: Final = f"{NAMESPACE}:apiToken"


def clear_credentials() -> list[Problem]:
    """The credentials in the clear: in the stack's files, and wherever else the config came from.

    Of a key that the engine does not call secret, nothing was encrypted (an ESC environment, `--config-file`, an inline
    program of the Automation API).
    """
    problems = [*_in_files(StackFiles.of_this_program())]
    for key in NAMED:
        if not is_config_secret(f"{NAMESPACE}:{key}"):
            problems += _clear_elsewhere(key, get_config(f"{NAMESPACE}:{key}"))
    return once(problems)


@lru_cache(maxsize=1)
def _in_files(files: StackFiles) -> list[Problem]:
    return [
        _in_clear(clear, where, files.home(key))
        for key, node in files.nodes()
        for clear, where in _clear_in(key.partition(":")[2], node)
    ]


@lru_cache(maxsize=len(NAMED))
def _clear_elsewhere(key: str, value: str | None) -> list[Problem]:
    return [_in_clear(clear, clear.path, "the stack's config; encrypt it with") for clear, _ in _clear_in(key, value)]


def _in_clear(clear: "_Clear", where: Path, home: str) -> Problem:
    return Problem(
        clear.path,
        f"{f'{JSON_DOCUMENT}: ' * clear.is_map}a secret that stands in clear in {home} `{set_secret(where)}`, and make "
        "a new one: it was exposed",
        in_config=True,
    )


def refuse_credentials_in_clear() -> None:
    """Raises: pulumi.RunError that names every credential which stands in clear in the stack's config."""
    found = clear_credentials()
    if found:
        raise pulumi.RunError("\n".join(str(problem) for problem in found))
    _warn_once()


def _warn_once() -> None:
    """The token may be one for trying things: standing in clear it is no mistake."""
    files = StackFiles.of_this_program()
    if files.warned:
        return
    files.warned = True
    if get_config(TOKEN_KEY) and not is_config_secret(TOKEN_KEY):
        pulumi.log.warn(
            f"{TOKEN_KEY} stands in clear in the stack's config; encrypt it with "
            f"`pulumi config set --secret {TOKEN_KEY} …`"
        )
    for file in files.unreadable:
        pulumi.log.warn(f"{file.name} cannot be read here, so a secret that stands in clear in it is not found")


class _Clear(NamedTuple):
    """Where a credential stands in the clear, and whether it is a map: the JSON document of `gcs`, as YAML."""

    path: Path
    is_map: bool


def _clear_in(key: str, node: Any) -> Iterator[tuple[_Clear, Path]]:
    """Where credentials stand in the clear, and what is to be encrypted for it."""
    try:
        whole = json.loads(node) if isinstance(node, str) else None
    except ValueError:
        whole = None
    if isinstance(whole, dict | list):  # JSON in one string, as `config set` without --path writes it
        yield from ((clear, (key,)) for clear in _clear(whole, (key,)))
    else:
        yield from ((clear, clear.path) for clear in _clear(node, (key,)))


def _clear(node: Any, path: Path) -> Iterator[_Clear]:
    if is_encrypted(node):
        return
    for name, value in items(node):
        inner = (*path, name)
        is_map = isinstance(value, Mapping)
        if not is_credential(name) or (is_map and is_name(inner)):
            yield from _clear(value, inner)
        elif any(_plain(value)):
            yield _Clear(inner, is_map)


def _plain(node: Any) -> Iterator[bool]:
    """True for each scalar that is not encrypted, and is something."""
    if isinstance(node, Mapping | list):
        for _, value in () if is_encrypted(node) else items(node):
            yield from _plain(value)
    elif not (node is None or node == "" or (isinstance(node, Plain) and node in NOTHING)):
        yield True
