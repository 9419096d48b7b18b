"""The stack's config as a program reads it: whole, validated at once, secrets marked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.config import get_config, get_config_env, is_config_secret
from pulumi.runtime.settings import get_root_directory
from pydantic.alias_generators import to_camel

from pulumi_realtimekit import _config
from pulumi_realtimekit._problems import Problem, nearest
from pulumi_realtimekit._resource import secret
from pulumi_realtimekit._stack_file import ENCRYPTED, StackFiles, is_encrypted

RECORDINGS_KEY = f"{_config.NAMESPACE}:recordings"
TOKEN_KEY = f"{_config.NAMESPACE}:apiToken"


@dataclass(frozen=True)
class StackConfig:
    """What the stack's config declares.

    recordings: by resource name, the arguments of each `TrackRecording`.
    """

    recordings: Mapping[str, dict[str, Any]]


def load_config() -> StackConfig:
    """Reads everything under `realtimekit:` in the stack's config.

    Raises: pulumi.RunError that lists every mistake, one line each, before anything is started or stopped.
    """
    files = StackFiles(Path(get_root_directory()), pulumi.get_stack())
    raw = _config.read(get_config)
    problems = [*_misspelt_keys(), *files.clear_credentials(_config.NAMESPACE), *_config.mistakes(raw), *_missing(raw)]
    if problems:
        lines = "\n".join(f"  {problem._replace(named=True)}" for problem in problems)
        raise pulumi.RunError(f"the config of stack {pulumi.get_stack()} has {_count(len(problems))}:\n{lines}")
    if files.holds(TOKEN_KEY) and not is_encrypted(files.node(TOKEN_KEY)):
        pulumi.log.warn(
            f"{TOKEN_KEY} stands in clear in the stack's files; encrypt it with "
            f"`pulumi config set --secret {TOKEN_KEY} …`"
        )
    return StackConfig(
        {name: _arguments(name, declared, files) for name, declared in raw.get("recordings", {}).items()}
    )


def _count(number: int) -> str:
    return "one mistake" if number == 1 else f"{number} mistakes"


def _misspelt_keys() -> Iterator[Problem]:
    for key in get_config_env():
        namespace, _, name = key.partition(":")
        if namespace == _config.NAMESPACE and name not in _config.KEYS:
            yield Problem((key,), f"unknown key{nearest(name, _config.KEYS)}")


def _missing(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """The keys that the declared recordings cannot do without."""
    recordings = raw.get("recordings")
    if not isinstance(recordings, Mapping) or not recordings:
        return
    own = [declared if isinstance(declared, Mapping) else {} for declared in recordings.values()]
    needed: list[_config.EnvironmentKey] = ["apiToken"]
    needed += ["accountId"] if any("account_id" not in declared for declared in own) else []
    needed += ["appId"] if any("app_id" not in declared for declared in own) else []
    yield from (missing for key in needed if (missing := _config.missing(raw, key)))


def _arguments(name: str, declared: Mapping[str, Any], files: StackFiles) -> dict[str, Any]:
    """The arguments of a recording; what the stack's files hold encrypted is a secret here too.

    Where the files do not hold the key (an ESC environment, `--config-file`), all of it counts as encrypted as soon as
    the engine says that some of it is.
    """
    if not is_config_secret(RECORDINGS_KEY):
        return dict(declared)
    recordings = files.node(RECORDINGS_KEY) if files.holds(RECORDINGS_KEY) else ENCRYPTED
    return {
        argument: _marked(value, _child(_child(recordings, name), argument)) for argument, value in declared.items()
    }


def _marked(value: Any, node: Any) -> Any:
    """A value with its secrets marked, as the node of the stack's file says."""
    if is_encrypted(node):
        return secret(value)
    if isinstance(value, Mapping):
        return {name: _marked(item, _child(node, name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_marked(item, _child(node, index)) for index, item in enumerate(value)]
    return value


def _child(node: Any, name: str | int) -> Any:
    if is_encrypted(node):
        return node
    if isinstance(node, list) and isinstance(name, int):
        return node[name] if name < len(node) else None
    if isinstance(node, Mapping) and isinstance(name, str):
        return node.get(name, node.get(to_camel(name)))
    return None
