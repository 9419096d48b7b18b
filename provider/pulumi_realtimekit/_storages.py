"""The storages that a layer's files can go to, one model for each type.

The fields are the API's own (`storage_config` of the start request); which of them a type requires and which it may
have is the table "storage type" of the configuration reference.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

CREDENTIALS: Final = frozenset({"access_key", "secret", "password", "private_key"})
"""The fields that are secrets everywhere, whether the user marked them or not."""


def whole(value: Any) -> Any:
    """The whole number that a float stands for: the engine hands every number over as a float (`22.0`)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, Field(min_length=1)]
Credential = Annotated[str, Field(min_length=1, json_schema_extra={"writeOnly": True})]
Whole = Annotated[int, BeforeValidator(whole)]


class Declared(BaseModel):
    """What users declare: unknown fields are mistakes, nothing is converted, and no message quotes a value."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class AmazonS3(Declared):
    """An Amazon S3 bucket."""

    type: Literal["aws"]
    bucket: Text
    region: Text
    access_key: Credential
    secret: Credential
    path: str | None = Field(None, description="relative to the bucket's root")


class DigitalOceanSpaces(Declared):
    """A DigitalOcean Space."""

    type: Literal["digitalocean"]
    bucket: Text
    region: Text
    access_key: Credential
    secret: Credential
    path: str | None = Field(None, description="relative to the bucket's root")


class CloudflareR2(Declared):
    """A Cloudflare R2 bucket."""

    type: Literal["cloudflare"]
    bucket: Text
    access_key: Credential
    secret: Credential
    region: str | None = None
    path: str | None = Field(None, description="relative to the bucket's root")


class AzureBlobStorage(Declared):
    """An Azure Blob Storage container."""

    type: Literal["azure"]
    bucket: Text = Field(description="the container's name")
    access_key: Credential = Field(description="the connection string")
    region: str | None = Field(None, description="may be an empty string")
    secret: str | None = Field(None, description="may be an empty string", json_schema_extra={"writeOnly": True})
    path: str | None = Field(None, description="relative to the container's root")


class GoogleCloudStorage(Declared):
    """A Google Cloud Storage bucket."""

    type: Literal["gcs"]
    bucket: Text
    secret: Credential = Field(description="the service account's credentials, a JSON document")
    region: str | None = None
    path: str | None = Field(None, description="relative to the bucket's root")


class _Sftp(Declared):
    type: Literal["sftp"]
    host: Text
    username: Text
    port: Whole | None = Field(None, ge=1, le=65535, description="22 where absent")
    path: str | None = Field(None, description="relative to the login's folder")


class SftpWithKey(_Sftp):
    """An SFTP server, logged in to with a private key."""

    auth_method: Literal["KEY"]
    private_key: Credential
    password: str | None = Field(
        None, description="the passphrase of the private key", json_schema_extra={"writeOnly": True}
    )


class SftpWithPassword(_Sftp):
    """An SFTP server, logged in to with a password."""

    auth_method: Literal["PASSWORD"]
    password: Credential


Sftp = Annotated[SftpWithKey | SftpWithPassword, Field(discriminator="auth_method")]
Storage = Annotated[
    AmazonS3 | AzureBlobStorage | CloudflareR2 | DigitalOceanSpaces | GoogleCloudStorage | Sftp,
    Field(discriminator="type"),
]

STORAGE_MODELS: Final[tuple[type[Declared], ...]] = (
    AmazonS3,
    AzureBlobStorage,
    CloudflareR2,
    DigitalOceanSpaces,
    GoogleCloudStorage,
    SftpWithKey,
    SftpWithPassword,
)
STORAGE_TYPES: Final = tuple(sorted({get_args(m.model_fields["type"].annotation)[0] for m in STORAGE_MODELS}))
STORAGE_FIELDS: Final = frozenset(name for model in STORAGE_MODELS for name in model.model_fields)


def without_credentials(storage: Mapping[str, Any]) -> dict[str, Any]:
    """The storage as it may be shown and kept in the clear."""
    return {name: value for name, value in storage.items() if name not in CREDENTIALS}
