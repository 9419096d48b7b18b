"""From what was declared to what is kept in the state and sent: names resolved, defaults filled in.

A secret keeps its path: the engine marks secrets again by path after `check`, and leaves one that moved in the clear.
So credentials that a recording declares in place stay where they are, and those of the config never get in: neither
its storages' nor those in its own layers. A start takes them from the config as it is then.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pulumi_realtimekit.checks.messages import Problem
from pulumi_realtimekit.checks.settings import missing, unknown_storages
from pulumi_realtimekit.checks.validation import problems
from pulumi_realtimekit.declarations import settings as _config
from pulumi_realtimekit.declarations.layers import DEFAULT_LAYER, SERVICE_BUCKET, with_type
from pulumi_realtimekit.declarations.recording import ARGUMENTS, DEFAULTS, TrackRecordingArgs
from pulumi_realtimekit.declarations.storages import CREDENTIALS, without_credentials

IsUnknown = Callable[[Any], bool]


def check(
    news: Mapping[str, Any], config: Mapping[str, Any], is_unknown: IsUnknown, olds: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], list[Problem]]:
    """The checked inputs of a recording, and every mistake in what was declared; olds: the last ones."""
    declared = {name: value for name, value in news.items() if value is not None}
    layers = _as_declared(declared.get("layers"), config, (olds or {}).get("layers"))
    found = problems(TrackRecordingArgs, {**declared, "layers": layers}, is_unknown)
    found += [problem.under("layers") for problem in unknown_storages(layers, config.get("storages"))]
    found += [
        absent
        for argument, key in (("account_id", "accountId"), ("app_id", "appId"))
        if argument not in declared and (absent := missing(config, key))  # type: ignore[arg-type]
    ]
    if found:
        return dict(news), found
    checked = {
        "account_id": _config.setting(config, "accountId"),
        "app_id": _config.setting(config, "appId"),
        **{name: declared[name] for name in ARGUMENTS if name in declared and declared[name] != DEFAULTS.get(name)},
    }
    if not is_unknown(declared.get("layers")):
        checked["layers"] = _resolved(declared["layers"], config) if declared.get("layers") else _default_layers(config)
    return checked, []


def _as_declared(layers: Any, config: Mapping[str, Any], old: Any) -> Any:
    """Layers with the outputs that `check` itself wrote as they were declared, which is how they are judged.

    They come back where the resource has `ignore_changes`: the engine then puts the old checked inputs in the place of
    those that are declared.
    """
    if not isinstance(layers, Mapping):
        return layers
    return {
        name: {
            **layer,
            "outputs": [_output_declared(output, (name, index), config, old) for index, output in enumerate(outputs)],
        }
        if isinstance(layer, Mapping) and isinstance(outputs := layer.get("outputs"), list | tuple)
        else layer
        for name, layer in layers.items()
    }


def _output_declared(output: Any, place: tuple[str, int], config: Mapping[str, Any], old: Any) -> Any:
    storage = output.get("storage_config") if isinstance(output, Mapping) else None
    if not isinstance(storage, Mapping) or not CREDENTIALS.isdisjoint(storage):
        return output
    name = output.get("storage")
    credentials = _credentials_of_the_config(output, place, config)
    is_old = output == _output_at(old, place)
    if isinstance(name, str) and name != SERVICE_BUCKET and {**output} == _output_kept(name, storage):
        return name if credentials or is_old else output
    if is_old and not credentials:
        return SERVICE_BUCKET  # judged when it was written; the config has another storage there by now
    return {**output, "storage_config": {**storage, **credentials}}


def _output_kept(name: str, storage: Mapping[str, Any]) -> dict[str, Any]:
    """An output to a storage of the config."""
    return {"type": "STORAGE_CONFIG", "storage": name, "storage_config": without_credentials(storage)}


def _output_at(layers: Any, place: tuple[str, int]) -> Mapping[str, Any] | None:
    """The output, where it is a map, that layers have in place: the layer, and the output's index there."""
    layer, index = place
    try:
        output = layers[layer]["outputs"][index]
    except (KeyError, IndexError, TypeError):
        return None
    return output if isinstance(output, Mapping) else None


