"""What the SDK waits for at the end of a program: as little of a recording as can be, since it is looked at often."""

import json
import subprocess
import sys

PROGRAM = """
import asyncio, json, pulumi, pulumi_realtimekit as realtimekit
from pulumi.runtime import mocks, settings

class Service(mocks.Mocks):
    def new_resource(self, args):
        return f"{args.name}-id", {**args.inputs, "status": "RECORDING"}

    def call(self, args):
        return {}

def program():
    recording = realtimekit.TrackRecording("standup", meeting_id="m", max_seconds=60)
    awaited = settings.SETTINGS.outputs
    seen["awaited"] = sorted(name for name, value in vars(recording).items() if getattr(value, "_data", 0) in awaited)
    seen["misspelt"] = hasattr(recording, "max_second")
    names = ("id", "status", "max_seconds", "session_id", "desired_status")
    pulumi.Output.all(**{name: getattr(recording, name) for name in names}).apply(seen.update)

seen = {}
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
mocks.set_mocks(Service(), preview=False)
loop.run_until_complete(pulumi.runtime.stack.run_pulumi_func(program))
print(json.dumps(seen))
"""


def test_outputs_come_with_their_registration() -> None:
    """All but `id` and `urn`; what was not declared is None."""
    run = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    assert json.loads(run.stdout) == {
        "awaited": ["id", "urn"],
        "misspelt": False,
        "id": "standup-id",
        "status": "RECORDING",
        "max_seconds": 60,
        "session_id": None,
        "desired_status": None,
    }
