"""Whole lives of recordings: `up`, no change, `refresh` and `destroy`, with each provider in turn."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.memory import Role
from bench.stacks import PROVIDERS, VERBS, Run, Stack, Verb
from sandbox.api.testing import SandboxApi

LATENCY: Final = 0.05
"""Seconds that the API takes to answer."""

WORKERS: Final = 64
"""What the provider allows its plugin to serve at once: the one that sleeps is to have no less."""


@dataclass(frozen=True)
class Sample:
    """One command of one provider."""

    provider: str
    size: int
    round: int
    verb: Verb
    run: Run


@dataclass(frozen=True)
class State:
    """What a state of so many recordings takes, in bytes."""

    provider: str
    size: int
    whole: int
    recording: int
    pickles: frozenset[str]


class Lives:
    """All that was measured of whole lives."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.states: list[State] = []

    def runs(self, provider: str, size: int, verb: Verb) -> list[Run]:
        wanted = (provider, size, verb)
        return [s.run for s in self.samples if (s.provider, s.size, s.verb) == wanted]

    def seconds(self, provider: str, size: int, verb: Verb) -> float:
        """The median of the rounds."""
        return statistics.median(run.seconds for run in self.runs(provider, size, verb))

    def ratio(self, size: int, verb: Verb, to: str, of: str = "ours") -> float:
        """How long one takes, as a ratio to another: the median of the rounds, each measured side by side."""
        pairs = zip(self.runs(of, size, verb), self.runs(to, size, verb), strict=True)
        return statistics.median(one.seconds / other.seconds for one, other in pairs)

    def cpu(self, provider: str, size: int, verb: Verb) -> float:
        """Seconds that the processes worked: the median of the rounds."""
        return statistics.median(run.cpu for run in self.runs(provider, size, verb))

    def peak(self, provider: str, size: int, role: Role) -> int:
        """The highest memory of a process in any of the commands, in bytes."""
        return max(
            (s.run.peaks.get(role, 0) for s in self.samples if (s.provider, s.size) == (provider, size)),
            default=0,
        )

    def state(self, provider: str, size: int) -> State:
        wanted = (provider, size)
        return next(state for state in self.states if (state.provider, state.size) == wanted)


def measure(sizes: Sequence[int], rounds: int | None, say: Callable[[str], None]) -> Lives:
    """Runs each verb with each provider, one right after another, so that what slows the machine slows all of them."""
    lives = Lives()
    for size in sizes:
        for number in range(rounds or usual_rounds(size)):
            say(f"{size} recordings, round {number + 1}")
            for sample in _round(size, number, lives):
                lives.samples.append(sample)
    return lives


def usual_rounds(size: int) -> int:
    """More where one is short and startup is all of it."""
    return 5 if size < 50 else 3 if size < 500 else 1


def _round(size: int, number: int, lives: Lives) -> Iterator[Sample]:
    api = SandboxApi(latency=LATENCY, request_limit=0, user_limit=0, start_seconds=0)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, api:
        stacks = [Stack(Path(folder) / name, name, size, api, LATENCY, WORKERS) for name in PROVIDERS]
        for turn, verb in enumerate(VERBS):
            first = (turn + number) % len(stacks)
            for stack in [*stacks[first:], *stacks[:first]]:
                yield Sample(stack.provider, size, number, verb, stack.run(verb))
                if verb == "up" and number == 0:
                    lives.states.append(
                        State(
                            stack.provider,
                            size,
                            stack.state_bytes(),
                            stack.recording_bytes(),
                            frozenset(stack.provider_pickles()),
                        )
                    )
