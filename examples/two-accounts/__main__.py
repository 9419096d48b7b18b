"""Records a meeting in the account of the stack's config, and another one in a second account."""

import pulumi
import pulumi_realtimekit as realtimekit

config = pulumi.Config()

here = realtimekit.TrackRecording("standup", meeting_id=config.require("meetingId"))

europe = realtimekit.Provider(
    "europe",
    account_id=config.require("europeAccountId"),
    app_id=config.require("europeAppId"),
    api_token=config.require_secret("europeApiToken"),
)
there = realtimekit.TrackRecording(
    "europe-standup",
    meeting_id=config.require("europeMeetingId"),
    opts=pulumi.ResourceOptions(provider=europe),
)

for recording, name in (here, "standup"), (there, "europe-standup"):
    pulumi.export(name, {"account": recording.account_id, "status": recording.status})
