"""Calls that are sent again say so in words of their own; what others in the process log stays as it is."""

import subprocess
import sys

PROCESS = """
import stamina
from pulumi_realtimekit.api.client import App, RecordingsApi
from pulumi_realtimekit.errors import Unreachable

api = RecordingsApi(base_url="http://127.0.0.1:1/client/v4", token="t", timeout=0.1)
try:
    api.recording(App("account", "app"), "r")
except Unreachable:
    print("failed after its retries")

@stamina.retry(on=ValueError, attempts=2, wait_initial=0, wait_jitter=0)
def call_of_another_provider():
    raise ValueError

try:
    call_of_another_provider()
except ValueError:
    print("failed after its retry")
"""


def test_retries_of_others_are_logged_and_ours_are_not() -> None:
    process = subprocess.run([sys.executable, "-c", PROCESS], capture_output=True, text=True, check=True)
    assert process.stdout.splitlines() == ["failed after its retries", "failed after its retry"]
    assert process.stderr.splitlines() == ["stamina.retry_scheduled"]
