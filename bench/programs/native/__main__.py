"""The same recordings with the native plugin, declared in Python so that the language is the same."""

import pulumi

OUTPUTS = ("accountId", "adopted", "appId", "layers", "status")


class TrackRecording(pulumi.CustomResource):
    def __init__(self, name, **inputs):  # type: ignore[no-untyped-def]
        super().__init__("realtimekit:index:TrackRecording", name, {**dict.fromkeys(OUTPUTS), **inputs})


for number in range(pulumi.Config("bench").require_int("recordings")):
    TrackRecording(  # type: ignore[no-untyped-call]
        f"recording-{number:04}", meetingId=f"00000000-0000-4000-8000-{number:012}", startSeconds=0
    )
