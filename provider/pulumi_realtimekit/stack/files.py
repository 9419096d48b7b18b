"""How the stack's files hold the config: which of its values are encrypted.

The program gets the config decrypted, and learns only which top-level keys hold a secret, so that one encrypted field
hides a clear one beside it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pulumi
import yaml
from pulumi.runtime.config import is_config_secret
from pulumi.runtime.settings import get_root_directory

from pulumi_realtimekit.declarations.settings import decoded
from pulumi_realtimekit.stack.run import config_values, once_a_run

ENCRYPTED: Final = {"secure": ""}
PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


class StackFiles(NamedTuple):
    """`Pulumi.<stack>.yaml` and the project's `config`, as far as they can be read.

    nodes: by namespaced key, as they stand, `{"secure": …}` where encrypted. shared: the keys that only the project's
    file has, in which nothing can be encrypted.
    """

    nodes: Mapping[str, Any] = {}
    shared: frozenset[str] = frozenset()
    project_file: str = ""
    stack_file: str = ""
    unreadable: tuple[str, ...] = ()


@once_a_run
def stack_files() -> StackFiles:
    """The files of the stack that the running program belongs to."""
    folder = get_root_directory()
    if not folder:  # an inline program of the Automation API
        return StackFiles()
    root, unreadable = Path(folder), list[str]()
    project_file = next((root / name for name in PROJECT_FILES if (root / name).exists()), root / PROJECT_FILES[0])
    project = _read(project_file, unreadable)
    shared, config_folder = project.get("config") or {}, project.get("stackConfigDir") or ""
    if isinstance(shared, str):  # the old name of `stackConfigDir`
        shared, config_folder = {}, shared
    stack_file = root / config_folder / f"Pulumi.{pulumi.get_stack()}{project_file.suffix}"
    own = _read(stack_file, unreadable).get("config") or {}
    values = {key: node.get("value", node) if isinstance(node, Mapping) else node for key, node in shared.items()}
    only_shared = frozenset(values.keys() - own.keys())
    return StackFiles({**values, **own}, only_shared, project_file.name, stack_file.name, tuple(unreadable))


def _read(file: Path, unreadable: list[str]) -> dict[str, Any]:
    try:
        document = next(yaml.safe_load_all(file.read_text(encoding="utf-8-sig")), None)  # the CLI reads the first, too
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, yaml.YAMLError):
        unreadable.append(file.name)
        return {}
    return document if isinstance(document, dict) else {}


def node_of(key: str) -> Any:
    """How the value of a namespaced key stands; wholly encrypted where the engine calls it secret and no file has it.

    Then it came from elsewhere: an ESC environment, `--config-file`, an inline program of the Automation API.
    """
    value = decoded(config_values().get(key))
    if not is_config_secret(key):
        return value
    node = stack_files().nodes.get(key)
    return node if _is_of(node, value) else ENCRYPTED


def _is_of(node: Any, value: Any) -> bool:
    """Whether a value is the one that a file holds."""
    if is_encrypted(node):
        return True
    if isinstance(node, Mapping) and isinstance(value, Mapping):
        return node.keys() == value.keys() and all(_is_of(node[name], item) for name, item in value.items())
    if isinstance(node, list) and isinstance(value, list):
        return len(node) == len(value) and all(map(_is_of, node, value))
    return bool(node == value)


def is_encrypted(node: Any) -> bool:
    return isinstance(node, Mapping) and node.keys() == ENCRYPTED.keys()
