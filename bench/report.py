"""What was measured, as tables for a terminal and as JSON for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import Figure, times
from bench.lives import Lives
from bench.stacks import PROVIDERS, VERBS


def show_times(console: Console, lives: Lives, sizes: Sequence[int]) -> None:
    table = Table(
        "recordings",
        "",
        *PROVIDERS,
        "to sleeping",
        "target",
        "holds",
        "to usual",
        "target",
        "holds",
        "native to ours",
        "target",
        "holds",
        "processor seconds",
        title="Seconds",
        title_justify="left",
    )
    for size, verb, ratios in times(lives, sizes):
        seconds = [f"{lives.seconds(provider, size, verb):.2f}" for provider in PROVIDERS]
        verdicts = [cell for figure in ratios for cell in (figure.value, figure.target, _verdict(figure))]
        work = ", ".join(f"{lives.cpu(provider, size, verb):.1f}" for provider in PROVIDERS)
        table.add_row(str(size), verb, *seconds, *verdicts, work, end_section=verb == VERBS[-1])
    console.print(table)


def show_figures(console: Console, figures: Iterable[Figure]) -> None:
    table = Table("figure", "measured", "target", "holds", title="Figures", title_justify="left")
    for figure in figures:
        table.add_row(figure.name, figure.value, figure.target, _verdict(figure))
    console.print(table)


def as_data(lives: Lives, figures: Iterable[Figure]) -> dict[str, Any]:
    return {
        "samples": [
            {
                "provider": sample.provider,
                "recordings": sample.size,
                "round": sample.round,
                "verb": sample.verb,
                "seconds": round(sample.run.seconds, 3),
                "processor_seconds": round(sample.run.cpu, 3),
                "requests": sample.run.requests,
                "peak_bytes": dict(sample.run.peaks),
            }
            for sample in lives.samples
        ],
        "figures": [vars(figure) for figure in figures],
    }


def _verdict(figure: Figure) -> str:
    return "" if figure.holds is None else "[green]yes[/green]" if figure.holds else "[red]no[/red]"
