"""The message for each mistake that pydantic finds in a declaration, without the value that is wrong."""

import datetime
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from pulumi_realtimekit.checks.problems import (
    Path,
    credential_with_value,
    did_you_mean,
    kind_of,
    nearest_name,
    one_of,
    set_credential,
)
from pulumi_realtimekit.declarations.fields import fields, literals
from pulumi_realtimekit.declarations.layers import LayerArgs
from pulumi_realtimekit.declarations.recording import ARGUMENTS
from pulumi_realtimekit.declarations.settings import Config
from pulumi_realtimekit.declarations.storages import CREDENTIALS, STORAGE_TYPES, STORAGES

JSON_DOCUMENT: Final = "expected one string (the JSON document), found a map"
AUTH_METHODS: Final = tuple(method for storage in STORAGES for method in literals(storage, "auth_method"))


class Mistake(NamedTuple):
    """One of pydantic's errors, at the user's path; container: what holds the last part of it."""

    path: Path
    container: Any
    kind: str
    context: Mapping[str, Any]
    value: Any


def message(mistake: Mistake, declaration: Any) -> str:
    path, container, kind, context, value = mistake
    match kind:
        case "missing":
            return f"required{_purpose(container)}, but absent"
        case "extra_forbidden":
            return f"unknown field{_purpose(container)}{did_you_mean(path[-1], fields_beside(mistake, declaration))}"
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
            return str(context["error"])
    return MESSAGES[kind] if kind in MESSAGES else f"{EXPECTED[kind]}, found {kind_of(value)}"


def remedy(mistake: Mistake, declaration: Any) -> str:
    """The command that sets a credential of the config; a program's own are set in the program."""
    is_unset = mistake.kind in {"missing", "value_error"}
    if not is_unset or declaration is not Config or mistake.path[-1] not in CREDENTIALS:
        return ""
    return f"set it with `{set_credential(mistake.path, mistake.container)}`"


LIMITS: Final = {"greater_than": "above", "greater_than_equal": "of at least", "less_than_equal": "of at most"}
MESSAGES: Final = {
    "string_unicode": "must be text, without half of a surrogate pair",
    "string_too_short": "must not be empty",
    "none_required": "is allowed only with type 'STORAGE_CONFIG'",
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


def meant(name: Any, known: Iterable[str]) -> str | None:
    return nearest_name(credential_with_value(name) or name, known) if isinstance(name, str) else None


def fields_beside(mistake: Mistake, declaration: Any) -> Iterable[str]:
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
    return fields(declaration)


def _storage_fields(storage: Mapping[str, Any]) -> Iterable[str]:
    """The fields of a storage's type; only `type` and `auth_method` where they are what is wrong."""
    for declaration in STORAGES:
        tags = {name: literals(declaration, name) for name in ("type", "auth_method")}
        if all(not values or storage.get(name) in values for name, values in tags.items()):
            return fields(declaration)
    return ("type", "auth_method")
