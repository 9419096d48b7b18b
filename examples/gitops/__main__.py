"""Starts the track recordings that the stack's config declares, and exports how they are doing."""

import pulumi
import pulumi_realtimekit as realtimekit

recordings = {
    name: realtimekit.TrackRecording(name, **arguments)
    for name, arguments in realtimekit.load_config().recordings.items()
}

pulumi.export("statuses", {name: recording.status for name, recording in recordings.items()})
