"""The peak memory of an engine and of the processes that it starts."""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from pathlib import Path
from typing import Final, Literal

import psutil

Role = Literal["engine", "program", "plugin"]

LOOK_SECONDS: Final = 0.2
PEAK: Final = "VmHWM:"


class Watch:
    """Looks at a process and its children until it is left, and keeps the highest of what each has had.

        with Watch(process.pid) as watch:
            process.wait()
        watch.peaks["engine"]  # bytes

    Linux keeps each process's peak itself, so that looking now and then misses nothing but the last moment's growth;
    elsewhere it is the highest of what was seen.
    """

    def __init__(self, pid: int) -> None:
        self.peaks: defaultdict[Role, int] = defaultdict(int)
        self._engine = psutil.Process(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            with contextlib.suppress(psutil.Error, OSError):
                self._note("engine", self._engine)
                for child in self._engine.children(recursive=True):
                    role = role_of(child)
                    if role:
                        self._note(role, child)

    def _note(self, role: Role, process: psutil.Process) -> None:
        self.peaks[role] = max(self.peaks[role], _peak(process))


def role_of(process: psutil.Process) -> Role | None:
    """What a child is for; None for the wrappers that start the two."""
    words = process.cmdline()
    if not words or "python" not in Path(words[0]).name:
        return None
    if "pulumi.dynamic" in words or any(word.endswith(("plugin.py", "pulumi-resource-realtimekit")) for word in words):
        return "plugin"
    if any(word.endswith(("program.py", "pulumi-language-python-exec")) for word in words):
        return "program"
    return None


def _peak(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith(PEAK):
                return int(line.split()[1]) * 1024
    return int(process.memory_info().rss)
