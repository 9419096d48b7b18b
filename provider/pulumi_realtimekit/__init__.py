"""RealtimeKit track recordings as Pulumi resources: `import pulumi_realtimekit as realtimekit`."""

from pulumi_realtimekit._arguments import TrackRecordingArgs
from pulumi_realtimekit._config import ProviderArgs
from pulumi_realtimekit._layers import LayerArgs, OutputArgs
from pulumi_realtimekit._program import StackConfig, load_config
from pulumi_realtimekit._provider_resource import Provider
from pulumi_realtimekit._resource import DownloadUrl, TrackRecording
from pulumi_realtimekit._storages import (
    AmazonS3Args,
    AzureBlobStorageArgs,
    CloudflareR2Args,
    DigitalOceanSpacesArgs,
    GoogleCloudStorageArgs,
    SftpWithKeyArgs,
    SftpWithPasswordArgs,
    StorageArgs,
)

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
