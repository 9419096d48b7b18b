"""What the stack's files tell of a mistake that the value alone does not.

Strings of the config that YAML took for something else: `0123` is 83 to it, and a date gets a time. Numbers and lists
that are strings, since they were encrypted.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from pulumi_realtimekit.checks.messages import NAMESPACE, Path, Problem, found, place
from pulumi_realtimekit.stack.files import ENCRYPTED, Plain, StackFiles, child, is_encrypted

DATE: Final = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)")


def misread(files: StackFiles, config: Mapping[str, Any], mistakes: Iterable[Problem]) -> list[Problem]:
    """The strings that were written without quotes, and read as something else: `0123` is 83 to YAML.

    mistakes: what else is wrong; where something else than a string is expected, quotes do not help.
    """
    others = {
        place(problem.path)
        for problem in mistakes
        if (words := problem.message.split())[0] == "expected" and words[1:3] != ["a", "string,"]
    }
    found = (_misread(value, files.node(f"{NAMESPACE}:{key}"), (key,)) for key, value in config.items())
    return [problem for problems in found for problem in problems if place(problem.path) not in others]


def explained(files: StackFiles, mistakes: Iterable[Problem]) -> list[Problem]:
    """The mistakes, with the reason for strings that should be something else: all that is encrypted becomes one."""
    return [
        problem._replace(message=f"{problem.message}, which is all that can be encrypted; set it without --secret")
        if problem.message.endswith(found("")) and _is_encrypted(files, problem.path)
        else problem
        for problem in mistakes
    ]


def _is_encrypted(files: StackFiles, path: Path) -> bool:
    """Whether a file has it encrypted right there. A key's own value may hold maps and numbers as JSON all the same."""
    node = files.node(f"{NAMESPACE}:{path[0]}")
    for part in path[1:]:
        node = child(node, part)
    return len(path) > 1 and node is not ENCRYPTED and is_encrypted(node)


def _misread(value: Any, node: Any, path: Path) -> Iterator[Problem]:
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
