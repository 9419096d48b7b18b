"""A program in the place of `pulumi`: it locks its stack, records how it was called, and fails or waits as told."""

import json
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.kit.waiting import eventually

_PROGRAM = """#!{python} -IS
import json, os, pathlib, signal, sys, time

folder = pathlib.Path({folder!r})
lock = folder / ("lock-" + sys.argv[sys.argv.index("--cwd") + 1].rpartition("/")[2])


def record(what, **more):
    with open(folder / "calls.jsonl", "a") as file:
        file.write(json.dumps({{"what": what, "pid": os.getpid(), "time": time.monotonic(), **more}}) + "\\n")


def end(code):
    record("end", code=code)
    lock.unlink()
    sys.stdout.flush()
    os._exit(code)


def interrupted(number, frame):
    record("interrupt")
    if not (folder / "busy").exists():
        end(1)


try:
    lock.touch(exist_ok=False)
except FileExistsError:
    record("locked")
    sys.exit("error: the stack is currently locked by 1 lock(s)")
signal.signal(signal.SIGINT, interrupted)
record("begin", arguments=sys.argv[1:], environment=dict(os.environ))
if (folder / "output").exists():
    print((folder / "output").read_text())
while (folder / "hold").exists():
    time.sleep(0.01)
for failure in sorted(folder.glob("failure-*")):
    print("error: the service said no")
    failure.unlink()
    end(255)
end(0)
"""


@dataclass
class Call:
    """One run: how it was called, and how it ended."""

    pid: int
    arguments: list[str]
    environment: dict[str, str]
    begin: float
    end: float = float("inf")
    code: int | None = None
    interrupts: int = 0

    @property
    def verb(self) -> str:
        return self.arguments[0]

    @property
    def project(self) -> str:
        return Path(self.arguments[self.arguments.index("--cwd") + 1]).name


class FakePulumi:
    """The program, and the calls that it recorded."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.program = folder / "pulumi"
        self.program.write_text(_PROGRAM.format(python=sys.executable, folder=str(folder)))
        self.program.chmod(0o700)

    def hold(self) -> None:
        """Runs do not end until `release`."""
        (self._folder / "hold").touch()

    def release(self) -> None:
        (self._folder / "hold").unlink(missing_ok=True)

    def fail(self, times: int) -> None:
        """The next runs fail."""
        for number in range(times):
            (self._folder / f"failure-{number}").touch()

    def print(self, text: str) -> None:
        (self._folder / "output").write_text(text)

    def finish_after_interrupts(self) -> None:
        """An interrupt is recorded, and the run goes on, as during a long call."""
        (self._folder / "busy").touch()

    def lock(self, project: str) -> None:
        """Somebody else deploys this project."""
        (self._folder / f"lock-{project}").touch()

    def cancel(self) -> None:
        """`pulumi cancel`: remove the locks that killed runs left behind."""
        for lock in self._folder.glob("lock-*"):
            lock.unlink()

    def entries(self, what: str) -> list[dict[str, Any]]:
        file = self._folder / "calls.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [entry for entry in map(json.loads, lines) if entry["what"] == what]

    def calls(self) -> list[Call]:
        """Runs in the order in which they began, without those that found the stack locked."""
        calls = {
            entry["pid"]: Call(entry["pid"], entry["arguments"], entry["environment"], entry["time"])
            for entry in self.entries("begin")
        }
        for entry in self.entries("interrupt"):
            calls[entry["pid"]].interrupts += 1
        for entry in self.entries("end"):
            calls[entry["pid"]].end, calls[entry["pid"]].code = entry["time"], entry["code"]
        return list(calls.values())

    def verbs(self) -> list[str]:
        return [call.verb for call in self.calls()]

    def wait_for_begun(self, number: int) -> list[Call]:
        eventually(lambda: len(self.entries("begin")) >= number, f"{number} runs have begun")
        return self.calls()

    def wait_for_ended(self, number: int) -> list[Call]:
        eventually(lambda: len(self.entries("end")) >= number, f"{number} runs have ended")
        return self.calls()

    def assert_one_at_a_time(self) -> None:
        """No two runs of a project overlapped."""
        for project in {call.project for call in self.calls()}:
            for one, other in pairwise([call for call in self.calls() if call.project == project]):
                assert one.end <= other.begin
