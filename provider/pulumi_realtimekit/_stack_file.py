"""What the stack's files say of a value that the program cannot see: how it is written, and whether it is encrypted.

The program gets the config decrypted, and learns only which top-level keys hold a secret, so that one encrypted field
hides a clear one beside it. Numbers and dates it gets as YAML reads them. The files themselves tell.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import pulumi
import yaml
from pulumi.runtime.config import get_config, is_config_secret
from pulumi.runtime.settings import get_root_directory

from pulumi_realtimekit._case import to_camel
from pulumi_realtimekit._problems import (
    JSON_DOCUMENT,
    NAMED,
    NAMESPACE,
    Problem,
    found,
    is_name,
    once,
    place,
    set_secret,
)
from pulumi_realtimekit._problems import Path as ConfigPath
from pulumi_realtimekit._spelling import STORAGE_SPELLINGS
from pulumi_realtimekit._storages import CREDENTIALS

ENCRYPTED: Final = {"secure": ""}
"""The form of an encrypted node."""

NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})
"""What YAML reads as nothing, where it stands without quotes."""

TOKEN_KEY: Final = f"{NAMESPACE}:apiToken"

PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")

DATE: Final = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)")


class Plain(str):
    """A scalar without quotes, as it stands."""

    __slots__ = ()


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """Reads scalars as they stand: whether they are numbers or dates is not asked here."""


def _scalar(loader: Any, node: Any) -> str:
    text = loader.construct_scalar(node)
    return text if node.style else Plain(text)


def _untagged(loader: Any, node: Any) -> Any:
    """What a tag of anybody's stands before."""
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode) else _scalar(loader, node)


_Loader.yaml_implicit_resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile("<<$"))]}
for _tag in ("str", "null", "bool", "int", "float", "binary", "timestamp"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _scalar)
_Loader.add_constructor(None, _untagged)


class StackFiles:
    """`Pulumi.<stack>.yaml` and the project's `config`, as far as they can be read.

    Values may come from elsewhere too (`--config-file`, ESC environments): of those nothing is known here.
    """

    def __init__(self, root: Path | None, stack: str) -> None:
        self.unreadable: list[Path] = []
        self.warned = False
        self._place = root, stack
        self._seen: dict[Path, int] = {}
        self._config: dict[str, Any] = {}
        self._homes: dict[str, str] = {}
        if root is not None:
            self._read(root, stack)

    def _read(self, root: Path, stack: str) -> None:
        project_file = next((root / name for name in PROJECT_FILES if (root / name).exists()), root / PROJECT_FILES[0])
        project = self._mapping(project_file)
        shared, folder = project.get("config"), project.get("stackConfigDir")
        folder = folder or (shared if isinstance(shared, str) else "")  # `config` was once the name of that
        stack_file = root / str(folder) / f"Pulumi.{stack}{project_file.suffix}"
        own = self._mapping(stack_file).get("config")
        own = own if isinstance(own, Mapping) else {}
        self._config = {**_project_values(shared), **own}
        self._homes = {
            key: f"{project_file.name}; move {key} into {stack_file.name}, and encrypt it there with"
            for key in self._config
            if key not in own
        }

    @classmethod
    def of_this_program(cls) -> "StackFiles":
        """Those of the stack that the running program belongs to; read once, and again when they have changed."""
        root = get_root_directory()  # an inline program of the Automation API has none
        where = Path(root) if root else None, pulumi.get_stack()
        if not _LAST or _LAST[0]._place != where or _LAST[0]._is_outdated():  # noqa: SLF001
            _LAST[:] = [cls(*where)]
        return _LAST[0]

    def holds(self, key: str) -> bool:
        """Whether a namespaced key stands in one of the files."""
        return key in self._config

    def node(self, key: str) -> Any:
        """The node of a key: maps and lists as they are, `{"secure": …}` where encrypted."""
        return self._config.get(key)

    def encrypts(self, key: str, *names: str) -> bool:
        """Whether anything but credentials is encrypted at a place of the config, as far as the files hold it."""
        node = self.node(f"{NAMESPACE}:{key}")
        for name in names:
            if is_encrypted(node):
                return True
            node = node.get(name) if isinstance(node, Mapping) else None
        return _encrypts(node, (key, *names))

    @cached_property
    def clear_credentials(self) -> list[Problem]:
        """The credentials that stand in the clear, each with the command that sets it right."""
        return [
            _in_clear(clear, where, self._homes.get(key, "the stack's files; encrypt it with"))
            for key, node in self._config.items()
            if key.startswith(f"{NAMESPACE}:")
            for clear, where in _clear_in(key.partition(":")[2], node)
        ]

    def misread(self, config: Mapping[str, Any], mistakes: Iterable[Problem]) -> list[Problem]:
        """The strings that were written without quotes, and read as something else: `0123` is 83 to YAML.

        mistakes: what else is wrong; where something else than a string is expected, quotes do not help.
        """
        others = {
            place(problem.path)
            for problem in mistakes
            if (words := problem.message.split())[0] == "expected" and words[1:3] != ["a", "string,"]
        }
        found = (_misread(value, self.node(f"{NAMESPACE}:{key}"), (key,)) for key, value in config.items())
        return [problem for problems in found for problem in problems if place(problem.path) not in others]

    def _is_outdated(self) -> bool:
        return any(_changed(file) != changed for file, changed in self._seen.items())

    def _mapping(self, file: Path) -> Mapping[str, Any]:
        self._seen[file] = _changed(file)
        try:
            documents = yaml.load_all(file.read_text(encoding="utf-8-sig"), _Loader)
            document = next(documents, None)  # the CLI reads the first one too
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, yaml.YAMLError):
            self.unreadable.append(file)
            return {}
        return document if isinstance(document, Mapping) else {}