def _credentials_of_the_config(
    output: Mapping[str, Any], place: tuple[str, int], config: Mapping[str, Any]
) -> dict[str, Any]:
    """The credentials of the storage of that name, or of the one that the config's own layers have in place.

    They are for the same storage alone: another one would be told what is none of its business.
    """
    if "storage" in output:
        name = output["storage"]
        stored = (config.get("storages") or {}).get(name) if isinstance(name, str) else None
    else:
        stored = (_output_at(config.get("layers"), place) or {}).get("storage_config")
    if not isinstance(stored, Mapping) or without_credentials(_present(stored)) != output["storage_config"]:
        return {}
    return _credentials(stored)


def _credentials(storage: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in storage.items() if name in CREDENTIALS and value is not None}


def request(checked: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the start request: what was declared, with the credentials of the config as it is now."""
    layers = {
        name: {
            **layer,
            "outputs": [_output_sent(output, (name, index), config) for index, output in enumerate(layer["outputs"])],
        }
        for name, layer in checked["layers"].items()
    }
    limits = {name: checked[name] for name in ("max_seconds", "user_ids") if name in checked}
    return {"meeting_id": checked["meeting_id"], "layers": layers, **limits}


def shown(checked: Mapping[str, Any]) -> dict[str, Any]:
    """The checked inputs as outputs: without credentials."""
    return {**checked, "layers": _layers_shown(checked["layers"])}


def _layers_shown(layers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {**layer, "outputs": [_output_shown(output) for output in layer["outputs"]]}
        for name, layer in layers.items()
    }


def _default_layers(config: Mapping[str, Any]) -> dict[str, Any]:
    return _layers_shown(_resolved(config.get("layers") or {DEFAULT_LAYER: {}}, config))


def _resolved(layers: Any, config: Mapping[str, Any]) -> Any:
    """Layers as they are kept; what a preview does not know yet stays as it is, and is judged when it is known."""
    if not isinstance(layers, Mapping):
        return layers
    return {name: _layer_resolved(layer, config) for name, layer in layers.items()}


def _layer_resolved(layer: Any, config: Mapping[str, Any]) -> Any:
    if not isinstance(layer, Mapping):
        return layer
    given = {name: value for name, value in layer.items() if value is not None}
    outputs = given.get("outputs") or [SERVICE_BUCKET]
    if isinstance(outputs, list | tuple):
        outputs = [_output_resolved(output, config) for output in outputs]
    return {**given, "outputs": outputs}


def _output_resolved(output: Any, config: Mapping[str, Any]) -> Any:
    if output == SERVICE_BUCKET:
        return {"type": "REALTIMEKIT_BUCKET"}
    if isinstance(output, str):
        return _output_kept(output, _present(config["storages"][output]))
    return (
        {name: _present(value) for name, value in with_type(output).items() if value is not None}
        if isinstance(output, Mapping)
        else output
    )


def _output_sent(output: Mapping[str, Any], place: tuple[str, int], config: Mapping[str, Any]) -> dict[str, Any]:
    """An output with its credentials, taken from where `check` left them; place: its layer, and its index there."""
    storage = output.get("storage_config")
    if not isinstance(storage, Mapping) or not CREDENTIALS.isdisjoint(storage):
        return dict(output)
    credentials = _credentials_of_the_config(output, place, config)
    return {"type": output["type"], "storage_config": {**storage, **credentials}}


def _output_shown(output: Mapping[str, Any]) -> dict[str, Any]:
    storage = output.get("storage_config")
    return {**output, "storage_config": without_credentials(storage)} if isinstance(storage, Mapping) else dict(output)


def _present(value: Any) -> Any:
    return {name: item for name, item in value.items() if item is not None} if isinstance(value, Mapping) else value
