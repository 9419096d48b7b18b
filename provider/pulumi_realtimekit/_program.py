"""The stack's config as a program reads it: whole, validated at once, secrets marked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from pulumi.runtime.config import get_config, get_config_env, is_config_secret

from pulumi_realtimekit import _config
from pulumi_realtimekit._arguments import TrackRecordingArgs
from pulumi_realtimekit._case import to_snake
from pulumi_realtimekit._problems import NAMESPACE, Path, Problem, nearest
from pulumi_realtimekit._resource import secret
from pulumi_realtimekit._stack_file import ENCRYPTED, StackFiles, child, is_encrypted

RECORDINGS_KEY = f"{NAMESPACE}:recordings"
TOKEN_KEY = f"{NAMESPACE}:apiToken"


@dataclass(frozen=True)
class StackConfig:
    """What the stack's config declares.

    recordings: by resource name, the arguments of each `TrackRecording`.
    """

    recordings: Mapping[str, TrackRecordingArgs]


def load_config() -> StackConfig:
    """Reads everything under `realtimekit:` in the stack's config.

    Raises: pulumi.RunError that lists every mistake, one line each, before anything is started or stopped.
    """
    files = StackFiles.of_this_program()
    written = _config.as_written(get_config)
    raw = _config.spelt(written)
    in_files = [*files.clear_credentials, *files.misread(written)]
    problems = _once([*_misspelt_keys(), *in_files, *_config.mistakes(raw), *_missing(raw)])
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise pulumi.RunError(f"the config of stack {pulumi.get_stack()} has {_count(len(problems))}:\n{lines}")
    _warn_of_clear_token(files)
    for file in files.unreadable:
        pulumi.log.warn(f"{file.name} cannot be read here, so a secret that stands in clear in it is not found")
    return StackConfig(
        {name: _arguments(name, declared, files) for name, declared in raw.get("recordings", {}).items()}
    )


def _once(problems: list[Problem]) -> list[Problem]:
    """One line for each place: the first one that was found is the cause of the others."""
    seen: dict[Path, Problem] = {}
    for problem in problems:
        place = tuple(to_snake(part) if isinstance(part, str) else part for part in problem.path)
        seen.setdefault(place, problem)
    return [*seen.values()]


def _warn_of_clear_token(files: StackFiles) -> None:
    """The token may be one for trying things: standing in clear it is no mistake."""
    if files.holds(TOKEN_KEY) and not is_encrypted(files.node(TOKEN_KEY)):
        pulumi.log.warn(
            f"{TOKEN_KEY} stands in clear in the stack's files; encrypt it with "
            f"`pulumi config set --secret {TOKEN_KEY} …`"
        )


def _count(number: int) -> str:
    return "one mistake" if number == 1 else f"{number} mistakes"


def _misspelt_keys() -> Iterator[Problem]:
    for key in get_config_env():
        namespace, _, name = key.partition(":")
        if namespace == NAMESPACE and name not in _config.KEYS:
            yield Problem((name,), f"unknown key{nearest(name, _config.KEYS)}", in_config=True)
        elif name in _config.KEYS and namespace != NAMESPACE and nearest(namespace, [NAMESPACE]):
            yield Problem((key,), f"unknown namespace; did you mean '{NAMESPACE}:{name}'?")


def _missing(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """The keys that the declared recordings cannot do without."""
    recordings = raw.get("recordings")
    if not isinstance(recordings, Mapping) or not recordings:
        return
    own = [declared if isinstance(declared, Mapping) else {} for declared in recordings.values()]
    needed: list[_config.EnvironmentKey] = ["apiToken"]
    needed += ["accountId"] if any("account_id" not in declared for declared in own) else []
    needed += ["appId"] if any("app_id" not in declared for declared in own) else []
    for key in needed:
        missing = _config.missing(raw, key)
        if missing:
            yield missing._replace(message=missing.message + _meant(key))


def _meant(key: str) -> str:
    """A key that `pulumi config set` was given without its namespace is one of the project's."""
    other = f"{pulumi.get_project()}:{key}"
    return f"; '{other}' is another key, the project's own" if other in get_config_env() else ""


def _arguments(name: str, declared: Mapping[str, Any], files: StackFiles) -> TrackRecordingArgs:
    """The arguments of a recording; what the stack's files hold encrypted is a secret here too.

    Where the files do not hold the key (an ESC environment, `--config-file`), all of it counts as encrypted as soon as
    the engine says that some of it is.
    """
    arguments = dict(declared)
    if is_config_secret(RECORDINGS_KEY):
        node = child(files.node(RECORDINGS_KEY) if files.holds(RECORDINGS_KEY) else ENCRYPTED, name)
        arguments = {argument: _marked(value, child(node, argument)) for argument, value in declared.items()}
    return cast("TrackRecordingArgs", arguments)


def _marked(value: Any, node: Any) -> Any:
    """A value with its secrets marked, as the node of the stack's file says.

    A string that is not the node's comes from elsewhere (`--config-file`), and counts as encrypted.
    """
    if is_encrypted(node) or (isinstance(value, str) and value != node):
        return secret(value)
    if isinstance(value, Mapping):
        return {name: _marked(item, child(node, name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_marked(item, child(node, index)) for index, item in enumerate(value)]
    return value
