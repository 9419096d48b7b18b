"""Everything that stands under `realtimekit:` in a stack's config: one model, read by the program and by the plugin."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from typing_extensions import Required, TypedDict

from pulumi_realtimekit.api.base_url import read_base_url, require_printable
from pulumi_realtimekit.checks.form import problems
from pulumi_realtimekit.checks.messages import NAMESPACE, Problem, dotted, nearest, quoted
from pulumi_realtimekit.declarations import fields as _declared
from pulumi_realtimekit.declarations import spelling as _spelling
from pulumi_realtimekit.declarations.case import to_camel
from pulumi_realtimekit.declarations.fields import AfterValidator, Field, Input, Seconds, Text, Whole, configured
from pulumi_realtimekit.declarations.layers import SERVICE_BUCKET, LayersArgs
from pulumi_realtimekit.declarations.recording import Tag, TrackRecordingArgs
from pulumi_realtimekit.declarations.storages import StorageArgs

DEFAULT_BASE_URL: Final = "https://api.cloudflare.com/client/v4"
DEFAULT_REQUEST_LIMIT: Final = 1000
DEFAULT_TIMEOUT_SECONDS: Final = 30
LONGEST_TIMEOUT_SECONDS: Final = 86_400

EnvironmentKey = Literal["apiToken", "accountId", "appId", "baseUrl"]
ENVIRONMENT: Final[dict[EnvironmentKey, str]] = {
    "apiToken": "CLOUDFLARE_API_TOKEN",
    "accountId": "CLOUDFLARE_ACCOUNT_ID",
    "appId": "REALTIMEKIT_APP_ID",
    "baseUrl": "CLOUDFLARE_BASE_URL",
}
"""The environment variable that is read where a key is absent."""


def _base_url(value: str) -> str:
    return str(read_base_url(value))


Token = Annotated[str, Field(min_length=1, json_schema_extra=_declared.WRITE_ONLY), AfterValidator(require_printable)]
Url = Annotated[str, AfterValidator(_base_url)]
_Limit = Annotated[Whole, Field(ge=0)]
_Timeout = Annotated[Seconds, Field(gt=0, le=LONGEST_TIMEOUT_SECONDS)]


class _Access(TypedDict, total=False):
    api_token: Token | None
    """API token with permission Realtime or Realtime Admin; environment: CLOUDFLARE_API_TOKEN"""
    account_id: Tag | None
    """the account to record in; environment: CLOUDFLARE_ACCOUNT_ID"""


class _Place(TypedDict, total=False):
    app_id: Input[Tag] | None
    """the app to record in; environment: REALTIMEKIT_APP_ID"""
    base_url: Input[Url] | None
    """where the API is, including `/client/v4`; default: the service's; environment: CLOUDFLARE_BASE_URL"""


class _Files(TypedDict, total=False):
    storages: Input[_declared.Mapping[Text, Input[StorageArgs]]] | None
    """storages by name, for the outputs of layers"""
    layers: Input[LayersArgs] | None
    """layers by name, of every recording that declares none"""


@_declared.declared
class ProviderArgs(_Place, _Files, total=False):
    """What a `Provider` is declared with; what is absent is taken from the stack's config."""

    account_id: Required[Input[Tag]]
    """the account to record in; never taken from the stack's config"""
    api_token: Required[Input[Token]]
    """the account's API token; never taken from the stack's config"""


IN_CAMEL_CASE: Final = {**_declared.CONFIG, "alias_generator": to_camel, "title": "Stack config of pulumi-realtimekit"}


@configured(IN_CAMEL_CASE)
class Connection(_Access, _Place, total=False):
    """What it takes to reach the service."""

    request_limit: _Limit | None
    """requests in any 50 s; default: 1000, the service's limit; 0: none"""
    timeout_seconds: _Timeout | None
    """how long one call may take, in seconds, at most 86400; below 10, starts whose answers are lost are looked for
    less long, too; default: 30"""


@configured(IN_CAMEL_CASE)
class Config(Connection, _Files, total=False):
    """The stack's config under `realtimekit:`."""

    recordings: _declared.Mapping[Text, TrackRecordingArgs] | None
    """track recordings by resource name, read by the program"""


KEYS: Final = tuple(to_camel(field) for field in _declared.fields(Config))
JSON_KEYS: Final = ("storages", "layers", "recordings", "requestLimit", "timeoutSeconds")
"""What the engine hands over as JSON in a string, and an explicit provider as it is."""


def read(get: Callable[[str], Any]) -> dict[str, Any]:
    """The config as plain data in the API's spelling; `get` answers for a namespaced key, None where it is absent."""
    return spelt(as_written(get))


def as_written(get: Callable[[str], Any]) -> dict[str, Any]:
    """The config as plain data, its fields spelt as the user did; empty counts as absent."""
    raw = {key: _decoded(key, get(f"{NAMESPACE}:{key}")) for key in KEYS}
    return {key: value for key, value in raw.items() if value is not None and value != ""}


def spelt(raw: Mapping[str, Any]) -> dict[str, Any]:
    spellings: dict[str, Callable[[Any], Any]] = {
        "storages": _spelling.storages,
        "layers": _spelling.layers,
        "recordings": lambda declared: (
            {name: _spelling.arguments(value) for name, value in declared.items()}
            if isinstance(declared, Mapping)
            else declared
        ),
    }
    return {key: spellings.get(key, lambda value: value)(value) for key, value in raw.items()}


