"""Records one meeting: everybody's audio and video, to the service's own bucket."""

import pulumi
import pulumi_realtimekit as realtimekit

standup = realtimekit.TrackRecording(
    "standup",
    meeting_id=pulumi.Config().require("meetingId"),
    layers={
        "default": {"file_name_prefix": "standup-audio", "outputs": ["realtimekit"]},
        "default-video": {"file_name_prefix": "standup-video", "outputs": ["realtimekit"]},
    },
    max_seconds=3600,
)

pulumi.export("recording", standup.id)
pulumi.export("status", standup.status)
