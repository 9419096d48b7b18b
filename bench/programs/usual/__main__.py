# The same recordings as a program usually does it: a provider pickled by value, its token and storage inputs of each
# resource, a connection of its own for each call. It looks for nothing before it starts. What is not needed is left
# out, comments in place of docstrings too: all of the class goes into the state.

import json
import sys

import httpx
import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider


class UsualProvider(ResourceProvider):
    def create(self, props):  # type: ignore[no-untyped-def]
        answer = httpx.post(
            f"{props['url']}/track",
            headers={"Authorization": f"Bearer {props['api_token']}"},
            json={
                "meeting_id": props["meeting_id"],
                "layers": {
                    "default": {
                        "file_name_prefix": "audio",
                        "outputs": [{"type": "STORAGE_CONFIG", "storage_config": props["storage"]}],
                    },
                    "default-video": {"file_name_prefix": "video", "outputs": [{"type": "REALTIMEKIT_BUCKET"}]},
                },
            },
        )
        answer.raise_for_status()
        recording = answer.json()["data"]
        return CreateResult(recording["id"], {**props, "status": recording["status"]})

    def read(self, id_, props):  # type: ignore[no-untyped-def]
        answer = httpx.get(f"{props['url']}/{id_}", headers={"Authorization": f"Bearer {props['api_token']}"})
        answer.raise_for_status()
        return ReadResult(id_, {**props, "status": answer.json()["data"]["status"]})

    def delete(self, id_, props):  # type: ignore[no-untyped-def]
        answer = httpx.put(
            f"{props['url']}/{id_}",
            headers={"Authorization": f"Bearer {props['api_token']}"},
            json={"action": "stop"},
        )
        answer.raise_for_status()


class TrackRecording(Resource, module="usual", name="TrackRecording"):
    def __init__(self, name, **inputs):  # type: ignore[no-untyped-def]
        super().__init__(UsualProvider(), name, {**inputs, "status": None})


# The SDK (3.272) sorts what it pickles through a function that it puts around the one before, for each resource anew:
# at the usual limit a program ends with a RecursionError after some 300.
sys.setrecursionlimit(100_000)

config, realtimekit = pulumi.Config("bench"), pulumi.Config("realtimekit")
base, account, app = (realtimekit.require(key) for key in ("baseUrl", "accountId", "appId"))
storage = realtimekit.require_secret("storages").apply(lambda text: json.loads(text)["archive"])
for number in range(config.require_int("recordings")):
    TrackRecording(  # type: ignore[no-untyped-call]
        f"recording-{number:04}",
        meeting_id=f"00000000-0000-4000-8000-{number:012}",
        url=f"{base}/accounts/{account}/realtime/kit/{app}/recordings",
        api_token=realtimekit.require_secret("apiToken"),
        storage=storage,
    )
