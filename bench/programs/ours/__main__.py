"""As many track recordings as the config says, with this project's provider."""

import pulumi
import pulumi_realtimekit as realtimekit

config = pulumi.Config("bench")
for number in range(config.require_int("recordings")):
    realtimekit.TrackRecording(
        f"recording-{number:04}", meeting_id=f"00000000-0000-4000-8000-{number:012}", start_seconds=0
    )
