"""A program in the place of `pulumi`: it writes down each call, and takes as long and fails as often as it is told."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.kit.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

_PROGRAM = """#!{python} -IS
import json, os, pathlib, signal, sys, time

folder = pathlib.Path({folder!r})


def write(what, **more):
    line = json.dumps({{"what": what, "pid": os.getpid(), "time": time.monotonic(), **more}}) + "\\n"
    file = os.open(folder / "calls.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, line.encode())
    os.close(file)


def is_open(descriptor):
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def interrupted(number, frame):
    write("interrupt")
    if not (folder / "deaf").exists():
        write("end", code=1)
        os._exit(1)


signal.signal(signal.SIGINT, interrupted)
descriptors = [fd for fd in range(3, 256) if is_open(fd)]
write("begin", arguments=sys.argv[1:], environment=dict(os.environ), cwd=os.getcwd(), descriptors=descriptors)
if (folder / "says").exists():
    text = (folder / "says").read_text()
    for name, value in os.environ.items():
        text = text.replace("$" + name, value)
    sys.stdout.write(text)
    sys.stdout.flush()
if (folder / "seconds").exists():
    time.sleep(float((folder / "seconds").read_text()))
while (folder / "hold").exists():
    time.sleep(0.01)
failures = sorted(folder.glob("failure-*"))
code = 0
if failures:
    sys.stderr.write(failures[0].read_text())
    failures[0].unlink()
    code = 255
write("end", code=code)
sys.exit(code)
"""


@dataclass(frozen=True)
class Call:
    """One run: what it was called with, and from when to when it lasted."""

    arguments: list[str]
    environment: dict[str, str]
    cwd: str
    descriptors: list[int]
    pid: int
    begin: float
    end: float | None
    code: int | None
    interrupts: int

    @property
    def verb(self) -> str:
        return self.arguments[0]

    @property
    def stack(self) -> str:
        return self.arguments[self.arguments.index("--stack") + 1]

    @property
    def project(self) -> str:
        return self.arguments[self.arguments.index("--cwd") + 1]


class RecordingEngine:
    """The program, and what it wrote down."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._failures = 0
        self.program = folder / "pulumi"
        self.program.write_text(_PROGRAM.format(python=sys.executable, folder=str(folder)))
        self.program.chmod(0o700)

    def hold(self) -> None:
        """From now on runs do not end, until `open`."""
        (self._folder / "hold").touch()

    def open(self) -> None:
        (self._folder / "hold").unlink(missing_ok=True)

    def last(self, seconds: float) -> None:
        (self._folder / "seconds").write_text(str(seconds))

    def fail(self, times: int, says: str = "error: the service said no") -> None:
        """The next runs, after those that are to fail already."""
        for _ in range(times):
            (self._folder / f"failure-{self._failures:03}").write_text(f"{says}\n")
            self._failures += 1

    def say(self, text: str) -> None:
        """`$NAME` in it is a variable of the run's environment."""
        (self._folder / "says").write_text(text)

    def deafen(self) -> None:
        """Interrupts are written down, and change nothing."""
        (self._folder / "deaf").touch()

    def calls(self) -> list[Call]:
        """In the order of their beginning."""
        file = self._folder / "calls.jsonl"
        if not file.exists():
            return []
        found: dict[int, dict[str, Any]] = {}
        for line in file.read_text().splitlines():
            entry = json.loads(line)
            what, pid, time = entry.pop("what"), entry.pop("pid"), entry.pop("time")
            if what == "begin":
                found[pid] = {**entry, "pid": pid, "begin": time, "end": None, "code": None, "interrupts": 0}
            elif what == "interrupt":
                found[pid]["interrupts"] += 1
            else:
                found[pid].update(end=time, code=entry["code"])
        return [Call(**call) for call in found.values()]

    def wait_for(self, number: int, *, ended: bool = True, stack: str | None = None) -> list[Call]:
        """All calls, when there are so many."""

        def look() -> list[Call]:
            calls = [call for call in self.calls() if stack in (None, call.stack)]
            enough = [call for call in calls if call.end is not None or not ended]
            return calls if len(enough) >= number else []

        return eventually(look, f"{number} runs; there are {self.calls()}")

    def assert_one_at_a_time(self) -> None:
        """Of no stack did two runs overlap."""
        for project in {call.project for call in self.calls()}:
            calls = [call for call in self.calls() if call.project == project]
            for one, other in pairwise(calls):
                assert one.end is not None, "a run began, and the one before it had not ended"
                assert one.end <= other.begin, "two runs of a stack overlap"

    def wait_until_none_is_left(self) -> None:
        pids = [call.pid for call in self.calls() if call.end is None]
        eventually(lambda: not any(_is_there(pid) for pid in pids), "every run has ended")

    def kill(self, call: Call) -> None:
        os.kill(call.pid, 9)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
