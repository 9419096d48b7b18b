"""The runs that the pictures show: the tutorial, and a start whose answer is lost. Both on the real CLI."""

import json
import re
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from docs.pictures import lost_answer, terminal
from sandbox.api.testing import SandboxApi
from tests.examples.copies import Example

HOW = ("--color", "always", "--suppress-permalink=true")
"""What a terminal would decide by itself."""
GOES_ON = re.compile(r"(?:\x1b\[[\d;]*m)*@ ")
"""The lines that only show that a command goes on: a terminal shows them in one place."""


def run() -> None:
    """Writes the data of the pictures anew, the bench's apart: see `make bench`."""
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        with SandboxApi(start_seconds=1, upload_seconds=0) as api:
            _tutorial(Path(folder) / "tutorial", api)
        with SandboxApi(start_seconds=1) as api:
            data = _lost_answer(Path(folder) / "lost", api)
    lost_answer.DATA.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def _tutorial(folder: Path, api: SandboxApi) -> None:
    example = Example(folder, "one-recording", api)
    program = example.folder / "__main__.py"
    _session(example, "1-preview", ["preview"])
    _session(example, "2-up", ["up", "--yes", "--skip-preview"])
    program.write_text(program.read_text().replace("max_seconds=3600,", 'max_seconds=3600, desired_status="PAUSED",'))
    api.advance(60)  # as long as a reader takes: a recording of a moment ends without files
    _session(example, "3-pause", ["up", "--yes", "--skip-preview"])
    api.advance(7200)
    _session(example, "4-refresh", ["refresh", "--yes", "--skip-preview", "--run-program"])
    _session(example, "5-destroy", ["destroy", "--yes", "--skip-preview"])


def _session(example: Example, name: str, words: Sequence[str]) -> None:
    shown = example.run(*words, "--stack", "sandbox", *HOW).out
    lines = [line for line in shown.splitlines() if not GOES_ON.match(line)]
    text = "\n".join([f"$ pulumi {' '.join(words)}", *lines]).rstrip()
    (terminal.SESSIONS / f"tutorial-{name}.txt").write_text(f"{text}\n")


def _lost_answer(folder: Path, api: SandboxApi) -> dict[str, Any]:
    """The requests of an `up` whose start the service acts on without an answer."""
    example = Example(folder, "one-recording", api)
    api.fault("drop_after", method="POST", path="/recordings/track")
    outputs = example.up()
    requests = api.requests()
    begun = api.recordings()
    return {
        "requests": [_described(request, _moment(requests[0])) for request in requests],
        "starts": sum(request["method"] == "POST" for request in requests),
        "begun": len(begun),
        "in_state": sum(recording["id"] == outputs["recording"] for recording in begun),
    }


def _described(request: dict[str, Any], first: datetime) -> dict[str, Any]:
    call = request["path"].partition("/recordings")[2]
    seconds = round((_moment(request) - first).total_seconds(), 2)
    look = "look again" if seconds else "look"
    what = "start" if request["method"] == "POST" else "poll" if call else look
    return {
        "seconds": seconds,
        "call": f"{request['method']} /recordings{'/…' if what == 'poll' else call}",
        "why": what,
        "answer": str(request["status"]),
        "fault": request["fault"],
    }


def _moment(request: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(request["at"].replace("Z", "+00:00"))
