"""Credentials that stand in the clear in the stack's config, each with the command that sets it right."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

import pulumi
from pulumi.runtime.config import CONFIG, get_config, is_config_secret

from pulumi_realtimekit.checks.messages import (
    JSON_DOCUMENT,
    NAMED,
    NAMESPACE,
    ONE_KEY,
    Path,
    Problem,
    folded,
    has_value,
    is_name,
    nearest_name,
    once,
    path_in,
    remove,
    set_secret,
)
from pulumi_realtimekit.declarations.spelling import credential_meant, is_credential
from pulumi_realtimekit.stack.files import Plain, StackFiles, is_encrypted, items

NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})
"""What YAML reads as nothing, where it stands without quotes."""

TOKEN_KEY: Final = f"{NAMESPACE}:apiToken"


def clear_credentials() -> list[Problem]:
    """The credentials in the clear: in the stack's files, and wherever else the config came from.

    Of a key that the engine does not call secret, nothing was encrypted (an ESC environment, `--config-file`, an inline
    program of the Automation API).
    """
    problems = [*_in_files(StackFiles.of_this_program())]
    for key, value in CONFIG.get().items():
        namespace, _, name = key.partition(":")
        if namespace == NAMESPACE and not is_config_secret(key):
            problems += _clear_elsewhere(name, value)
    return once(problems)


def holds_clear_credentials(key: str) -> bool:
    """Whether credentials stand in the clear under a namespaced key, which need not be one of ours."""
    files = StackFiles.of_this_program()
    name = key.partition(":")[2]
    if files.holds(key):
        return any(_clear_in(name, files.node(key)))
    return not is_config_secret(key) and bool(_clear_elsewhere(name, CONFIG.get().get(key)))


@lru_cache(maxsize=1)
def _in_files(files: StackFiles) -> list[Problem]:
    return [
        _in_clear(clear, files.home(key))
        for key, node in files.nodes()
        for clear in _clear_in(key.partition(":")[2], node)
    ]


@lru_cache(maxsize=64)
def _clear_elsewhere(key: str, value: Any) -> list[Problem]:
    """The engine hands all maps over as JSON, however they were set."""
    whole = _json(value)
    found = _clear_in(key, value if whole is None else whole)
    return [_in_clear(clear, "the stack's config; encrypt it with") for clear in found]


def _in_clear(clear: "_Clear", home: str) -> Problem:
    """A credential in the clear, with the commands that put it where it belongs."""
    removal = f", remove this with `{remove(clear.removed)}`" if clear.removed else ""
    return Problem(
        clear.path,
        f"{f'{clear.reason}: ' if clear.reason else ''}a secret that stands in clear in {home} "
        f"`{set_secret(clear.place)}`{removal}, and make a new one: it was exposed",
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
    """Where a credential stands in the clear, and where it belongs."""

    path: Path
    place: Path
    """What is to be encrypted for it."""
    reason: str = ""
    """What else is wrong with it."""
    removed: Path = ()
    """What is to be removed, where that is not the place."""


def _clear_in(key: str, node: Any) -> Iterator[_Clear]:
    """The credentials that stand in the clear under a key of the config, or are the key's value."""
    path = path_in(key)
    own = _own(key, path, node)
    if own:
        yield own
        return
    whole = _json(node)
    for clear in _clear(node if whole is None else whole, path, (key,)):
        if len(path) > 1:
            yield clear._replace(reason=ONE_KEY, removed=(key,))
        elif whole is not None:  # JSON in one string, as `config set` without --path writes it
            yield clear._replace(place=(key,), removed=())
        else:
            yield clear


def is_json(value: Any) -> bool:
    return _json(value) is not None


def _json(value: Any) -> Any:
    """The map or list that a string holds; None where it holds none."""
    try:
        whole = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return whole if isinstance(whole, dict | list) else None


def _own(key: str, path: Path, node: Any) -> _Clear | None:
    """A key that is a credential itself: a path that was set without `--path`, or a field without a path."""
    held = has_value(key)
    if held and folded(held) == folded("apiToken"):
        return _Clear((key,), ("apiToken",), _space_missing(held))
    head, *inner = path
    near = nearest_name(str(head), NAMED) if inner else None
    credential = credential_meant(path[-1], nearly=near is not None)
    if credential is None or not (held or any(_plain(node))):
        return None
    place = (near, *inner[:-1], _spelt(path[-1], credential)) if near else ("storages", "…", credential)
    if held:
        return _Clear((key,), place, _space_missing(held))
    return _Clear((key,), place, ONE_KEY if inner else "unknown key", (key,))


def _clear(node: Any, path: Path, shown: Path) -> Iterator[_Clear]:
    """The credentials under a path; shown: as it is told."""
    if is_encrypted(node):
        return
    for name, value in items(node):
        inner, told = (*path, name), (*shown, name)
        is_map = isinstance(value, Mapping)
        credential = None if is_map and is_name(inner) else credential_meant(name, nearly=path[0] in NAMED)
        if credential is None:
            yield from _clear(value, inner, told)
        elif has_value(name):
            yield _Clear(told, (*path, credential), _space_missing(has_value(name)))
        elif any(_plain(value)):
            right = (*path, _spelt(name, credential))
            yield _Clear(told, right, JSON_DOCUMENT if is_map else "", () if right == told else told)


def _spelt(name: Any, credential: str) -> str:
    """The name where it is one of the two spellings of a credential, else the API's."""
    return str(name) if is_credential(name) else credential


def _space_missing(name: str) -> str:
    return f"a space is missing after '{name}:'"


def _plain(node: Any) -> Iterator[bool]:
    """True for each scalar that is not encrypted, and is something."""
    if isinstance(node, Mapping | list):
        for _, value in () if is_encrypted(node) else items(node):
            yield from _plain(value)
    elif not (node is None or node == "" or (isinstance(node, Plain) and node in NOTHING)):
        yield True
