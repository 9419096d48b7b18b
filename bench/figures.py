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

LARGE: Final = 1000
SMALL: Final = 10


@dataclass(frozen=True)
class Figure:
    """One figure; `holds` is None where nothing is to be reached."""

    name: str
    value: str
    target: str = ""
    holds: bool | None = None


def times(lives: Lives, engine: str, sizes: Sequence[int]) -> Iterator[tuple[int, Verb, Figure, Figure]]:
    """How long ours takes, as ratios: to the provider that sleeps, and to the usual one."""
    for size in sizes:
        for verb in VERBS:
            sleeping = lives.ratio(engine, size, verb, "sleeping")
            usual = lives.ratio(engine, size, verb, "usual")
            yield (
                size,
                verb,
                Figure("to sleeping", f"{sleeping:.2f}", "≤ 1.15", sleeping <= 1.15),
                Figure("to usual", f"{usual:.2f}", "< 1", usual < 1),
            )


def figures(
    lives: Lives, engines: Sequence[str], sizes: Sequence[int], starts: Sequence[Starts], imports: Sequence[Imports]
) -> Iterator[Figure]:
    for engine in engines:
        yield from _requests(lives, engine, max(sizes))
        yield from _state(lives, engine, max(sizes))
        yield from _engine(lives, engine, sizes)
    yield from _between(lives, engines, max(sizes))
    for start in starts:
        gain = start.four_workers / start.ours
        yield Figure(
            f"{start.engine}: 64 starts of 1 s, --parallel 64, faster than with four workers",
            f"{gain:.1f} times ({start.ours:.1f} s, {start.four_workers:.1f} s)",
            "≥ 4 times",
            gain >= 4,
        )
    yield from _imports(imports)


def _requests(lives: Lives, engine: str, size: int) -> Iterator[Figure]:
    for verb, most in REQUESTS.items():
        each = max(run.requests for run in lives.runs(engine, "ours", size, verb)) / size
        yield Figure(f"{engine}: requests a recording, {verb}", f"{each:g}", f"{most:g}", each <= most)


def _state(lives: Lives, engine: str, size: int) -> Iterator[Figure]:
    ours, usual, sleeping = (lives.state(engine, provider, size) for provider in ("ours", "usual", "sleeping"))
    yield Figure(
        f"{engine}: state bytes of a recording's inputs and outputs, two layers",
        f"{ours.recording} (usual {usual.recording}, sleeping {sleeping.recording})",
        "< 1600",
        ours.recording < 1600,
    )
    yield Figure(
        f"{engine}: state bytes a recording, all of the file, {size} recordings",
        f"{ours.whole / size:.0f} (usual {usual.whole / size:.0f})",
        "< usual",
        ours.whole < usual.whole,
    )
    longest = max(map(len, ours.pickles))
    yield Figure(
        f"{engine}: bytes of a resource's __provider, the same in all",
        f"{longest} (usual {max(map(len, usual.pickles))})",
        "< 100",
        longest < 100 and len(ours.pickles) == 1,
    )


def _engine(lives: Lives, engine: str, sizes: Sequence[int]) -> Iterator[Figure]:
    smallest, largest = min(sizes), max(sizes)
    for role in ("engine", "program", "plugin"):
        peaks = {name: lives.peak(engine, name, largest, role) / MEGABYTE for name in ("ours", "usual", "sleeping")}
        bounded = role == "engine" and engine == "sandbox" and largest >= LARGE
        yield Figure(
            f"{engine}: peak memory of the {role}, {largest} recordings",
            f"{peaks['ours']:.0f} MB (usual {peaks['usual']:.0f}, sleeping {peaks['sleeping']:.0f})",
            "< 200 MB" if bounded else "",
            peaks["ours"] < 200 if bounded else None,
        )
    if SMALL in sizes and largest > SMALL:
        grown = lives.peak(engine, "ours", largest, "engine") - lives.peak(engine, "ours", SMALL, "engine")
        yield Figure(
            f"{engine}: the engine's memory grows from {SMALL} to {largest} recordings by",
            f"{grown / MEGABYTE:.0f} MB, {grown / (largest - SMALL) / 1024:.0f} kB a recording",
        )
    if largest > smallest:
        for verb in VERBS:
            seconds = lives.seconds(engine, "ours", largest, verb) - lives.seconds(engine, "ours", smallest, verb)
            each = 1000 * seconds / (largest - smallest)
            bounded = verb == "no change" and engine == "sandbox"
            yield Figure(
                f"{engine}: time a recording, {verb}, beside the start of program and plugin",
                f"{each:.1f} ms",
                "< 6 ms" if bounded else "",
                each < 6 if bounded else None,
            )


def _between(lives: Lives, engines: Sequence[str], size: int) -> Iterator[Figure]:
    """The sandbox engine beside the CLI, where both were measured."""
    if {"sandbox", "pulumi"} <= {*engines}:
        for provider in ("ours", "sleeping", "usual"):
            ratio = lives.seconds("sandbox", provider, size, "up") / lives.seconds("pulumi", provider, size, "up")
            yield Figure(
                f"up of {size} recordings, {provider}: sandbox engine to Pulumi CLI", f"{ratio:.2f}", "≤ 1", ratio <= 1
            )


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
