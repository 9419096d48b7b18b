"""How it was: a script that starts a track recording with the official client, and prints its id."""

import os
import sys

import cloudflare

client = cloudflare.Cloudflare()  # CLOUDFLARE_API_TOKEN, CLOUDFLARE_BASE_URL

answer = client.realtime_kit.recordings.start_track_recording(
    os.environ["REALTIMEKIT_APP_ID"],
    account_id=os.environ["CLOUDFLARE_ACCOUNT_ID"],
    meeting_id=sys.argv[1],
    layers={"default": {"file_name_prefix": "weekly"}},
    extra_body={
        "layers": {"default": {"file_name_prefix": "weekly", "outputs": [{"type": "REALTIMEKIT_BUCKET"}]}},
        "max_seconds": 3600,
    },
)
# The service answers with the recording itself or with an object around it, whatever the client's types say.
data = answer.model_dump()["data"]
print((data.get("recording") or data)["id"])
