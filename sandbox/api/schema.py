"""What the calls take, as models: a start in each dialect, and what is the same in all three.

The order of the fields is the order in which the service complains.
"""

from __future__ import annotations

import re
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from typing_extensions import Self

from sandbox.api.recording import Status
from sandbox.api.storage import AnyStorage, ReferenceStorage
from sandbox.api.validation import Body, Query, missing, not_allowed

Text = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(gt=0)]
PREFIX = re.compile(r"^[-\w\s]+$", re.ASCII)

OutputType = TypeVar("OutputType", bound=str)
StorageModel = TypeVar("StorageModel", bound=BaseModel)


class Output(Body, Generic[OutputType, StorageModel]):
    """A storage goes only with `STORAGE_CONFIG`, and has to be there then; elsewhere it may be null."""

    type: OutputType
    storage_config: StorageModel | None = None

    @model_validator(mode="after")
    def _has_a_storage_where_its_type_says_so(self) -> Self:
        if self.type == "STORAGE_CONFIG" and self.storage_config is None:
            raise missing("storage_config")
        if self.type != "STORAGE_CONFIG" and self.storage_config is not None:
            raise not_allowed("storage_config")
        return self


LiveOutput = Output[Literal["REALTIMEKIT_BUCKET", "DYTE_BUCKET", "STORAGE_CONFIG", "RTMP_OUT", "WEBSOCKET"], AnyStorage]


class ReferenceOutput(Output[Literal["REALTIMEKIT_BUCKET", "STORAGE_CONFIG"], ReferenceStorage]):
    """The reference does not require the type: without it, it is the service's own bucket."""

    type: Literal["REALTIMEKIT_BUCKET", "STORAGE_CONFIG"] = "REALTIMEKIT_BUCKET"


class LiveLayer(Body):
    file_name_prefix: Text = "default"
    outputs: Annotated[list[LiveOutput], Field(min_length=1)]


class DocumentedLayer(Body):
    """`outputs` is documented no more; it is checked as before, and taken."""

    file_name_prefix: Annotated[str, Field(pattern=PREFIX)] = "default"
    media_kind: Literal["audio"] = "audio"
    outputs: list[LiveOutput] = Field(default_factory=list)


class ReferenceLayer(Body):
    file_name_prefix: Text = "default"
    outputs: list[ReferenceOutput] = Field(default_factory=list)


class LiveStart(Body):
    meeting_id: Text
    layers: Annotated[dict[Text, LiveLayer], Field(min_length=1)]
    max_seconds: Seconds = 86_400


class DocumentedStart(Body):
    """`max_seconds` is documented no more; it is taken."""

    meeting_id: Text
    layers: dict[Text, DocumentedLayer] = Field(default_factory=dict)
    user_ids: list[Text] = Field(default_factory=list, max_length=100)
    max_seconds: Seconds = 86_400


class ReferenceStart(Body):
    meeting_id: Text
    layers: dict[Text, ReferenceLayer]
    max_seconds: Seconds = 86_400


class CompositeStart(Body):
    """Of a composite recording only what others of the meeting could notice is looked into."""

    model_config = ConfigDict(extra="ignore")

    meeting_id: Text
    allow_multiple_recordings: bool = False
    file_name_prefix: str = ""
    max_seconds: Annotated[float, Field(ge=60, le=86_400)] = 86_400
    storage_config: AnyStorage | None = None


class Action(Body):
    action: Literal["stop", "pause", "resume"]


def _several(value: object) -> object:
    """A list in a query comes as `a=1&a=2`, as `a[]=1` or as `a=1,2`."""
    parts = value if isinstance(value, list) else [value]
    return [item for part in parts for item in str(part).split(",")]


class Page(Query):
    page_no: Annotated[float, Field(ge=1)] = 1
    per_page: Annotated[float, Field(ge=1)] = 10
    sort_order: Literal["ASC", "DESC"] = "DESC"


class RecordingsQuery(Page):
    meeting_id: str | None = None
    status: Annotated[list[Status], BeforeValidator(_several)] | None = None
    sort_by: Literal["invokedTime"] = "invokedTime"


class SessionsQuery(Page):
    """`meeting_id` is what the field reports use, `associated_id` what the official clients send."""

    meeting_id: str | None = None
    associated_id: str | None = None
    status: Literal["LIVE", "ENDED"] | None = None
    sort_by: Literal["createdAt"] = "createdAt"
