"""What pydantic finds wrong with what users declare, in this project's words."""

import datetime
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pulumi_realtimekit.checks.messages import JSON_DOCUMENT, Path, Problem, folded, found, nearest, set_secret
from pulumi_realtimekit.declarations.case import to_camel
from pulumi_realtimekit.declarations.fields import adapter, fields
from pulumi_realtimekit.declarations.layers import LayerArgs
from pulumi_realtimekit.declarations.recording import ARGUMENTS
from pulumi_realtimekit.declarations.storages import CREDENTIALS, STORAGE_TYPES, STORAGES

OUTPUT_TYPES: Final = ("REALTIMEKIT_BUCKET", "STORAGE_CONFIG", "DYTE_BUCKET", "RTMP_OUT", "WEBSOCKET")
AUTH_METHODS: Final = ("KEY", "PASSWORD")
BRANCHES: Final = frozenset({*STORAGE_TYPES, *OUTPUT_TYPES, *AUTH_METHODS, "name", "object", "int", "float", "[key]"})
"""What pydantic adds to a location for the branch of a union: no part of the user's path."""


@dataclass
class Unknowns:
    """Data with what is not known yet (outputs in a preview) put out of the validator's sight, and where that stood."""

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

    def excuse(self, path: Path, kind: str) -> bool:
        """Whether a mistake at a path says nothing, since what stands there, or what decides over it, is not known."""
        for unknown in self.paths:
            if path[: len(unknown)] == unknown:
                return True
            if kind not in {"missing", "extra_forbidden"} and unknown[: len(path)] == path:
                return True
        return False


def problems(declaration: Any, value: Any, is_unknown: Callable[[Any], bool] = lambda _: False) -> list[Problem]:
    """What is wrong with a value, by the declaration that it follows; unknown parts are not judged."""
    unknowns = Unknowns(is_unknown)
    plain = unknowns.hide(value)
    try:
        adapter(declaration).validate_python(plain)
    except ValidationError as invalid:
        return list(_problems_of(declaration, invalid, plain, unknowns))
    return []


def _problems_of(declaration: Any, invalid: ValidationError, value: Any, unknowns: Unknowns) -> Iterator[Problem]:
    seen = set()
    errors = invalid.errors(include_url=False)
    misspelt = {_folded(error["loc"]) for error in errors if error["type"] == "extra_forbidden"}
    for error in errors:
        path, container = _user_path(error["loc"], value)
        path += _discriminator(error)
        if unknowns.excuse(path, error["type"]) or path in seen:
            continue
        if error["type"] == "missing" and _folded(error["loc"]) in misspelt:
            continue  # it is there but for its capitals, which is told
        seen.add(path)
        capital = _in_capitals(error)
        if capital is None:
            yield Problem(path, _message(error, path, container, declaration))
        else:
            yield Problem((*path[:-1], capital), f"unknown field{nearest(capital, [str(path[-1])])}")


def _folded(location: Path) -> Path:
    """The location of a field however it is written."""
    return (*location[:-1], folded(str(location[-1])))


def _user_path(location: Path, value: Any) -> tuple[Path, Any]:
    """The location without the names of union branches, and the container of its last part."""
    path: list[str | int] = []
    container, here = None, value
    for part in location:
        inside = (isinstance(here, Mapping) and part in here) or (
            isinstance(here, list) and isinstance(part, int) and part < len(here)
        )
        if not inside and part in BRANCHES:
            continue
        container, here = here, here[part] if inside else None
        path.append(part)
    return tuple(path), container


def _discriminator(error: ErrorDetails) -> Path:
    """The field that decides which declaration a map is judged by, where that field is the mistake; a path of one."""
    discriminator = str(error.get("ctx", {}).get("discriminator", ""))
    return (discriminator.strip("'"),) if discriminator.startswith("'") else ()


def _in_capitals(error: ErrorDetails) -> str | None:
    """How the field that decides over a map is written, where it is there but for its capitals: `{Type: aws}`."""
    wanted = _discriminator(error) if error["type"] == "union_tag_not_found" else ()
    value = error["input"] if wanted and isinstance(error["input"], Mapping) else {}
    return next((name for name in value if isinstance(name, str) and (name.casefold(),) == wanted), None)


