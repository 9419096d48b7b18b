"""The storages that a layer's files can go to, one declaration for each type.

The fields are the API's own (`storage_config` of the start request); which of them a type requires and which it may
have is the table "storage type" of the configuration reference.
"""

import collections.abc
import json
from typing import Annotated, Any, Final, Literal, get_args

from annotated_types import Ge, Le
from typing_extensions import NotRequired, TypedDict

from pulumi_realtimekit.api import redaction
from pulumi_realtimekit.declarations.fields import Credential, Input, OptionalCredential, Text, Whole, fields
from pulumi_realtimekit.declarations.rules import ByField, Checked

CREDENTIALS: Final = redaction.CREDENTIALS
"""The fields that are secrets everywhere, whether the user marked them or not."""


def _bucket(value: str) -> str:
    is_access_point = value.startswith("arn:")  # which Amazon S3 takes as a bucket
    if any(character.isspace() for character in value) or ("/" in value and not is_access_point):
        raise ValueError("expected only the bucket's name, without an address, a path or spaces")
    return value


def _region(value: str) -> str:
    if any(character.isspace() for character in value):
        raise ValueError("expected the region's code, without spaces")
    return value


def _host(value: str) -> str:
    name, colon, port = value.rpartition(":")
    has_port = bool(colon) and ":" not in name and port.isdigit()
    if has_port or any(character.isspace() or character in "/@" for character in value):
        raise ValueError("expected only the host's name or address; the port and the user have fields of their own")
    return value


def _access_key(value: str) -> str:
    if any(character.isspace() for character in value):
        raise ValueError("must not contain spaces or line breaks")
    return value


def _private_key(value: str) -> str:
    if "-----BEGIN" in value and "-----END" not in value:
        raise ValueError("the beginning of a key without its end: a prompt keeps only the first line")
    return value


def _json_document(value: str) -> str:
    if value.lstrip().startswith("{"):
        try:
            json.loads(value)
        except ValueError:
            message = "the beginning of a JSON document without its end: a prompt keeps only the first line"
            raise ValueError(message) from None
    return value


Bucket = Annotated[Text, Checked(_bucket)]
Region = Annotated[Text, Checked(_region)]
OptionalRegion = Annotated[str, Checked(_region)]
Host = Annotated[Text, Checked(_host)]
Port = Annotated[Whole, Ge(1), Le(65535)]
AccessKey = Annotated[Credential, Checked(_access_key)]
PrivateKey = Annotated[Credential, Checked(_private_key)]
JsonDocument = Annotated[Credential, Checked(_json_document)]
"""What is certainly wrong is refused here; what is probably wrong, `checks.warnings` says."""


class AmazonS3Args(TypedDict):
    """An Amazon S3 bucket."""

    type: Literal["aws"]
    bucket: Input[Bucket]
    """the bucket's name"""
    region: Input[Region]
    """the bucket's region, such as `eu-central-1`"""
    access_key: Input[AccessKey]
    """id of an access key that may write to the bucket"""
    secret: Input[AccessKey]
    """the access key's secret"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the bucket's root"""


class AzureBlobStorageArgs(TypedDict):
    """An Azure Blob Storage container."""

    type: Literal["azure"]
    bucket: Input[Bucket]
    """the container's name"""
    access_key: Input[AccessKey]
    """the storage account's connection string"""
    region: NotRequired[Input[OptionalRegion] | None]
    """may be an empty string"""
    secret: NotRequired[Input[OptionalCredential] | None]
    """may be an empty string"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the container's root"""


class CloudflareR2Args(TypedDict):
    """A Cloudflare R2 bucket."""

    type: Literal["cloudflare"]
    bucket: Input[Bucket]
    """the bucket's name"""
    access_key: Input[AccessKey]
    """access key id of an R2 API token that may write to the bucket"""
    secret: Input[AccessKey]
    """the R2 API token's secret access key"""
    account_id: NotRequired[Input[Text] | None]
    """the Cloudflare account that the bucket is in"""
    region: NotRequired[Input[OptionalRegion] | None]
    """the bucket's region"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the bucket's root"""


class DigitalOceanSpacesArgs(TypedDict):
    """A DigitalOcean Space."""

    type: Literal["digitalocean"]
    bucket: Input[Bucket]
    """the Space's name"""
    region: Input[Region]
    """the Space's region, such as `fra1`"""
    access_key: Input[AccessKey]
    """id of a Spaces access key"""
    secret: Input[AccessKey]
    """the access key's secret"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the Space's root"""


class GoogleCloudStorageArgs(TypedDict):
    """A Google Cloud Storage bucket."""

    type: Literal["gcs"]
    bucket: Input[Bucket]
    """the bucket's name"""
    secret: Input[JsonDocument]
    """the service account's credentials, a JSON document"""
    region: NotRequired[Input[OptionalRegion] | None]
    """the bucket's region"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the bucket's root"""


class SftpWithKeyArgs(TypedDict):
    """An SFTP server, logged in to with a private key."""

    type: Literal["sftp"]
    auth_method: Literal["KEY"]
    host: Input[Host]
    """the server's name or address"""
    username: Input[Text]
    """whom to log in as"""
    private_key: Input[PrivateKey]
    """the private key"""
    password: NotRequired[Input[OptionalCredential] | None]
    """the private key's passphrase, where it has one"""
    port: NotRequired[Input[Port] | None]
    """default: 22"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the login's folder"""


class SftpWithPasswordArgs(TypedDict):
    """An SFTP server, logged in to with a password."""

    type: Literal["sftp"]
    auth_method: Literal["PASSWORD"]
    host: Input[Host]
    """the server's name or address"""
    username: Input[Text]
    """whom to log in as"""
    password: Input[Credential]
    """the login's password"""
    port: NotRequired[Input[Port] | None]
    """default: 22"""
    path: NotRequired[Input[str] | None]
    """where the files go, relative to the login's folder"""


SftpArgs = Annotated[SftpWithKeyArgs | SftpWithPasswordArgs, ByField("auth_method")]

StorageArgs = Annotated[
    AmazonS3Args | AzureBlobStorageArgs | CloudflareR2Args | DigitalOceanSpacesArgs | GoogleCloudStorageArgs | SftpArgs,
    ByField("type"),
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
