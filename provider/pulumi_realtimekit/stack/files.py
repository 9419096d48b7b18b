"""What the stack's files say and the program cannot see: which values are encrypted.

The program gets the config decrypted, and learns only which top-level keys hold a secret, so that one encrypted field
hides a clear one beside it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pulumi
import yaml
from pulumi.runtime.settings import get_root_directory

from pulumi_realtimekit.stack.run import once_a_run

PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


class _Loader(yaml.SafeLoader):
    """Reads what has a tag of anybody's, too."""


def _tagged(loader: Any, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("", _tagged)


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
    project = _mapping(project_file, unreadable)
    shared, config_folder = project.get("config"), project.get("stackConfigDir")
    config_folder = config_folder or (shared if isinstance(shared, str) else "")  # its name in older projects
    stack_file = root / str(config_folder) / f"Pulumi.{pulumi.get_stack()}{project_file.suffix}"
    own = _mapping(stack_file, unreadable).get("config")
    own, values = own if isinstance(own, Mapping) else {}, _project_values(shared)
    only_shared = frozenset(values.keys() - own.keys())
    return StackFiles({**values, **own}, only_shared, project_file.name, stack_file.name, (*unreadable,))


def _mapping(file: Path, unreadable: list[str]) -> Mapping[str, Any]:
    try:
        documents = yaml.load_all(file.read_text(encoding="utf-8-sig"), _Loader)
        document = next(documents, None)  # the CLI reads the first one too
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, yaml.YAMLError):
        unreadable.append(file.name)
        return {}
    return document if isinstance(document, Mapping) else {}


def _project_values(config: Any) -> dict[str, Any]:
    """The project's config: a key holds its value, or an object with `value`."""
    nodes = config if isinstance(config, Mapping) else {}
    return {
        key: node["value"] if isinstance(node, Mapping) and "value" in node else node for key, node in nodes.items()
    }


def is_encrypted(node: Any) -> bool:
    return isinstance(node, Mapping) and node.keys() == {"secure"}


def items(node: Any) -> Iterable[tuple[Any, Any]]:
    """What a map or a list holds, by name or index; nothing of a scalar."""
    if isinstance(node, Mapping):
        return node.items()
    return enumerate(node) if isinstance(node, list) else ()
