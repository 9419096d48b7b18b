"""A customer's storage, as an output of a layer or of a composite recording names it."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field, model_validator
from typing_extensions import Self

from sandbox.api.validation import Body, empty, missing

REQUIRED: dict[str, tuple[str, ...]] = {
    "aws": ("access_key", "secret", "bucket", "region"),
    "azure": ("access_key", "bucket"),
    "digitalocean": ("access_key", "secret", "bucket", "region"),
    "cloudflare": ("access_key", "secret", "bucket"),
    "gcs": ("secret", "bucket"),
    "sftp": ("host", "username", "auth_method"),
}
"""What a type needs. The reference says it in words, field by field; azure's region may be empty, so also absent."""
REQUIRED_BY_METHOD = {"KEY": ("private_key",), "PASSWORD": ("password",)}
MAY_BE_EMPTY = {("azure", "region"), ("azure", "secret")}

StorageType = TypeVar("StorageType", bound=str)


class Storage(Body, Generic[StorageType]):
    type: StorageType
    access_key: str = ""
    secret: str = ""
    region: str = ""
    bucket: str = ""
    path: str = ""
    account_id: str = ""
    """Of R2: the storage guide asks for it, and it may be left out."""
    auth_method: Literal["KEY", "PASSWORD"] = "KEY"
    private_key: str = ""
    password: str = ""
    host: str = ""
    port: Annotated[float, Field(ge=1, le=65_535, multiple_of=1)] = 22
    username: str = ""

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> Self:
        required = REQUIRED[self.type]
        if self.type == "sftp":
            required += REQUIRED_BY_METHOD[self.auth_method]
        for field in required:
            if field not in self.model_fields_set:
                raise missing(field)
            if getattr(self, field) == "" and (self.type, field) not in MAY_BE_EMPTY:
                raise empty(field)
        return self


ReferenceStorage = Storage[Literal["aws", "azure", "digitalocean", "gcs", "sftp"]]
AnyStorage = Storage[Literal["aws", "azure", "digitalocean", "gcs", "sftp", "cloudflare"]]
"""With R2, which the guide for composite recordings names."""
