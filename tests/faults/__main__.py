"""`python -m tests.faults`: every fault in every call of every dialect, as a page in Markdown.

`make guarantees` puts it into the docs. Exit code: 1 where something was recorded twice, or lost.
"""

import itertools
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from sandbox.api.dialects import DIALECTS, DialectName
from tests.faults.calls import CALLS, FAULTS, Outcome
from tests.faults.deployments import Cell, Deployment
from tests.kit import cli
from tests.kit.pages import cell as written

Row = tuple[DialectName, Cell, Outcome]

HEAD: Final = """\
# Every fault in every call

`make guarantees` wrote this page, with the Pulumi CLI {version}: each fault of the sandbox API once, in each call of a
recording's life, in each dialect of the service. *Begun* counts the recordings that were started (two where one
replaces the other, none where the meeting had no session), *running* those that run in the end, *lost* those of them
that the state does not know.

The service is slow in two ways: with `delay` it acts, and answers after the provider has stopped waiting; with
`delay_before` it even acts only then. Where a start is deferred, the meeting has no session and `when_idle` is `defer`:
the resource is `PENDING` then, and that is no error.

What the user sees are the warnings and errors of the command. While the provider waits or tries again, the CLI shows
that as well; these messages depend on how long it takes, and are not in the table.
"""
COLUMNS: Final = "| dialect | call | fault | begun | running | lost | what the user sees |"


def cells() -> Iterator[Cell]:
    """In the order of the page."""
    return itertools.starmap(Cell, itertools.product(CALLS, FAULTS))


def deployed(dialect: DialectName) -> list[Row]:
    """The rows of a dialect, in the order of the page."""
    print(f"{dialect}: {len(CALLS)} calls, {len(FAULTS)} faults", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        found = dict(Deployment(Path(folder), dialect, cells()).outcomes())
    return [(dialect, cell, found[cell]) for cell in cells()]


def page(rows: Iterable[Row]) -> Iterator[str]:
    yield HEAD.format(version=cli.version())
    yield COLUMNS
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for dialect, cell, found in rows:
        lost = 0 if found.known else found.running
        said = written("; ".join(found.said).replace(cell.name, "…"))
        yield f"| {dialect} | {cell.call_name} | {cell.fault} | {found.begun} | {found.running} | {lost} | {said} |"


def main() -> int:
    if cli.find() is None:
        sys.exit(cli.MISSING)
    with ThreadPoolExecutor(len(DIALECTS)) as pool:
        rows = [*itertools.chain.from_iterable(pool.map(deployed, DIALECTS))]
    print("\n".join(page(rows)))
    broken = [(dialect, cell, found) for dialect, cell, found in rows if not cell.call.is_kept(found)]
    for dialect, cell, found in broken:
        print(f"broken: {dialect}, {cell.call_name}, {cell.fault}: {found}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
