"""What program and plugin import before they do anything, by `-X importtime`."""

from __future__ import annotations

import statistics
import subprocess
from dataclasses import dataclass
from typing import Final

from bench.environment import environment

ROUNDS: Final = 5
PROGRAM: Final = "import pulumi, pulumi_realtimekit"
PLUGIN: Final = (
    "import pulumi.dynamic, pulumi.runtime.proto, pulumi_realtimekit.plugin, pulumi_realtimekit.plugin.single_start, "
    "pulumi_realtimekit.plugin.lifecycle"
)


@dataclass(frozen=True)
class Imports:
    """What one process imports: milliseconds in all, and of what, each with what it alone brings along."""

    what: str
    milliseconds: float
    of: dict[str, float]


def measure() -> list[Imports]:
    return [
        _median(what, code)
        for what, code in (("pulumi alone", "import pulumi"), ("program", PROGRAM), ("plugin", PLUGIN))
    ]


def _median(what: str, code: str) -> Imports:
    runs = [_import(code) for _ in range(ROUNDS)]
    return Imports(
        what,
        statistics.median(sum(run.values()) for run in runs),
        {name: statistics.median(run.get(name, 0.0) for run in runs) for name in runs[0]},
    )


def _import(code: str) -> dict[str, float]:
    """Milliseconds by top-level package: what its modules take themselves, those that they import left out."""
    words = [str(environment() / "bin" / "python"), "-X", "importtime", "-c", code]
    report = subprocess.run(words, check=True, capture_output=True, text=True).stderr
    taken: dict[str, float] = {}
    for line in report.splitlines():
        own, _, name = line.removeprefix("import time:").split("|")
        if own.strip().isdigit():
            package = name.strip().partition(".")[0]
            taken[package] = taken.get(package, 0.0) + int(own) / 1000
    return taken
