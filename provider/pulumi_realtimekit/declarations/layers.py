"""Layers and their outputs, as they are declared and as the API takes them.

A layer maps tracks of a meeting to output destinations. The reference of the API uses the names `default` (audio) and
`default-video` (video).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from typing_extensions import NotRequired, TypedDict

from pulumi_realtimekit.declarations.fields import Input, Text
from pulumi_realtimekit.declarations.rules import ByField, ByTag, Converted, InSchema
from pulumi_realtimekit.declarations.storages import StorageArgs, without_credentials

SERVICE_BUCKET: Final = "realtimekit"
"""The output name that means the service's own bucket."""

DEFAULT_LAYER: Final = "default"


class ServiceBucketOutputArgs(TypedDict):
    """The service's own bucket; files stay there for 7 days. An output that says nothing at all is that, too."""

    type: NotRequired[Literal["REALTIMEKIT_BUCKET"]]
    storage_config: NotRequired[None]


class StorageOutputArgs(TypedDict):
    """A storage of yours, given in place."""

    type: Literal["STORAGE_CONFIG"]
    storage_config: Input[StorageArgs]


class OtherOutputArgs(TypedDict):
    """What the service's own messages name beside the two documented types; sent as it is."""

    type: Literal["DYTE_BUCKET", "RTMP_OUT", "WEBSOCKET"]
    storage_config: NotRequired[None]


def with_type(output: Any) -> Any:
    """The output with its type, which is the service's own bucket where it names neither a type nor a storage."""
    if isinstance(output, Mapping) and output.get("storage_config") is None and "type" not in output:
        return {"type": "REALTIMEKIT_BUCKET", **output}
    return output


OutputArgs = Annotated[
    ServiceBucketOutputArgs | StorageOutputArgs | OtherOutputArgs,
    ByField("type"),
    Converted(with_type),
]
"""An output in the API's form: `{"type": "REALTIMEKIT_BUCKET"}`, or `STORAGE_CONFIG` with a storage."""


def _name_or_object(output: Any) -> str | None:
    if isinstance(output, str):
        return "name"
    return "object" if isinstance(output, Mapping) else None


_Output = Annotated[
    Text | OutputArgs,
    ByTag(_name_or_object, ("name", "object")),
    InSchema(description="`realtimekit` (the service's own bucket), the name of a storage, or the API's object"),
]


class LayerArgs(TypedDict, total=False):
    """One layer of a recording: which tracks, under which names, to which outputs."""

    file_name_prefix: Input[Text] | None
    """begins the names of the layer's files; default: the service's own"""
    outputs: Input[Sequence[Input[_Output]]] | None
    """where the files go; default: the service's own bucket"""
    media_kind: Input[Literal["audio"]] | None
    """not accepted by every server; default: not sent"""


LayersArgs = Mapping[Text, Input[LayerArgs]]

OutputPlace = tuple[str, int]
"""Where an output stands: the name of its layer, and its index there."""


def map_outputs(layers: Any, change: Callable[[Any, OutputPlace], Any]) -> Any:
    """The layers with `change(output, place)` in place of each output; what is no map or list stays as it is."""
    if not isinstance(layers, Mapping):
        return layers
    return {name: _map_layer(name, layer, change) for name, layer in layers.items()}


def _map_layer(name: str, layer: Any, change: Callable[[Any, OutputPlace], Any]) -> Any:
    outputs = layer.get("outputs") if isinstance(layer, Mapping) else None
    if not isinstance(outputs, list | tuple):
        return layer
    return {**layer, "outputs": [change(output, (name, index)) for index, output in enumerate(outputs)]}


def layers_without_credentials(layers: Any) -> Any:
    """The layers as they are shown, and kept in the state."""
    return map_outputs(layers, lambda output, _: _without_credentials(output))


def _without_credentials(output: Any) -> Any:
    storage = output.get("storage_config") if isinstance(output, Mapping) else None
    return {**output, "storage_config": without_credentials(storage)} if isinstance(storage, Mapping) else output
