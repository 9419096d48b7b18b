"""Starts and stops the recording of a meeting from a program of yours, with no project folder: the Automation API.

    python record.py start MEETING_ID
    python record.py stop MEETING_ID

Each meeting is a stack of its own. `start` asks first for the status of its recording: one that ended is followed by
another where the meeting is live again. It ends with exit code 1 unless the meeting is being recorded then.

The account and the token come from the environment: CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID and REALTIMEKIT_APP_ID;
the engine is the Pulumi CLI on PATH.
"""

import shutil
import sys

import pulumi
import pulumi_realtimekit as realtimekit
from pulumi import automation

PROJECT = "recordings-on-demand"
STARTED = {"INVOKED", "RECORDING"}
"""The statuses of a recording that was started and has not ended; it takes up to 30 s from one to the other."""


def stack_of(meeting_id: str) -> automation.Stack:
    """The stack that records a meeting, whether it exists already or not."""

    def declare() -> None:
        recording = realtimekit.TrackRecording("meeting", meeting_id=meeting_id, max_seconds=3600, when_ended="restart")
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


def progress(text: str) -> None:
    """Shows what the CLI says, as it comes; standard output has only the result."""
    print(text, file=sys.stderr)


def start(stack: automation.Stack, meeting_id: str) -> int:
    """Starts the recording, or finds it started, and prints its id and status; returns the exit code."""
    # Without a refresh the state would still tell what was true at the last start, and no recording that ended since
    # then would be followed by another.
    outputs = stack.up(on_output=progress, on_error=progress, refresh=True).outputs
    recording, status = outputs["recording"].value, outputs["status"].value
    print("recording", recording, status)
    if status in STARTED:
        return 0
    progress(
        f"meeting {meeting_id} is not being recorded: recording {recording} is {status}, and another one starts only "
        "while the meeting is live; begin the meeting, and start again"
    )
    return 1


def stop(stack: automation.Stack) -> int:
    """Stops the recording and forgets the stack; returns the exit code."""
    stack.destroy(on_output=progress, on_error=progress, remove=True)
    return 0


def main(words: list[str]) -> int:
    if len(words) != 2 or words[0] not in {"start", "stop"}:
        print(__doc__, file=sys.stderr)
        return 2
    if shutil.which("pulumi") is None:
        print("there is no Pulumi CLI on PATH, which the Automation API runs: install it", file=sys.stderr)
        return 2
    command, meeting_id = words
    try:
        stack = stack_of(meeting_id)
    except automation.CommandError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        return start(stack, meeting_id) if command == "start" else stop(stack)
    except automation.CommandError:
        return 1  # the CLI has said why


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
