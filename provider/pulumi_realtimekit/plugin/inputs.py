"""From what was declared to what the state keeps and the service is sent: names resolved, the config filled in.

The state keeps no credential of the config: neither its storages' nor those of its own layers. A start takes them from
the config as it is then. Credentials that a recording declares in place stay where they are, as secrets.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi.output import Unknown

from pulumi_realtimekit.checks.problems import Problem
from pulumi_realtimekit.checks.settings import missing, unknown_storages
from pulumi_realtimekit.checks.validation import problems
from pulumi_realtimekit.declarations import settings
from pulumi_realtimekit.declarations.fields import whole
from pulumi_realtimekit.declarations.layers import (
    DEFAULT_LAYER,
    SERVICE_BUCKET,
    OutputPlace,
    layers_without_credentials,
    map_outputs,
    with_type,
)
from pulumi_realtimekit.declarations.recording import ARGUMENTS, DEFAULTS, TrackRecordingArgs
from pulumi_realtimekit.declarations.spelling import SIGNATURE, map_scalars
from pulumi_realtimekit.declarations.storages import CREDENTIALS, without_credentials

SECRET: Final = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270"}
"""What marks a map as a secret for the engine; the map's `value` is the secret itself."""


def is_unknown(value: Any) -> bool:
    """Whether a preview does not know the value yet."""
    return isinstance(value, Unknown)


def whole_numbers(value: Any) -> Any:
    """Whole numbers as such: the engine hands every number over as a float (`60.0`)."""
    return map_scalars(value, whole)


def check(
    news: Mapping[str, Any],
    config: Mapping[str, Any],
    olds: Mapping[str, Any] | None = None,
    is_deferred: Callable[[Any], bool] = is_unknown,
) -> tuple[dict[str, Any], list[Problem]]:
    """The checked inputs of a recording, and every mistake in what was declared.

    olds: the last checked inputs. is_deferred: whether a value is not known yet, and so not judged.
    """
    declared = {name: value for name, value in news.items() if value is not None}
    olds = olds or {}
    old_layers = olds.get("layers")
    layers = map_outputs(
        declared.get("layers"), lambda output, place: _as_declared(output, place, config, _output_at(old_layers, place))
    )
    judged = declared if layers is None else {**declared, "layers": layers}
    names = tuple(name for name in ARGUMENTS if name != "layers" or name in judged)  # the validator of layers is large
    found = problems(TrackRecordingArgs, judged, is_deferred, only=names)
    found += [problem.under("layers") for problem in unknown_storages(layers, config.get("storages"))]
    if "account_id" not in declared:
        found += filter(None, [missing(config, "accountId")])
    if "app_id" not in declared:
        found += filter(None, [missing(config, "appId")])
    if found:
        return dict(news), found
    return checked_inputs(declared, config, olds), []


def checked_inputs(
    declared: Mapping[str, Any], config: Mapping[str, Any], olds: Mapping[str, Any] = {}
) -> dict[str, Any]:
    """The checked inputs of a declaration without mistakes: ids and storages of the config in place, defaults dropped.

    A default is kept only where `olds` has another value: a diff then shows both (`PAUSED => RECORDING`). What is not
    known yet, and what is wrong in the config, stays as it is.
    """
    values = {**DEFAULTS, **{name: declared[name] for name in ARGUMENTS if name in declared}}
    dropped = {name: default for name, default in DEFAULTS.items() if olds.get(name, default) == default}
    return {
        "account_id": settings.setting(config, "accountId"),
        "app_id": settings.setting(config, "appId"),
        **{name: value for name, value in values.items() if value != dropped.get(name)},
        "layers": _resolve_layers(declared["layers"], config) if declared.get("layers") else _default_layers(config),
    }


