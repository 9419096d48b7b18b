"""What is wrong with a declaration: pydantic's errors, in this project's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, get_args

from pulumi_realtimekit.checks.messages import AUTH_METHODS, Mistake, fields_beside, meant, message, remedy
from pulumi_realtimekit.checks.problems import Path, Problem
from pulumi_realtimekit.declarations.fields import literals
from pulumi_realtimekit.declarations.layers import OutputArgs
from pulumi_realtimekit.declarations.storages import STORAGE_TYPES

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

OUTPUT_TYPES: Final = tuple(kind for output in get_args(get_args(OutputArgs)[0]) for kind in literals(output, "type"))
BRANCHES: Final = frozenset({*STORAGE_TYPES, *OUTPUT_TYPES, *AUTH_METHODS, "name", "object", "[key]"})
"""What pydantic adds to a location for the branch of a union: no part of the user's path."""


def problems(
    declaration: Any,
    value: Any,
    is_unknown: Callable[[Any], bool] = lambda _: False,
    only: tuple[str, ...] | None = None,
) -> list[Problem]:
    """What is wrong with a value, by the declaration that it follows; unknown parts are not judged.

    only: the fields that the value may have, where these are not all of the declaration's.
    """
    from pulumi_realtimekit.checks.validators import ValidationError, validator  # and with them pydantic

    unknowns = _Unknowns(is_unknown)
    plain = unknowns.hide(value)
    try:
        validator(declaration, only).validate_python(plain)
    except ValidationError as invalid:
        mistakes = [_mistake(error, plain) for error in invalid.errors(include_url=False)]
        known = [mistake for mistake in mistakes if not unknowns.excuse(mistake)]
        return [*_problems(known, declaration)]
    return []


@dataclass
class _Unknowns:
    """Data with what is not known yet (outputs in a preview) hidden from the validator, and where that was."""

    is_unknown: Callable[[Any], bool]
    paths: list[Path] = field(default_factory=list)

    def hide(self, value: Any, path: Path = ()) -> Any:
        if self.is_unknown(value):
            self.paths.append(path)
            return None
        if isinstance(value, Mapping):
            return {key: self.hide(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.hide(item, (*path, index)) for index, item in enumerate(value)]
        return value

    def excuse(self, mistake: Mistake) -> bool:
        """Whether a mistake says nothing, since what is at its path, or decides over it, is not known."""
        path = mistake.path
        for unknown in self.paths:
            if path[: len(unknown)] == unknown:
                return True
            if mistake.kind not in {"missing", "extra_forbidden"} and unknown[: len(path)] == path:
                return True
        return False


def _mistake(error: ErrorDetails, value: Any) -> Mistake:
    path: list[str | int] = []
    container, here = None, value
    for part in error["loc"]:
        inside = part in here if isinstance(here, Mapping) else isinstance(here, list) and isinstance(part, int)
        if inside or part not in BRANCHES:
            container, here = here, here[part] if inside else None
            path.append(part)
    kind, context, given = error["type"], error.get("ctx", {}), error["input"]
    tag = str(context.get("discriminator", "")).strip("'")
    if tag in {"type", "auth_method"}:  # the mistake is in the field that decides which declaration a map follows
        tag_written = next((name for name in given if name != tag and meant(name, [tag]) == tag), None)
        if kind == "union_tag_not_found" and tag_written:
            return Mistake((*path, tag_written), {"known": [tag]}, "extra_forbidden", context, given)
        kind = "missing" if kind == "union_tag_not_found" else kind
        return Mistake((*path, tag), None, kind, context, given.get(tag))
    return Mistake(tuple(path), container, kind, context, given)


def _problems(mistakes: Iterable[Mistake], declaration: Any) -> Iterator[Problem]:
    mistakes = [*mistakes]
    misspelt = {
        (*mistake.path[:-1], meant(mistake.path[-1], fields_beside(mistake, declaration)))
        for mistake in mistakes
        if mistake.kind == "extra_forbidden"
    }
    seen = set()
    for mistake in mistakes:
        is_misspelt = mistake.kind == "missing" and mistake.path in misspelt  # which is said
        if not is_misspelt and mistake.path not in seen:
            seen.add(mistake.path)
            yield Problem(mistake.path, message(mistake, declaration), remedy=remedy(mistake, declaration))
