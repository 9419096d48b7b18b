"""`python -m tests.load`: 1,000 recordings in one stack, and 20 stacks of 20, against the service's own limit."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.load.load import Account, Limit, Load

LIMIT = Limit(requests=1000, seconds=50)


def main() -> None:
    table = Table("load", "", "requests", "refused", "seconds", "by the limit", "running")

    def row(what: str, verb: str, load: Load) -> None:
        figures = (load.requests, load.refused, f"{load.seconds:.0f}", f"{load.at_least:.0f}", load.recordings)
        table.add_row(what, verb, *map(str, figures))

    with tempfile.TemporaryDirectory(prefix="load-") as folder, Account(Path(folder), LIMIT, own_limit=True) as account:
        stacks = account.stacks(1, recordings=1000)
        for verb in ("up", "refresh", "destroy"):
            row("1,000 recordings in one stack", verb, account.deploy(verb, stacks))
    for at_once in (1, 4):
        with (
            tempfile.TemporaryDirectory(prefix="load-") as folder,
            Account(Path(folder), LIMIT, own_limit=True) as account,
        ):
            stacks = account.stacks(20, recordings=20)
            for verb in ("up", "refresh", "destroy"):
                row(f"20 stacks of 20, {at_once} at a time", verb, account.deploy(verb, stacks, at_once))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
