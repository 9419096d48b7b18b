"""The storages that a layer's files can go to, one declaration for each type.

The fields are the API's own (`storage_config` of the start request); which of them a type requires and which it may
have is the table "storage type" of the configuration reference.
"""

import collections.abc
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Field, with_config
from typing_extensions import NotRequired, TypedDict

from pulumi_realtimekit.api import redaction
from pulumi_realtimekit.declarations.fields import CONFIG, Credential, Input, OptionalCredential, Text, Whole, fields

CREDENTIALS: Final = redaction.CREDENTIALS
"""The fields that are secrets everywhere, whether the user marked them or not."""

Port = Annotated[Whole, Field(ge=1, le=65535)]


@with_config(CONFIG)
class AmazonS3Args(TypedDict):
    """An Amazon S3 bucket."""

    type: Literal["aws"]
    bucket: Input[Text]
    """the bucket's name"""
    region: Input[Text]
    """the bucket's region, such as `eu-central-1`"""
    access_key: Input[Credential]
    """id of an access key that may write to the bucket"""
    secret: Input[Credential]
    """the access key's secret"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the bucket's root"""


@with_config(CONFIG)
class AzureBlobStorageArgs(TypedDict):
    """An Azure Blob Storage container."""

    type: Literal["azure"]
    bucket: Input[Text]
    """the container's name"""
    access_key: Input[Credential]
    """the storage account's connection string"""
    region: NotRequired[Input[str] | None]
    """may be an empty string"""
    secret: NotRequired[Input[OptionalCredential] | None]
    """may be an empty string"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the container's root"""


@with_config(CONFIG)
class CloudflareR2Args(TypedDict):
    """A Cloudflare R2 bucket."""

    type: Literal["cloudflare"]
    bucket: Input[Text]
    """the bucket's name"""
    access_key: Input[Credential]
    """access key id of an R2 API token that may write to the bucket"""
    secret: Input[Credential]
    """the R2 API token's secret access key"""
    account_id: NotRequired[Input[Text] | None]
    """the Cloudflare account that the bucket is in"""
    region: NotRequired[Input[str] | None]
    """the bucket's region"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the bucket's root"""


@with_config(CONFIG)
class DigitalOceanSpacesArgs(TypedDict):
    """A DigitalOcean Space."""

    type: Literal["digitalocean"]
    bucket: Input[Text]
    """the Space's name"""
    region: Input[Text]
    """the Space's region, such as `fra1`"""
    access_key: Input[Credential]
    """id of a Spaces access key"""
    secret: Input[Credential]
    """the access key's secret"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the Space's root"""


@with_config(CONFIG)
class GoogleCloudStorageArgs(TypedDict):
    """A Google Cloud Storage bucket."""

    type: Literal["gcs"]
    bucket: Input[Text]
    """the bucket's name"""
    secret: Input[Credential]
    """the service account's credentials, a JSON document"""
    region: NotRequired[Input[str] | None]
    """the bucket's region"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the bucket's root"""


@with_config(CONFIG)
class SftpWithKeyArgs(TypedDict):
    """An SFTP server, logged in to with a private key."""

    type: Literal["sftp"]
    auth_method: Literal["KEY"]
    host: Input[Text]
    """the server's name or address"""
    username: Input[Text]
    """whom to log in as"""
    private_key: Input[Credential]
    """the private key"""
    password: NotRequired[Input[OptionalCredential] | None]
    """the private key's passphrase, where it has one"""
    port: NotRequired[Input[Port] | None]
    """default: 22"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the login's folder"""


@with_config(CONFIG)
class SftpWithPasswordArgs(TypedDict):
    """An SFTP server, logged in to with a password."""

    type: Literal["sftp"]
    auth_method: Literal["PASSWORD"]
    host: Input[Text]
    """the server's name or address"""
    username: Input[Text]
    """whom to log in as"""
    password: Input[Credential]
    """the login's password"""
    port: NotRequired[Input[Port] | None]
    """default: 22"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the login's folder"""


SftpArgs = Annotated[SftpWithKeyArgs | SftpWithPasswordArgs, Field(discriminator="auth_method")]

StorageArgs = Annotated[
    AmazonS3Args | AzureBlobStorageArgs | CloudflareR2Args | DigitalOceanSpacesArgs | GoogleCloudStorageArgs | SftpArgs,
    Field(discriminator="type"),
]
"""A storage, with the API's own fields; which ones depends on its `type`."""

STORAGES: Final[tuple[Any, ...]] = (
    AmazonS3Args,
    AzureBlobStorageArgs,
    CloudflareR2Args,
    DigitalOceanSpacesArgs,
    GoogleCloudStorageArgs,
    SftpWithKeyArgs,
    SftpWithPasswordArgs,
)
STORAGE_TYPES: Final = tuple(sorted({get_args(storage.__annotations__["type"])[0] for storage in STORAGES}))
STORAGE_FIELDS: Final = frozenset(name for storage in STORAGES for name in fields(storage))


def without_credentials(storage: collections.abc.Mapping[str, Any]) -> dict[str, Any]:
    """The storage as it is shown, and kept in the state."""
    return {name: value for name, value in storage.items() if name not in CREDENTIALS}
