"""Records a meeting."""

import pulumi
import pulumi_realtimekit as realtimekit

standup = realtimekit.TrackRecording(
    "standup",
    meeting_id=pulumi.Config().require("meetingId"),
    max_seconds=3600,
    when_idle="defer",  # the first `pulumi up` that finds the meeting live starts the recording
)

pulumi.export("recording", standup.id)
pulumi.export("status", standup.status)
