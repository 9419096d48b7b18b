"""Layers and their outputs, as they are declared and as the API takes them.

A layer maps tracks of a meeting to output destinations. The reference of the API uses the names `default` (audio) and
`default-video` (video).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, Field, Tag

from pulumi_realtimekit._storages import Declared, Storage, Text

SERVICE_BUCKET: Final = "realtimekit"
"""The output name that means the service's own bucket."""

DEFAULT_LAYER: Final = "default"


class ServiceBucketOutput(Declared):
    """The service's own bucket; files stay there for 7 days."""

    type: Literal["REALTIMEKIT_BUCKET"]
    storage_config: None = None


class StorageOutput(Declared):
    """A storage of yours, given in place."""

    type: Literal["STORAGE_CONFIG"]
    storage_config: Storage


class OtherOutput(Declared):
    """What the service's own messages name beside the two documented types; sent as it is."""

    type: Literal["DYTE_BUCKET", "RTMP_OUT", "WEBSOCKET"]


OutputObject = Annotated[ServiceBucketOutput | StorageOutput | OtherOutput, Field(discriminator="type")]


def _form(output: Any) -> str | None:
    if isinstance(output, str):
        return "name"
    return "object" if isinstance(output, Mapping) else None


Output = Annotated[
    Annotated[Text, Tag("name")] | Annotated[OutputObject, Tag("object")],
    Discriminator(_form),
    Field(description="`realtimekit` (the service's own bucket), the name of a storage, or the API's object"),
]


class Layer(Declared):
    """One layer of a recording: which tracks, under which names, to which outputs."""

    file_name_prefix: str | None = Field(None, description="begins the names of the layer's files")
    outputs: list[Output] | None = Field(None, description="the service's own bucket where none is declared")
    media_kind: Literal["audio"] | None = Field(None, description="not accepted by every server")


Layers = dict[Text, Layer]