def _message(error: ErrorDetails, path: Path, container: Any, declaration: Any) -> str:
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    match kind:
        case "missing":
            how = f"; set it with `{set_secret(path)}`" if path[-1] in CREDENTIALS and _is_config(declaration) else ""
            return f"required{_purpose(container)}, but absent{how}"
        case "extra_forbidden":
            return f"unknown field{_purpose(container)}{nearest(path[-1], _fields_at(path, container, declaration))}"
        case "literal_error":
            names = _names(context["expected"])
            return f"expected {one_of(names)}{nearest(value, names)}"
        case "union_tag_invalid":
            names = _names(context["expected_tags"])
            return f"expected {one_of(names)}{nearest(value.get(path[-1]), names)}"
        case "union_tag_not_found":
            if _discriminator(error):
                return "required, but absent"
            return f"expected 'realtimekit', the name of a storage, or a map, found {found(value)}"
        case "string_type" if path[-1] == "secret" and container.get("type") == "gcs" and isinstance(value, Mapping):
            return JSON_DOCUMENT
        case "string_too_long":
            return f"at most {context['max_length']} characters, found {len(str(value))}"
        case "too_long":
            return f"at most {context['max_length']} entries, found {context['actual_length']}"
    expectation = EXPECTATIONS.get(kind)
    return expectation(value, context) if expectation else error["msg"]


EXPECTATIONS: Final[dict[str, Callable[[Any, dict[str, Any]], str]]] = {
    "string_type": lambda value, _: f"expected a string, found {found(value)}{_quotes(value)}",
    "string_unicode": lambda *_: "must be text, without half of a surrogate pair",
    "string_too_short": lambda *_: "must not be empty",
    "none_required": lambda *_: "goes with type 'STORAGE_CONFIG' alone",
    "greater_than": lambda _, context: f"expected a number above {context['gt']}",
    "greater_than_equal": lambda _, context: f"expected a number of at least {context['ge']}",
    "less_than_equal": lambda _, context: f"expected a number of at most {context['le']}",
    **dict.fromkeys(("dict_type", "model_attributes_type"), lambda value, _: f"expected a map, found {found(value)}"),
    "list_type": lambda value, _: f"expected a list, found {found(value)}",
    "bool_type": lambda value, _: f"expected true or false, found {found(value)}",
    "int_from_float": lambda *_: "expected a whole number",
    "int_type": lambda value, _: _whole_number(value),
    "float_type": lambda value, _: f"expected a number, found {found(value)}",
    "value_error": lambda _, context: str(context["error"]),
}


def _whole_number(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "expected a finite number"
    return f"expected a {'whole ' * isinstance(value, float)}number, found {found(value)}"


def _names(quoted: str) -> list[str]:
    return [name.strip(" '") for name in quoted.replace(" or ", ", ").split(", ")]


def _purpose(container: Any) -> str:
    """What a field is judged for: a storage's fields depend on its type."""
    if not isinstance(container, Mapping) or container.get("type") not in STORAGE_TYPES:
        return ""
    method = container.get("auth_method")
    return f" for type '{container['type']}'" + (f" with auth_method '{method}'" if method in AUTH_METHODS else "")


def _fields_at(path: Path, container: Any, declaration: Any) -> Iterable[str]:
    """The fields that are known where an unknown one stands."""
    parents = path[:-1]
    if parents[-2:-1] == ("layers",):
        return fields(LayerArgs)
    if parents[-2:-1] == ("outputs",):
        return ("type", "storage_config")
    if parents[-2:-1] == ("storages",) or parents[-1:] == ("storage_config",):
        return _storage_fields(container)
    if parents[-2:-1] == ("recordings",):
        return ARGUMENTS
    return [to_camel(name) for name in fields(declaration)] if _is_config(declaration) else fields(declaration)


def _is_config(declaration: Any) -> bool:
    return "alias_generator" in declaration.__pydantic_config__


def _storage_fields(storage: Any) -> Iterable[str]:
    for declaration in STORAGES:
        kinds = {name: declaration.__annotations__.get(name) for name in ("type", "auth_method")}
        if all(kind is None or storage.get(name) in get_args(kind) for name, kind in kinds.items()):
            return fields(declaration)
    return ()


def _quotes(value: Any) -> str:
    return "; put it in quotes" if isinstance(value, bool | int | float | datetime.date) else ""


def one_of(names: Iterable[str]) -> str:
    *most, last = (f"'{name}'" for name in names)
    return f"{', '.join(most)} or {last}" if most else last
