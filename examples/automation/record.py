"""Starts and stops the recording of a meeting from a program of yours, with no project folder: the Automation API.

    python record.py start MEETING_ID
    python record.py stop MEETING_ID

Each meeting is a stack of its own. The account and the token come from the environment: CLOUDFLARE_API_TOKEN,
CLOUDFLARE_ACCOUNT_ID and REALTIMEKIT_APP_ID; the engine is the Pulumi CLI on PATH.
"""

import shutil
import sys

import pulumi
import pulumi_realtimekit as realtimekit
from pulumi import automation

PROJECT = "recordings-on-demand"


def stack_of(meeting_id: str) -> automation.Stack:
    """The stack that records a meeting, whether it exists already or not."""

    def declare() -> None:
        recording = realtimekit.TrackRecording("meeting", meeting_id=meeting_id, max_seconds=3600)
        pulumi.export("recording", recording.id)
        pulumi.export("status", recording.status)

    return automation.create_or_select_stack(
        stack_name=f"meeting-{meeting_id}",
        project_name=PROJECT,
        program=declare,
        opts=automation.LocalWorkspaceOptions(
            # The provider runs in a process that the engine starts. A program without a project folder has no
            # `virtualenv` to tell it where the package is installed: here, whatever `python3` on PATH may be.
            env_vars={"PULUMI_PYTHON_CMD": sys.executable},
        ),
    )


def start(meeting_id: str) -> str:
    """Starts the recording, or finds it started; returns its id."""
    outputs = stack_of(meeting_id).up(on_output=print).outputs
    return str(outputs["recording"].value)


def stop(meeting_id: str) -> None:
    """Stops the recording and forgets the stack."""
    stack = stack_of(meeting_id)
    stack.destroy(on_output=print)
    stack.workspace.remove_stack(stack.name)


def main(words: list[str]) -> int:
    if shutil.which("pulumi") is None:
        print("there is no Pulumi CLI on PATH, which the Automation API runs: install it", file=sys.stderr)
        return 2
    match words:
        case ["start", meeting_id]:
            print("recording", start(meeting_id))
        case ["stop", meeting_id]:
            stop(meeting_id)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