def request(checked: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the start request: what was declared, with the credentials of the config as it is now."""
    limits = {name: checked[name] for name in ("max_seconds", "user_ids") if name in checked}
    layers = map_outputs(checked["layers"], lambda output, place: _with_credentials(output, place, config))
    return {"meeting_id": checked["meeting_id"], "layers": layers, **limits}


def without_secrets(checked: Mapping[str, Any]) -> dict[str, Any]:
    """The checked inputs as outputs: without credentials."""
    return {**checked, "layers": layers_without_credentials(checked["layers"])}


def with_secrets_marked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs or outputs with every secret in the form that the engine encrypts, whatever a program has marked."""
    marked = dict(values)
    if "layers" in marked:
        marked["layers"] = map_outputs(marked["layers"], lambda output, _: _marked(output))
    if "download_urls" in marked:
        marked["download_urls"] = secret(marked["download_urls"])
    return marked


def _as_declared(output: Any, place: OutputPlace, config: Mapping[str, Any], old: Mapping[str, Any] | None) -> Any:
    """An output that `check` itself wrote as it was declared, which is how it is judged.

    It comes back where the resource has `ignore_changes`: the engine then replaces what is declared with the old
    checked inputs. old: the output that these have there.
    """
    storage = output.get("storage_config") if isinstance(output, Mapping) else None
    if not isinstance(storage, Mapping) or not CREDENTIALS.isdisjoint(storage):
        return output
    name = output.get("storage")
    credentials = _configured_credentials(output, place, config)
    is_old = output == old
    if isinstance(name, str) and name != SERVICE_BUCKET and {**output} == _named_output(name, storage):
        return name if credentials or is_old else output
    if is_old and not credentials:
        return SERVICE_BUCKET  # judged when it was written; the config has another storage there by now
    return {**output, "storage_config": {**storage, **credentials}}


def _named_output(name: str, storage: Mapping[str, Any]) -> dict[str, Any]:
    """An output to a storage of the config."""
    return {"type": "STORAGE_CONFIG", "storage": name, "storage_config": without_credentials(storage)}


def _storage(name: Any, config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The storage of that name in the config, where it is a map."""
    storages = config.get("storages")
    storage = storages.get(name) if isinstance(storages, Mapping) and isinstance(name, str) else None
    return storage if isinstance(storage, Mapping) else None


def _output_at(layers: Any, place: OutputPlace) -> Mapping[str, Any] | None:
    """The output that layers have in a place, where it is a map."""
    layer, index = place
    try:
        output = layers[layer]["outputs"][index]
    except (KeyError, IndexError, TypeError):
        return None
    return output if isinstance(output, Mapping) else None


def _configured_credentials(output: Mapping[str, Any], place: OutputPlace, config: Mapping[str, Any]) -> dict[str, Any]:
    """The credentials of the storage of that name, or of the one that the config's own layers have in that place.

    Only for the same storage: the credentials of one are never sent to another.
    """
    if "storage" in output:
        storage = _storage(output["storage"], config)
    else:
        storage = (_output_at(config.get("layers"), place) or {}).get("storage_config")
    if not isinstance(storage, Mapping) or without_credentials(_present(storage)) != output["storage_config"]:
        return {}
    return {name: value for name, value in storage.items() if name in CREDENTIALS and value is not None}


def _with_credentials(output: Any, place: OutputPlace, config: Mapping[str, Any]) -> Any:
    """An output as it is sent."""
    storage = output.get("storage_config") if isinstance(output, Mapping) else None
    if not isinstance(storage, Mapping) or not CREDENTIALS.isdisjoint(storage):
        return output
    return {"type": output["type"], "storage_config": {**storage, **_configured_credentials(output, place, config)}}


def _default_layers(config: Mapping[str, Any]) -> Any:
    return layers_without_credentials(_resolve_layers(config.get("layers") or {DEFAULT_LAYER: {}}, config))


def _resolve_layers(layers: Any, config: Mapping[str, Any]) -> Any:
    """Layers as they are kept. What a preview does not know yet stays as it is."""
    if not isinstance(layers, Mapping):
        return layers
    with_outputs = {name: _with_outputs(layer) for name, layer in layers.items()}
    return map_outputs(with_outputs, lambda output, _: _resolve_output(output, config))


def _with_outputs(layer: Any) -> Any:
    if not isinstance(layer, Mapping):
        return layer
    layer = _present(layer)
    return {**layer, "outputs": layer.get("outputs") or [SERVICE_BUCKET]}


def _resolve_output(output: Any, config: Mapping[str, Any]) -> Any:
    if output == SERVICE_BUCKET:
        return {"type": "REALTIMEKIT_BUCKET"}
    if isinstance(output, str):
        storage = _storage(output, config)
        return output if storage is None else _named_output(output, _present(storage))
    if not isinstance(output, Mapping):
        return output
    return {name: _present(value) for name, value in _present(with_type(output)).items()}


def _marked(output: Any) -> Any:
    """An output with the credentials of its storage as secrets."""
    storage = output.get("storage_config") if isinstance(output, Mapping) else None
    if not isinstance(storage, Mapping):
        return output
    marked = {name: secret(value) if name in CREDENTIALS else value for name, value in storage.items()}
    return {**output, "storage_config": marked}


def secret(value: Any) -> Any:
    """A value in the form that the engine encrypts."""
    return {**SECRET, "value": value}


def _present(value: Any) -> Any:
    return {name: item for name, item in value.items() if item is not None} if isinstance(value, Mapping) else value
