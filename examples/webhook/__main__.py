"""Records each meeting of the stack's config whenever it is live: the webhook service runs `up` when one starts."""

import pulumi
import pulumi_realtimekit as realtimekit

for name, arguments in realtimekit.load_config().recordings.items():
    recording = realtimekit.TrackRecording(name, **{"when_idle": "defer", "when_ended": "restart", **arguments})
    pulumi.export(name, recording.status)
