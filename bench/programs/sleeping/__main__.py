"""The same recordings with a provider that only sleeps as long as the API would."""

import pulumi
from sleeping_track_recordings import TrackRecording  # type: ignore[import-not-found]

config = pulumi.Config("bench")
for number in range(config.require_int("recordings")):
    TrackRecording(f"recording-{number:04}", meeting_id=f"00000000-0000-4000-8000-{number:012}", start_seconds=0)
