"""RealtimeKit track recordings as Pulumi resources: `import pulumi_realtimekit as realtimekit`."""

from pulumi_realtimekit.declarations.layers import LayerArgs, OutputArgs
from pulumi_realtimekit.declarations.recording import DownloadUrl, TrackRecordingArgs
from pulumi_realtimekit.declarations.settings import ProviderArgs
from pulumi_realtimekit.declarations.storages import (
    AmazonS3Args,
    AzureBlobStorageArgs,
    CloudflareR2Args,
    DigitalOceanSpacesArgs,
    GoogleCloudStorageArgs,
    SftpWithKeyArgs,
    SftpWithPasswordArgs,
    StorageArgs,
)
from pulumi_realtimekit.provider import Provider
from pulumi_realtimekit.resource import TrackRecording
from pulumi_realtimekit.stack.config import StackConfig, load_config

__all__ = [
    "AmazonS3Args",
    "AzureBlobStorageArgs",
    "CloudflareR2Args",
    "DigitalOceanSpacesArgs",
    "DownloadUrl",
    "GoogleCloudStorageArgs",
    "LayerArgs",
    "OutputArgs",
    "Provider",
    "ProviderArgs",
    "SftpWithKeyArgs",
    "SftpWithPasswordArgs",
    "StackConfig",
    "StorageArgs",
    "TrackRecording",
    "TrackRecordingArgs",
    "load_config",
]
