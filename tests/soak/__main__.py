"""`make soak`: random sequences for so long, then one figure of what was done and what has come of it."""

from __future__ import annotations

import itertools
import math
import os
import random
import sys
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

import click

from tests.kit import cli
from tests.soak.sequence import Figures, Sequence

STEPS = 12


def perform(seed: int, steps: int) -> Figures:
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as folder:
        return Sequence(Path(folder), seed).run(steps)


@click.command()
@click.option("--seconds", default=600.0, show_default=True, help="Sequences are begun for so long.")
@click.option("--sequences", type=click.IntRange(1), help="So many at the most.")
@click.option("--seed", type=click.IntRange(0), help="Of the first sequence; the next ones count on.")
@click.option("--steps", default=STEPS, show_default=True, help="Of each sequence.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default="cores", help="Sequences at once.")
def main(seconds: float, sequences: int | None, seed: int | None, steps: int, jobs: int) -> None:
    """Declare, deploy, disturb and kill at random, and count what was recorded twice or lost.

    Exit code: 1 where there was any, or where something failed with nothing wrong.

    What a sequence did is repeated with its seed and `--sequences 1`.
    """
    if cli.find() is None:
        raise click.ClickException(cli.MISSING)
    first = random.randrange(1_000_000) if seed is None else seed
    click.echo(f"seed {first}: {seconds:g} s, {steps} steps a sequence, {jobs} at once", err=True)
    figures, until = Figures(), time.monotonic() + seconds
    seeds = itertools.takewhile(
        lambda seed: time.monotonic() < until and seed < first + (sequences or math.inf), itertools.count(first)
    )
    with ThreadPoolExecutor(jobs) as pool:
        running: set[Future[Figures]] = set()
        while True:
            running |= {pool.submit(perform, seed, steps) for seed in itertools.islice(seeds, jobs - len(running))}
            if not running:
                break
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                figures.add(future.result())
                click.echo(summary(figures, first), err=True)
    for problem in (*figures.failures, *figures.duplicates, *figures.losses):
        click.echo(problem, err=True)
    click.echo(summary(figures, first))
    sys.exit(1 if figures.failures or figures.duplicates or figures.losses else 0)


def summary(figures: Figures, seed: int) -> str:
    return (
        f"seed {seed}: {figures.sequences} sequences, {figures.commands} commands, {figures.faults} faults, "
        f"{figures.kills} kills, {figures.recordings} recordings; {len(figures.duplicates)} duplicates, "
        f"{len(figures.losses)} losses; {figures.left} left to audit, {len(figures.failures)} commands or "
        "sequences that failed with nothing wrong"
    )


if __name__ == "__main__":
    main()
