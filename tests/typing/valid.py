"""Programs that users write: every line passes a strict type checker."""

from collections.abc import Sequence

import pulumi
import pulumi_realtimekit as realtimekit
from typing_extensions import assert_type

bucket: pulumi.Output[str] = pulumi.Output.from_input("meetings")
key: pulumi.Output[str] = pulumi.Output.secret("key")

for name, arguments in realtimekit.load_config().recordings.items():
    realtimekit.TrackRecording(name, **arguments)

plain = realtimekit.TrackRecording("plain", meeting_id="97440c6a-140b-40a9-9499-b23fd7a3868a")
assert_type(plain.status, pulumi.Output[str])
assert_type(plain.max_seconds, pulumi.Output[float | None])
assert_type(plain.download_urls, pulumi.Output[Sequence[realtimekit.DownloadUrl] | None])

realtimekit.TrackRecording(
    "whole",
    pulumi.ResourceOptions(depends_on=[plain]),
    meeting_id=bucket,
    layers={
        "default": {
            "file_name_prefix": bucket,
            "outputs": [
                "realtimekit",
                bucket,
                {"type": "REALTIMEKIT_BUCKET"},
                {
                    "type": "STORAGE_CONFIG",
                    "storage_config": {
                        "type": "aws",
                        "bucket": bucket,
                        "region": "eu-central-1",
                        "access_key": key,
                        "secret": key,
                    },
                },
            ],
        },
        "default-video": {"media_kind": "audio"},
    },
    max_seconds=60,
    user_ids=["anna", bucket],
    account_id=None,
    desired_status="PAUSED",
    when_idle="wait",
    wait_seconds=1.5,
    when_active="fail",
    when_ended="restart",
    start_seconds=0,
    keep_download_urls=True,
    recording_id=bucket,
)

storage: realtimekit.StorageArgs = {
    "type": "sftp",
    "host": "files.example.com",
    "port": 2222,
    "username": "recorder",
    "auth_method": "KEY",
    "private_key": key,
}
output: realtimekit.OutputArgs = {"type": "STORAGE_CONFIG", "storage_config": storage}
layer: realtimekit.LayerArgs = {"outputs": [output]}
more: realtimekit.TrackRecordingArgs = {"meeting_id": "m", "layers": {"default": layer}}
realtimekit.TrackRecording("more", **more)
realtimekit.TrackRecording("later", meeting_id="m", layers=pulumi.Output.from_input({"default": layer}))

eu = realtimekit.Provider("eu", account_id="a", api_token=key, storages={"archive": storage}, layers={"default": layer})
realtimekit.TrackRecording("board", pulumi.ResourceOptions(provider=eu), meeting_id="m")
found = realtimekit.TrackRecording.get("found", "recording-id")
pulumi.export("found", found.output_file_name)
