"""What is to be reached, and whether it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.imports import Imports
from bench.lives import Lives
from bench.stacks import VERBS, Verb
from bench.workers import Starts

MEGABYTE: Final = 1024 * 1024
REQUESTS: Final[dict[Verb, float]] = {"up": 2, "no change": 0, "refresh": 1, "destroy": 1}
"""Of a recording where nothing goes wrong: look and start, nothing, read, stop."""


MOST, MOST_OF_ONE = 1.15, 1.2
"""Of the time of the provider that sleeps; of one recording, most is the start of program and plugin."""

MOST_OF_NATIVE: Final = 1.1
"""No slower than ours, and what a machine's noise is."""


@dataclass(frozen=True)
class Figure:
    """One figure; `holds` is None where nothing is to be reached."""

    name: str
    value: str
    target: str = ""
    holds: bool | None = None


def times(lives: Lives, sizes: Sequence[int]) -> Iterator[tuple[int, Verb, Sequence[Figure]]]:
    """How long ours takes, as ratios to the provider that sleeps and to the usual one; the native plugin's to ours."""
    for size in sizes:
        for verb in VERBS:
            most = MOST_OF_ONE if size == 1 else MOST
            sleeping = lives.ratio(size, verb, "sleeping")
            usual = lives.ratio(size, verb, "usual")
            native = lives.ratio(size, verb, "ours", of="native")
            yield (
                size,
                verb,
                (
                    Figure("to sleeping", f"{sleeping:.2f}", f"≤ {most:g}", sleeping <= most),
                    Figure("to usual", f"{usual:.2f}", "< 1", usual < 1),
                    Figure("native to ours", f"{native:.2f}", f"≤ {MOST_OF_NATIVE:g}", native <= MOST_OF_NATIVE),
                ),
            )


def figures(lives: Lives, sizes: Sequence[int], starts: Starts, imports: Sequence[Imports]) -> Iterator[Figure]:
    yield from _requests(lives, max(sizes))
    yield from _state(lives, max(sizes))
    yield from _growth(lives, sizes)
    gain = starts.four_workers / starts.ours
    yield Figure(
        "64 starts of 1 s, --parallel 64, faster than with four workers",
        f"{gain:.1f} times ({starts.ours:.1f} s, {starts.four_workers:.1f} s)",
        "≥ 4 times",
        gain >= 4,
    )
    yield from _imports(imports)


def _requests(lives: Lives, size: int) -> Iterator[Figure]:
    for verb, most in REQUESTS.items():
        each = max(run.requests for run in lives.runs("ours", size, verb)) / size
        yield Figure(f"requests a recording, {verb}", f"{each:g}", f"{most:g}", each <= most)


def _state(lives: Lives, size: int) -> Iterator[Figure]:
    ours, usual, sleeping = (lives.state(provider, size) for provider in ("ours", "usual", "sleeping"))
    yield Figure(
        "state bytes of a recording's inputs and outputs, two layers",
        f"{ours.recording} (usual {usual.recording}, sleeping {sleeping.recording})",
        "< 1600",
        ours.recording < 1600,
    )
    yield Figure(
        f"state bytes a recording, all of the file, {size} recordings",
        f"{ours.whole / size:.0f} (usual {usual.whole / size:.0f})",
        "< usual",
        ours.whole < usual.whole,
    )
    longest = max(map(len, ours.pickles))
    yield Figure(
        "bytes of a resource's __provider, the same in all",
        f"{longest} (usual {max(map(len, usual.pickles))})",
        "< 100",
        longest < 100 and len(ours.pickles) == 1,
    )


def _growth(lives: Lives, sizes: Sequence[int]) -> Iterator[Figure]:
    smallest, largest = min(sizes), max(sizes)
    for role in ("engine", "program", "plugin"):
        peaks = {name: lives.peak(name, largest, role) / MEGABYTE for name in ("ours", "usual", "sleeping")}
        yield Figure(
            f"peak memory of the {role}, {largest} recordings",
            f"{peaks['ours']:.0f} MB (usual {peaks['usual']:.0f}, sleeping {peaks['sleeping']:.0f})",
        )
    if largest > smallest:
        for verb in VERBS:
            seconds = lives.seconds("ours", largest, verb) - lives.seconds("ours", smallest, verb)
            each = 1000 * seconds / (largest - smallest)
            yield Figure(f"time a recording, {verb}, beside the start of program and plugin", f"{each:.1f} ms")


def _imports(imports: Sequence[Imports]) -> Iterator[Figure]:
    for process in imports:
        largest = sorted(process.of.items(), key=lambda item: -item[1])[:5]
        parts = ", ".join(f"{name} {milliseconds:.0f}" for name, milliseconds in largest)
        yield Figure(f"imports, {process.what}", f"{process.milliseconds:.0f} ms ({parts})")
        if process.what == "program":
            yield Figure(
                "the program imports httpx",
                "yes" if "httpx" in process.of else "no",
                "no",
                "httpx" not in process.of,
            )