_LAST: Final[list[StackFiles]] = []


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def clear_credentials() -> list[Problem]:
    """The credentials in the clear: in the stack's files, and wherever else the config came from.

    Of a key that the engine does not call secret, nothing was encrypted (an ESC environment, `--config-file`, an inline
    program of the Automation API).
    """
    problems = [*StackFiles.of_this_program().clear_credentials]
    for key in NAMED:
        if not is_config_secret(f"{NAMESPACE}:{key}"):
            problems += _clear_elsewhere(key, get_config(f"{NAMESPACE}:{key}"))
    return once(problems)


@lru_cache(maxsize=len(NAMED))
def _clear_elsewhere(key: str, value: str | None) -> list[Problem]:
    return [_in_clear(clear, clear.path, "the stack's config; encrypt it with") for clear, _ in _clear_in(key, value)]


def _in_clear(clear: "_Clear", where: ConfigPath, home: str) -> Problem:
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


def is_encrypted(node: Any) -> bool:
    return isinstance(node, Mapping) and node.keys() == ENCRYPTED.keys()


def child(node: Any, name: str | int) -> Any:
    """The node under another, by the API's spelling or in camelCase; what cannot be told counts as encrypted."""
    if isinstance(node, list) and isinstance(name, int) and name < len(node):
        return node[name]
    if isinstance(node, Mapping) and isinstance(name, str) and not is_encrypted(node):
        return node.get(name, node.get(to_camel(name), ENCRYPTED))
    return ENCRYPTED


def _project_values(config: Any) -> dict[str, Any]:
    """The project's config: a key holds its value, or an object with `value`."""
    if not isinstance(config, Mapping):
        return {}
    return {
        key: node["value"] if isinstance(node, Mapping) and "value" in node else node for key, node in config.items()
    }


class _Clear(NamedTuple):
    """Where a credential stands in the clear, and whether it is a map: the JSON document of `gcs`, as YAML."""

    path: ConfigPath
    is_map: bool


def _clear_in(key: str, node: Any) -> Iterator[tuple[_Clear, ConfigPath]]:
    """Where credentials stand in the clear, and what is to be encrypted for it."""
    try:
        whole = json.loads(node) if isinstance(node, str) else None
    except ValueError:
        whole = None
    if isinstance(whole, dict | list):  # JSON in one string, as `config set` without --path writes it
        yield from ((clear, (key,)) for clear in _clear(whole, (key,)))
    else:
        yield from ((clear, clear.path) for clear in _clear(node, (key,)))


def _clear(node: Any, path: ConfigPath) -> Iterator[_Clear]:
    if is_encrypted(node):
        return
    for name, value in _items(node):
        inner = (*path, name)
        is_map = isinstance(value, Mapping)
        if not _is_credential(name) or (is_map and is_name(inner)):
            yield from _clear(value, inner)
        elif any(_plain(value)):
            yield _Clear(inner, is_map)


def _is_credential(name: str | int) -> bool:
    return isinstance(name, str) and STORAGE_SPELLINGS.get(name, name) in CREDENTIALS


def _plain(node: Any) -> Iterator[bool]:
    """True for each scalar that is not encrypted, and is something."""
    if isinstance(node, Mapping | list):
        for _, value in () if is_encrypted(node) else _items(node):
            yield from _plain(value)
    elif not (node is None or node == "" or (isinstance(node, Plain) and node in NOTHING)):
        yield True


def _encrypts(node: Any, path: ConfigPath) -> bool:
    return is_encrypted(node) or any(
        _encrypts(value, (*path, name))
        for name, value in _items(node)
        if is_name((*path, name)) or not _is_credential(name)
    )


def _items(node: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(node, Mapping):
        return node.items()
    return enumerate(node) if isinstance(node, list) else ()


def _misread(value: Any, node: Any, path: ConfigPath) -> Iterator[Problem]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _misread(item, child(node, name), (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _misread(item, child(node, index), (*path, index))
    elif isinstance(value, str) and isinstance(node, Plain) and value != node:
        kind = _read_as(node, value)
        if kind:
            yield Problem(path, f"YAML reads it as {kind}; put it in quotes", in_config=True)
    elif isinstance(value, str) and isinstance(node, list | Mapping) and not is_encrypted(node):
        yield Problem(path, f"expected a string, found {found(node)}", in_config=True)


def _read_as(text: str, value: str) -> str | None:
    """What the CLI took a scalar for, if that made the value of it: `0123` is 83, and a date gets a time."""
    was, became = DATE.match(text), DATE.match(value)
    if was and became:
        return "a date" if [*map(int, was.groups())] == [*map(int, became.groups())] else None
    try:
        return "a number" if float(value) in _numbers(text.replace("_", "")) else None
    except ValueError:
        return None


def _numbers(text: str) -> Iterator[float]:
    """The numbers that a scalar may stand for."""
    readings: tuple[Callable[[str], float], ...] = (float, lambda digits: int(digits, 0), lambda digits: int(digits, 8))
    for reading in readings:
        with suppress(ValueError, OverflowError):
            yield float(reading(text))
