"""Starts the track recordings that the stack's config declares."""

import pulumi
import pulumi_realtimekit as realtimekit

for name, arguments in realtimekit.load_config().recordings.items():
    recording = realtimekit.TrackRecording(name, **arguments)
    pulumi.export(name, {"id": recording.id, "meeting_id": recording.meeting_id, "status": recording.status})
