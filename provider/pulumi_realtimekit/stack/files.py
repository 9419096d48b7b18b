"""What the stack's files say of a value that the program cannot see: how it is written, and whether it is encrypted.

The program gets the config decrypted, and learns only which top-level keys hold a secret, so that one encrypted field
hides a clear one beside it. Numbers and dates it gets as YAML reads them. The files themselves tell.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
import yaml
from pulumi.runtime.settings import get_root_directory

from pulumi_realtimekit.checks.messages import NAMESPACE, is_name
from pulumi_realtimekit.checks.messages import Path as ConfigPath
from pulumi_realtimekit.declarations.case import to_camel
from pulumi_realtimekit.declarations.spelling import is_credential

ENCRYPTED: Final = {"secure": ""}
"""The form of an encrypted node."""

PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


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

    def nodes(self) -> Iterable[tuple[str, Any]]:
        """The nodes of all keys of this package, by namespaced key."""
        return ((key, node) for key, node in self._config.items() if key.startswith(f"{NAMESPACE}:"))

    def home(self, key: str) -> str:
        """What a message says of where a key stands, and what is to be done before it can be encrypted there."""
        return self._homes.get(key, "the stack's files; encrypt it with")

    def encrypts(self, key: str, *names: str) -> bool:
        """Whether anything but credentials is encrypted at a place of the config, as far as the files hold it."""
        node = self.node(f"{NAMESPACE}:{key}")
        for name in names:
            if is_encrypted(node):
                return True
            node = node.get(name) if isinstance(node, Mapping) else None
        return _encrypts(node, (key, *names))

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


def items(node: Any) -> Iterable[tuple[Any, Any]]:
    """What a map or a list holds, by name or index; nothing of a scalar."""
    if isinstance(node, Mapping):
        return node.items()
    return enumerate(node) if isinstance(node, list) else ()


def _encrypts(node: Any, path: ConfigPath) -> bool:
    return is_encrypted(node) or any(
        _encrypts(value, (*path, name))
        for name, value in items(node)
        if is_name((*path, name)) or not is_credential(name)
    )
