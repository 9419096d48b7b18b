"""`make bench`: measures all of it in one run, and says beside each figure what is to be reached."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path

import click
from rich.console import Console

from bench import imports, lives, report, workers
from bench.figures import figures
from tests.kit.cli import MISSING, find, version

SIZES = "1,10,100,1000"
WIDTH = 200
"""Columns where there is no terminal."""


def _sizes(_context: click.Context, _option: click.Parameter, value: str) -> list[int]:
    try:
        sizes = sorted({int(size) for size in value.split(",")})
    except ValueError:
        raise click.BadParameter(f"numbers are expected, as in {SIZES}") from None
    if sizes[0] < 1:
        raise click.BadParameter("1 is the least")
    return sizes


@click.command()
@click.option("--sizes", default=SIZES, show_default=True, callback=_sizes, help="How many recordings.")
@click.option("--rounds", type=click.IntRange(1), help="Rounds of each size; the larger, the fewer, unless it is said.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Writes all samples there too.")
def main(sizes: list[int], rounds: int | None, file: Path | None) -> None:
    """Measure what recordings cost, against the usual dynamic provider and against one that only sleeps.

    The machine's own speed and what else it does cancel out in the ratios: what is compared ran side by side.
    """
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    progress = Console(stderr=True, highlight=False)
    if find() is None:
        raise click.ClickException(MISSING)
    console.print(
        f"Python {platform.python_version()}, Pulumi CLI {version()}, {os.cpu_count()} cores; the API answers in "
        f"{1000 * lives.LATENCY:g} ms; the request limit is the default"
    )
    measured = lives.measure(sizes, rounds, progress.print)
    progress.print("starts that take long")
    starts = workers.measure()
    progress.print("imports")
    shown = [*figures(measured, sizes, starts, imports.measure())]
    report.show_times(console, measured, sizes)
    report.show_figures(console, shown)
    if file:
        file.write_text(json.dumps(report.as_data(measured, shown), indent=2) + "\n")


if __name__ == "__main__":
    main()