def _decoded(key: str, value: Any) -> Any:
    if key not in JSON_KEYS or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def setting(raw: Mapping[str, Any], key: EnvironmentKey) -> str | None:
    """A key's value, or that of its environment variable where the key is absent; empty counts as absent."""
    value = raw.get(key) or os.environ.get(ENVIRONMENT[key])
    return value if isinstance(value, str) and value else None


def missing(raw: Mapping[str, Any], key: EnvironmentKey) -> Problem | None:
    """What to do about a key that stands neither in the config nor in the environment."""
    if setting(raw, key) is not None:
        return None
    secret = "--secret " if key == "apiToken" else ""
    return Problem(
        (key,),
        f"required, but absent; set it with `pulumi config set {secret}{NAMESPACE}:{key} …` "
        f"or in the environment variable {ENVIRONMENT[key]}",
        in_config=True,
    )


def mistakes(raw: Mapping[str, Any]) -> list[Problem]:
    """Every mistake in the config: of form, and of what refers to what."""
    found = [*_storage_without_name(raw)]
    if found:
        raw = {key: value for key, value in raw.items() if key != "storages"}
    references = () if found else _references(raw)
    found += [*_in_form(raw, Config), *_reserved_names(raw), *references, *_repeated_meetings(raw)]
    return _told(found, raw)


def mistakes_in_connection(raw: Mapping[str, Any]) -> list[Problem]:
    """The mistakes in what it takes to reach the service."""
    keys = {to_camel(field) for field in _declared.fields(Connection)}
    found = _in_form({key: value for key, value in raw.items() if key in keys}, Connection)
    return _told(found, raw)


def _told(found: list[Problem], raw: Mapping[str, Any]) -> list[Problem]:
    """The mistakes, each under the name of the key or of the environment variable that holds it."""
    return [_from_environment(problem, raw) or problem._replace(in_config=True) for problem in found]


def _in_form(raw: Mapping[str, Any], declaration: Any) -> list[Problem]:
    whole: dict[str, Any] = {key: value for key, value in raw.items() if key not in ENVIRONMENT or value != ""}
    whole.update({key: value for key in ENVIRONMENT if key not in whole and (value := setting(raw, key)) is not None})
    return problems(declaration, whole)


def _from_environment(problem: Problem, raw: Mapping[str, Any]) -> Problem | None:
    """A mistake in what an environment variable holds, told by the variable's name."""
    variable = next((name for key, name in ENVIRONMENT.items() if (key,) == problem.path and not raw.get(key)), None)
    return Problem((f"environment variable {variable}",), problem.message) if variable else None


def _storage_without_name(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """A storage where a map of storages is due."""
    storages = raw.get("storages")
    kind = storages.get("type", storages.get("Type")) if isinstance(storages, Mapping) else None
    if isinstance(kind, str):
        yield Problem(("storages",), "expected a map of storages by name, found a storage; put it under a name")


def _reserved_names(raw: Mapping[str, Any]) -> Iterator[Problem]:
    storages = raw.get("storages")
    if isinstance(storages, Mapping) and SERVICE_BUCKET in storages:
        yield Problem(("storages", SERVICE_BUCKET), "this name means the service's own bucket; use another one")


def _references(raw: Mapping[str, Any]) -> Iterator[Problem]:
    storages = raw.get("storages")
    yield from (problem.under("layers") for problem in unknown_storages(raw.get("layers"), storages))
    recordings = raw.get("recordings")
    if isinstance(recordings, Mapping):
        for name, declared in recordings.items():
            declared_layers = declared.get("layers") if isinstance(declared, Mapping) else None
            for problem in unknown_storages(declared_layers, storages):
                yield problem.under("recordings", name, "layers")


def unknown_storages(layers: Any, storages: Any) -> Iterator[Problem]:
    """The outputs of layers that name a storage which the config does not have."""
    known = [*storages] if isinstance(storages, Mapping) else []
    for name, layer in layers.items() if isinstance(layers, Mapping) else ():
        outputs = layer.get("outputs") if isinstance(layer, Mapping) else None
        for index, output in enumerate(outputs if isinstance(outputs, list | tuple) else ()):
            if isinstance(output, str) and output and output != SERVICE_BUCKET and output not in known:
                yield Problem((name, "outputs", index), _no_storage(output, known))


def _no_storage(name: str, known: list[str]) -> str:
    """The name is repeated where it is nearly one that is known; what else stands there might be a secret."""
    hint = nearest(name, [SERVICE_BUCKET, *known])
    if hint:
        return f"no storage named {quoted(name)}{hint}"
    if not known:
        return "no storage of that name; none is declared under realtimekit:storages"
    return f"no storage of that name; declared are {', '.join(map(quoted, known))}"


def _repeated_meetings(raw: Mapping[str, Any]) -> Iterator[Problem]:
    first: dict[tuple[Any, ...], str] = {}
    recordings = raw.get("recordings")
    for name, declared in recordings.items() if isinstance(recordings, Mapping) else ():
        if not isinstance(declared, Mapping):
            continue
        meeting = (
            declared.get("meeting_id"),
            declared.get("account_id") or setting(raw, "accountId"),
            declared.get("app_id") or setting(raw, "appId"),
        )
        if not all(isinstance(part, str | None) for part in meeting) or not meeting[0]:
            continue
        if meeting in first:
            yield Problem(
                ("recordings", name, "meeting_id"),
                f"the same meeting as {dotted(('recordings', first[meeting]))}: a meeting has one track recording",
            )
        first.setdefault(meeting, name)
