"""RealtimeKit track recordings as Pulumi resources: `import pulumi_realtimekit as realtimekit`."""

from pulumi_realtimekit._program import StackConfig, load_config
from pulumi_realtimekit._provider_resource import Provider
from pulumi_realtimekit._resource import DownloadUrl, LayerArgs, OutputArgs, StorageArgs, TrackRecording

__all__ = [
    "DownloadUrl",
    "LayerArgs",
    "OutputArgs",
    "Provider",
    "StackConfig",
    "StorageArgs",
    "TrackRecording",
    "load_config",
]
