"""A program in the place of `pulumi`: it locks its stack, records how it was called, and fails or waits as told."""

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tests.kit.waiting import eventually

_PROGRAM = """#!{python} -IS
import json, os, pathlib, signal, sys, time

folder = pathlib.Path({folder!r})
project = pathlib.Path(sys.argv[sys.argv.index("--cwd") + 1]).name
call = dict(pid=os.getpid(), project=project, arguments=sys.argv[1:], environment=dict(os.environ))
call.update(begin=time.monotonic(), end=float("inf"), code=None, interrupts=0)


def record(**more):
    call.update(more)
    new = folder / f"new-{{os.getpid()}}"
    new.write_text(json.dumps(call))
    new.rename(folder / f"call-{{os.getpid()}}")


def end(code):
    sys.stdout.flush()
    record(end=time.monotonic(), code=code)
    (folder / f"lock-{{project}}").unlink()
    os._exit(code)


def interrupted(number, frame):
    record(interrupts=call["interrupts"] + 1)
    if not (folder / "busy").exists():
        end(1)


try:
    (folder / f"lock-{{project}}").touch(exist_ok=False)
except FileExistsError:
    sys.exit("error: the stack is currently locked by 1 lock(s)")
signal.signal(signal.SIGINT, interrupted)
record()
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


class Call(NamedTuple):
    """One run: how it was called, and how it ended."""

    pid: int
    project: str
    arguments: list[str]
    environment: dict[str, str]
    begin: float
    end: float
    code: int | None
    interrupts: int


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

    def go_on_after_interrupts(self) -> None:
        """As during a long call."""
        (self._folder / "busy").touch()

    def cancel(self) -> None:
        """As `pulumi cancel`: remove the locks that others left behind."""
        for lock in self._folder.glob("lock-*"):
            lock.unlink()

    def calls(self) -> list[Call]:
        """Runs in the order in which they began, without those that found the stack locked."""
        calls = [Call(**json.loads(file.read_text())) for file in self._folder.glob("call-*")]
        return sorted(calls, key=lambda call: call.begin)

    def verbs(self) -> list[str]:
        return [call.arguments[0] for call in self.calls()]

    def wait_for_begun(self, number: int) -> list[Call]:
        eventually(lambda: len(self.calls()) >= number, f"{number} runs have begun")
        return self.calls()

    def wait_for_ended(self, number: int) -> list[Call]:
        eventually(lambda: len([call for call in self.calls() if call.code is not None]) >= number, f"{number} ended")
        return self.calls()

    def assert_one_at_a_time(self) -> None:
        """No two runs of a project overlapped."""
        for project in {call.project for call in self.calls()}:
            for one, other in pairwise([call for call in self.calls() if call.project == project]):
                assert one.end <= other.begin
