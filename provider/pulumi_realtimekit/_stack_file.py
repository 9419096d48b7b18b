"""What the stack's files say of a value that the program cannot see: whether it is encrypted.

The program gets the config decrypted, and learns only which top-level keys hold a secret, so that one encrypted field
hides a clear one beside it. The files themselves tell.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from pulumi_realtimekit._problems import Path as ConfigPath
from pulumi_realtimekit._problems import Problem, dotted
from pulumi_realtimekit._spelling import STORAGE_SPELLINGS
from pulumi_realtimekit._storages import CREDENTIALS

ENCRYPTED: Final = {"secure": ""}
"""The form of an encrypted node."""


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """Reads scalars as they stand: whether they are numbers or dates is not asked here."""


_Loader.yaml_implicit_resolvers = {}


class StackFiles:
    """`Pulumi.<stack>.yaml` and the project's `config`, as far as they can be read.

    Values may come from elsewhere too (`--config-file`, ESC environments): of those nothing is known here.
    """

    def __init__(self, root: Path, stack: str) -> None:
        project = _mapping(root / "Pulumi.yaml")
        folder = project.get("stackConfigDir")
        file = (root / folder if isinstance(folder, str) else root) / f"Pulumi.{stack}.yaml"
        own = _mapping(file).get("config")
        shared = project.get("config")
        self._config: dict[str, Any] = {**_project_values(shared), **(own if isinstance(own, Mapping) else {})}

    def holds(self, key: str) -> bool:
        """Whether a namespaced key stands in one of the files."""
        return key in self._config

    def node(self, key: str) -> Any:
        """The node of a key: maps and lists as they are, `{"secure": …}` where encrypted."""
        return self._config.get(key)

    def clear_credentials(self, namespace: str) -> Iterator[Problem]:
        """The credentials that stand in the clear, each with the command that sets it right."""
        for key, node in self._config.items():
            if key.startswith(f"{namespace}:"):
                for path in _clear(node, (key,)):
                    yield Problem(
                        path,
                        "a secret that stands in clear in the stack's files; encrypt it with "
                        f"`pulumi config set --secret --path '{dotted(path)}'`, and make a new one: it was exposed",
                    )


def is_encrypted(node: Any) -> bool:
    return isinstance(node, Mapping) and node.keys() == ENCRYPTED.keys()


def _mapping(file: Path) -> Mapping[str, Any]:
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 a safe loader
    except (OSError, ValueError, yaml.YAMLError):
        return {}  # the engine has read it: what is wrong with it, it has said
    return document if isinstance(document, Mapping) else {}


def _project_values(config: Any) -> dict[str, Any]:
    """The project's config: a key holds its value, or an object with `value`."""
    if not isinstance(config, Mapping):
        return {}
    return {
        key: node["value"] if isinstance(node, Mapping) and "value" in node else node for key, node in config.items()
    }


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
