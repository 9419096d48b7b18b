"""Many starts that take long: how much is gained by lifting the four workers of `pulumi.dynamic`."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.stacks import Stack
from sandbox.api.testing import SandboxApi

RECORDINGS: Final = 64
LATENCY: Final = 0.5
"""Seconds of each of the two calls of a start."""

FOUR: Final = 4


@dataclass(frozen=True)
class Starts:
    """Seconds of `up --parallel 64` of 64 recordings that take a second each to start."""

    ours: float
    four_workers: float


def measure() -> Starts:
    api = SandboxApi(latency=LATENCY, request_limit=0, user_limit=0, start_seconds=0)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, api:
        ours = Stack(Path(folder) / "ours", "ours", RECORDINGS, api, LATENCY)
        four = Stack(Path(folder) / "four", "sleeping", RECORDINGS, api, LATENCY, workers=FOUR)
        seconds = [stack.run("up", "--parallel", str(RECORDINGS)).seconds for stack in (ours, four)]
        return Starts(*seconds)
