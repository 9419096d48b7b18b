"""The stack's config as a program reads it: whole, validated at once, secrets marked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from pulumi.runtime.config import get_config, get_config_env, is_config_secret

from pulumi_realtimekit.checks.messages import (
    NAMED,
    NAMESPACE,
    ONE_KEY,
    Path,
    Problem,
    has_value,
    nearest,
    nearest_name,
    once,
    path_in,
    remove,
    set_secret,
    set_value,
)
from pulumi_realtimekit.declarations import settings as _config
from pulumi_realtimekit.declarations.recording import TrackRecordingArgs
from pulumi_realtimekit.declarations.spelling import credential_meant
from pulumi_realtimekit.stack.cleartext import (
    clear_credentials,
    holds_clear_credentials,
    is_json,
    refuse_credentials_in_clear,
)
from pulumi_realtimekit.stack.files import StackFiles
from pulumi_realtimekit.stack.misread import explained, misread
from pulumi_realtimekit.stack.secrets import marked


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
    written = _config.as_written(get_config)
    raw = _config.spelt(written)
    files = StackFiles.of_this_program()
    mistakes = explained(files, _config.mistakes(raw))
    misreadings = misread(files, written, mistakes)
    problems = once([*clear_credentials(), *_misspelt_keys(), *misreadings, *mistakes, *_missing(raw)])
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise pulumi.RunError(f"the config of stack {pulumi.get_stack()} has {_count(len(problems))}:\n{lines}")
    refuse_credentials_in_clear()
    _warn_of_other_keys()
    recordings = raw.get("recordings", {})
    return StackConfig(
        {
            name: cast("TrackRecordingArgs", {a: marked("recordings", value, name, a) for a, value in declared.items()})
            for name, declared in recordings.items()
        }
    )


def _count(number: int) -> str:
    return "one mistake" if number == 1 else f"{number} mistakes"


def _misspelt_keys() -> Iterator[Problem]:
    own = {NAMESPACE, pulumi.get_project()}
    for key, value in get_config_env().items():
        namespace, _, name = key.partition(":")
        if namespace == NAMESPACE and name not in _config.KEYS:
            yield Problem((name,), _unknown(key, name, value), in_config=True)
        elif name in _config.KEYS and namespace not in own and nearest(namespace, [NAMESPACE]):
            yield Problem((key,), f"unknown namespace; did you mean '{NAMESPACE}:{name}'?")


def _unknown(key: str, name: str, value: Any) -> str:
    """What to do about a key that is none: it may be a path that was set without `--path`."""
    head, *inner = path_in(name)
    top = nearest_name(str(head), NAMED) if inner else None
    if top is None or has_value(name):
        return f"unknown key{nearest(name, _config.KEYS)}"
    path: Path = (top, *inner, *(["…"] if is_json(value) else []))
    is_secret = is_config_secret(key) or credential_meant(inner[-1], nearly=True) is not None
    return f"{ONE_KEY}: `{remove((name,))}`, then `{set_secret(path) if is_secret else set_value(path)}`"


def _warn_of_other_keys() -> None:
    """`pulumi config set recordings …` sets a key of the project, which deploys nothing; it may also be meant so."""
    config = get_config_env()
    for key in NAMED:
        other = f"{pulumi.get_project()}:{key}"
        if other in config and f"{NAMESPACE}:{key}" not in config:
            exposed = ", and a secret stands in clear in it: make a new one, it was exposed"
            pulumi.log.warn(
                f"{other} is a key of the project's own, not {NAMESPACE}:{key}, so nothing is read from it"
                f"{exposed * holds_clear_credentials(other)}"
            )


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
