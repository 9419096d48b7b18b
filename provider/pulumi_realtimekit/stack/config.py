"""The stack's config as a program reads it: whole, validated at once, secrets marked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import pulumi

from pulumi_realtimekit.checks.problems import NAMED, Problem, did_you_mean, one_for_each_place
from pulumi_realtimekit.checks.settings import mistakes
from pulumi_realtimekit.declarations.recording import TrackRecordingArgs
from pulumi_realtimekit.declarations.settings import KEYS, NAMESPACE, read
from pulumi_realtimekit.stack.cleartext import plain_text_credentials, refuse_plain_text_credentials, unknown_keys
from pulumi_realtimekit.stack.run import config_values, refuse
from pulumi_realtimekit.stack.secrets import with_secrets


@dataclass(frozen=True)
class StackConfig:
    """What the stack's config declares.

    recordings: by resource name, the arguments of each `TrackRecording`.
    """

    recordings: Mapping[str, TrackRecordingArgs]


def load_config() -> StackConfig:
    """Reads everything under `realtimekit:` in the stack's config.

    Raises: pulumi.RunError that lists every mistake, one line each, before anything is started or stopped. Where the
    CLI runs the program, the mistakes are shown, and SystemExit is raised instead.
    """
    config = read(config_values().get)
    found = [*plain_text_credentials(), *unknown_keys(), *_other_namespaces(), *map(_of_the_project, mistakes(config))]
    problems = one_for_each_place(found)
    if problems:
        count = "one mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        lines = "\n".join(f"  {problem}" for problem in problems)
        refuse(f"the config of stack {pulumi.get_stack()} has {count}:\n{lines}")
    refuse_plain_text_credentials()  # nothing is left to refuse; it warns
    _warn_of_other_keys()
    recordings = with_secrets(config.get("recordings", {}))
    return StackConfig({name: cast("TrackRecordingArgs", declared) for name, declared in recordings.items()})


def _other_namespaces() -> Iterator[Problem]:
    for key in config_values():
        namespace, _, name = key.partition(":")
        if name in KEYS and namespace not in {NAMESPACE, pulumi.get_project()} and did_you_mean(namespace, [NAMESPACE]):
            yield Problem((key,), f"unknown namespace; did you mean '{NAMESPACE}:{name}'?")


def _warn_of_other_keys() -> None:
    """`pulumi config set recordings …` sets a key of the project, which deploys nothing; it may also be meant so."""
    config = config_values()
    for key in NAMED:
        other = f"{pulumi.get_project()}:{key}"
        if other in config and f"{NAMESPACE}:{key}" not in config:
            pulumi.log.warn(f"{other} is a key of the project's own, not {NAMESPACE}:{key}: nothing is read from it")


def _of_the_project(problem: Problem) -> Problem:
    """A missing key with a hint, where `config set` was given it without its namespace."""
    other = f"{pulumi.get_project()}:{problem.path[0]}"
    if len(problem.path) > 1 or other not in config_values():
        return problem
    hint = f"'{other}' is another key, the project's own"
    return problem._replace(remedy=f"{problem.remedy}; {hint}" if problem.remedy else hint)
