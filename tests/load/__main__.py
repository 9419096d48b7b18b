"""`python -m tests.load`: 1,000 recordings in one stack, and 20 stacks of 20, against the service's own limits."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.kit import cli
from tests.load.load import Account, Limit, Load

LIMIT = Limit(requests=1000, seconds=50)
USER = Limit(requests=3500, seconds=300)

LOADS = (
    ("1,000 recordings in one stack", 1, 1000, 1),
    ("20 stacks of 20, 1 at a time", 20, 20, 1),
    ("20 stacks of 20, 4 at a time", 20, 20, 4),
)
"""What, how many stacks, recordings of each, stacks at once."""


def main() -> None:
    if cli.find() is None:
        sys.exit(cli.MISSING)
    table = Table("load", "", "requests", "refused", "seconds", "by the limits", "running")

    def row(what: str, verb: str, load: Load) -> None:
        figures = (load.requests, load.refused, f"{load.seconds:.0f}", f"{load.at_least:.0f}", load.recordings)
        table.add_row(what, verb, *map(str, figures))

    for what, number, recordings, at_once in LOADS:
        with (
            tempfile.TemporaryDirectory(prefix="load-") as folder,
            Account(Path(folder), LIMIT, own_limit=True, user=USER) as account,
        ):
            stacks = account.stacks(number, recordings)
            for verb in ("up", "refresh", "destroy"):
                row(what, verb, account.deploy(verb, stacks, at_once))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
