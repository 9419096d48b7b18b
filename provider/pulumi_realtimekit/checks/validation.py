"""What is wrong with a declaration: pydantic's errors, in this project's words."""

import datetime
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pulumi_realtimekit.checks.messages import (
    Path,
    Problem,
    credential_with_value,
    did_you_mean,
    kind_of,
    nearest_name,
    one_of,
    set_credential,
)
from pulumi_realtimekit.declarations.fields import adapter, fields
from pulumi_realtimekit.declarations.layers import LayerArgs
from pulumi_realtimekit.declarations.recording import ARGUMENTS
from pulumi_realtimekit.declarations.settings import KEYS, Config
from pulumi_realtimekit.declarations.storages import CREDENTIALS, STORAGE_TYPES, STORAGES

JSON_DOCUMENT: Final = "expected one string (the JSON document), found a map"

OUTPUT_TYPES: Final = ("REALTIMEKIT_BUCKET", "STORAGE_CONFIG", "DYTE_BUCKET", "RTMP_OUT", "WEBSOCKET")
AUTH_METHODS: Final = ("KEY", "PASSWORD")
BRANCHES: Final = frozenset({*STORAGE_TYPES, *OUTPUT_TYPES, *AUTH_METHODS, "name", "object", "[key]"})
"""What pydantic adds to a location for the branch of a union: no part of the user's path."""


def problems(declaration: Any, value: Any, is_unknown: Callable[[Any], bool] = lambda _: False) -> list[Problem]:
    """What is wrong with a value, by the declaration that it follows; unknown parts are not judged."""
    unknowns = _Unknowns(is_unknown)
    plain = unknowns.hide(value)
    try:
        adapter(declaration).validate_python(plain)
    except ValidationError as invalid:
        mistakes = [_mistake(error, plain) for error in invalid.errors(include_url=False)]
        known = [mistake for mistake in mistakes if not unknowns.excuse(mistake)]
        return [*_problems(known, declaration)]
    return []


class _Mistake(NamedTuple):
    """One of pydantic's errors, at the user's path; container: what holds the last part of it."""

    path: Path
    container: Any
    kind: str
    context: Mapping[str, Any]
    value: Any


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

    def excuse(self, mistake: _Mistake) -> bool:
        """Whether a mistake says nothing, since what is at its path, or decides over it, is not known."""
        path = mistake.path
        for unknown in self.paths:
            if path[: len(unknown)] == unknown:
                return True
            if mistake.kind not in {"missing", "extra_forbidden"} and unknown[: len(path)] == path:
                return True
        return False


def _mistake(error: ErrorDetails, value: Any) -> _Mistake:
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
        tag_written = next((name for name in given if name != tag and _means(name, [tag]) == tag), None)
        if kind == "union_tag_not_found" and tag_written:
            return _Mistake((*path, tag_written), {"known": [tag]}, "extra_forbidden", context, given)
        kind = "missing" if kind == "union_tag_not_found" else kind
        return _Mistake((*path, tag), None, kind, context, given.get(tag))
    return _Mistake(tuple(path), container, kind, context, given)


def _problems(mistakes: Iterable[_Mistake], declaration: Any) -> Iterator[Problem]:
    mistakes = [*mistakes]
    misspelt = {
        (*mistake.path[:-1], _means(mistake.path[-1], _fields_beside(mistake, declaration)))
        for mistake in mistakes
        if mistake.kind == "extra_forbidden"
    }
    seen = set()
    for mistake in mistakes:
        is_misspelt = mistake.kind == "missing" and mistake.path in misspelt  # which is said
        if not is_misspelt and mistake.path not in seen:
            seen.add(mistake.path)
            yield Problem(mistake.path, _message(mistake, declaration))


