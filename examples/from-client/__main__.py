"""How it is: the same recording, declared. What `before.py` started is taken over by its id."""

import pulumi
import pulumi_realtimekit as realtimekit

config = pulumi.Config()

weekly = realtimekit.TrackRecording(
    "weekly",
    meeting_id=config.require("meetingId"),
    layers={"default": {"file_name_prefix": "weekly", "outputs": ["realtimekit"]}},
    max_seconds=3600,
    recording_id=config.get("recordingId"),  # once; removed again, it changes nothing
)

pulumi.export("recording", weekly.id)
pulumi.export("status", weekly.status)
pulumi.export("adopted", weekly.adopted)
