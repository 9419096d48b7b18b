"""What the stack's files say of a value that the program cannot see: how it is written, and whether it is encrypted.

The program gets the config decrypted, and learns only which top-level keys hold a secret, so that one encrypted field
hides a clear one beside it. Numbers and dates it gets as YAML reads them. The files themselves tell.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pulumi
import yaml
from pulumi.runtime.settings import get_root_directory

from pulumi_realtimekit._case import to_camel
from pulumi_realtimekit._problems import NAMESPACE, Problem, found, set_secret
from pulumi_realtimekit._problems import Path as ConfigPath
from pulumi_realtimekit._spelling import STORAGE_SPELLINGS
from pulumi_realtimekit._storages import CREDENTIALS

ENCRYPTED: Final = {"secure": ""}
"""The form of an encrypted node."""

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


_Loader.yaml_implicit_resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile("<<$"))]}
_Loader.add_constructor("tag:yaml.org,2002:str", _scalar)


class StackFiles:
    """`Pulumi.<stack>.yaml` and the project's `config`, as far as they can be read.

    Values may come from elsewhere too (`--config-file`, ESC environments): of those nothing is known here.
    """

    def __init__(self, root: Path, stack: str) -> None:
        self.unreadable: list[Path] = []
        self._place = root, stack
        self._seen: dict[Path, int] = {}
        project_file = next((root / name for name in PROJECT_FILES if (root / name).exists()), root / PROJECT_FILES[0])
        project = self._mapping(project_file)
        shared, folder = project.get("config"), project.get("stackConfigDir")
        folder = folder or (shared if isinstance(shared, str) else "")  # `config` was once the name of that
        own = self._mapping(root / str(folder) / f"Pulumi.{stack}{project_file.suffix}").get("config")
        self._config: dict[str, Any] = {**_project_values(shared), **(own if isinstance(own, Mapping) else {})}

    @classmethod
    def of_this_program(cls) -> "StackFiles":
        """Those of the stack that the running program belongs to; read once, and again when they have changed."""
        place = Path(get_root_directory() or "."), pulumi.get_stack()
        if not _LAST or _LAST[0]._place != place or _LAST[0]._is_outdated():  # noqa: SLF001
            _LAST[:] = [cls(*place)]
        return _LAST[0]

    def holds(self, key: str) -> bool:
        """Whether a namespaced key stands in one of the files."""
        return key in self._config

    def node(self, key: str) -> Any:
        """The node of a key: maps and lists as they are, `{"secure": …}` where encrypted."""
        return self._config.get(key)

    @cached_property
    def clear_credentials(self) -> list[Problem]:
        """The credentials that stand in the clear, each with the command that sets it right."""
        return [
            Problem(
                path,
                "a secret that stands in clear in the stack's files; encrypt it with "
                f"`{set_secret(where)}`, and make a new one: it was exposed",
                in_config=True,
            )
            for key, node in self._config.items()
            if key.startswith(f"{NAMESPACE}:")
            for path, where in _clear_in(key.partition(":")[2], node)
        ]

    def misread(self, config: Mapping[str, Any]) -> list[Problem]:
        """The strings that were written without quotes, and read as something else: `0123` is 83 to YAML."""
        found = (_misread(value, self.node(f"{NAMESPACE}:{key}"), (key,)) for key, value in config.items())
        return [problem for problems in found for problem in problems]

    def _is_outdated(self) -> bool:
        return any(_changed(file) != changed for file, changed in self._seen.items())

    def _mapping(self, file: Path) -> Mapping[str, Any]:
        self._seen[file] = _changed(file)
        try:
            document = yaml.load(file.read_text(encoding="utf-8-sig"), _Loader)  # noqa: S506 a safe loader
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


def refuse_credentials_in_clear() -> None:
    """Raises: pulumi.RunError that names every credential which stands in clear in the stack's files."""
    found = StackFiles.of_this_program().clear_credentials
    if found:
        raise pulumi.RunError("\n".join(str(problem) for problem in found))


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


def _clear_in(key: str, node: Any) -> Iterator[tuple[ConfigPath, ConfigPath]]:
    """Where credentials stand in the clear, and what is to be encrypted for it."""
    try:
        whole = json.loads(node) if isinstance(node, str) else None
    except ValueError:
        whole = None
    if isinstance(whole, dict | list):  # JSON in one string, as `config set` without --path writes it
        yield from ((path, (key,)) for path in _clear(whole, (key,)))
    else:
        yield from ((path, path) for path in _clear(node, (key,)))


def _clear(node: Any, path: ConfigPath) -> Iterator[ConfigPath]:
    if is_encrypted(node):
        return
    if isinstance(node, Mapping):
        for name, value in node.items():
            if STORAGE_SPELLINGS.get(name, name) in CREDENTIALS and isinstance(value, str):
                if value:
                    yield (*path, name)
            else:
                yield from _clear(value, (*path, name))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _clear(value, (*path, index))


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