def _message(mistake: _Mistake, declaration: Any) -> str:
    path, container, kind, context, value = mistake
    match kind:
        case "missing":
            return f"required{_purpose(container)}, but absent{_how_to_set(path, container, declaration)}"
        case "extra_forbidden":
            return f"unknown field{_purpose(container)}{did_you_mean(path[-1], _fields_beside(mistake, declaration))}"
        case "literal_error" | "union_tag_invalid":
            names = _names(context.get("expected") or context["expected_tags"])
            return f"expected {one_of(names)}{did_you_mean(value, names)}"
        case "union_tag_not_found":
            return f"expected 'realtimekit', the name of a storage, or a map, found {kind_of(value)}"
        case "string_type" if path[-1] == "secret" and container.get("type") == "gcs" and isinstance(value, Mapping):
            return JSON_DOCUMENT
        case "string_type":
            in_quotes = isinstance(value, bool | int | float | datetime.date)
            return f"expected a string, found {kind_of(value)}{'; put it in quotes' * in_quotes}"
        case "int_type" | "float_type" | "finite_number":
            return _number(kind, value)
        case "too_long":
            return f"at most {context['max_length']} entries, found {context['actual_length']}"
        case "greater_than" | "greater_than_equal" | "less_than_equal":
            ((_, limit),) = context.items()
            return f"expected a number {LIMITS[kind]} {limit:g}"
        case "value_error":
            return f"{context['error']}{_how_to_set(path, container, declaration)}"
    return MESSAGES[kind] if kind in MESSAGES else f"{EXPECTED[kind]}, found {kind_of(value)}"


def _how_to_set(path: Path, storage: Any, declaration: Any) -> str:
    """The command for a credential of the config; a program's own are set in the program."""
    is_settable = path[-1] in CREDENTIALS and declaration is Config
    return f"; set it with `{set_credential(path, storage)}`" if is_settable else ""


LIMITS: Final = {"greater_than": "above", "greater_than_equal": "of at least", "less_than_equal": "of at most"}
MESSAGES: Final = {
    "string_unicode": "must be text, without half of a surrogate pair",
    "string_too_short": "must not be empty",
    "none_required": "goes with type 'STORAGE_CONFIG' alone",
}
EXPECTED: Final = {
    **dict.fromkeys(("dict_type", "model_attributes_type"), "expected a map"),
    **dict.fromkeys(("is_instance_of", "sequence_str"), "expected a list"),
    "bool_type": "expected true or false",
}


def _number(kind: str, value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and (kind != "int_type" or not math.isfinite(value)):
        return "expected a finite number"
    return f"expected a {'whole ' * is_number}number, found {kind_of(value)}"


def _names(quoted: str) -> list[str]:
    return [name.strip(" '") for name in quoted.replace(" or ", ", ").split(", ")]


def _purpose(container: Any) -> str:
    """What a field is judged for: a storage's fields depend on its type."""
    if not isinstance(container, Mapping) or container.get("type") not in STORAGE_TYPES:
        return ""
    method = container.get("auth_method")
    return f" for type '{container['type']}'" + (f" with auth_method '{method}'" if method in AUTH_METHODS else "")


def _means(name: Any, known: Iterable[str]) -> str | None:
    return nearest_name(credential_with_value(name) or name, known) if isinstance(name, str) else None


def _fields_beside(mistake: _Mistake, declaration: Any) -> Iterable[str]:
    """The fields that are known where an unknown one is."""
    above, parent = (None, None, *mistake.path[:-1])[-2:]
    if above == "layers":
        return fields(LayerArgs)
    if above == "outputs":
        return ("type", "storage_config")
    if above == "storages" or parent == "storage_config":
        return _storage_fields(mistake.container)
    if above == "recordings":
        return ARGUMENTS
    return KEYS if declaration is Config else fields(declaration)


def _storage_fields(storage: Mapping[str, Any]) -> Iterable[str]:
    """The fields of a storage's type; `type` and `auth_method` alone where they are what is wrong."""
    for declaration in STORAGES:
        tags = {name: get_args(declaration.__annotations__.get(name)) for name in ("type", "auth_method")}
        if all(not values or storage.get(name) in values for name, values in tags.items()):
            return fields(declaration)
    return ("type", "auth_method")
