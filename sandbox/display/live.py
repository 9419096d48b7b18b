"""Rows that change in place: for terminals."""

from collections.abc import Iterable
from dataclasses import replace

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sandbox.display.operations import operation
from sandbox.display.plain import print_end
from sandbox.display.rows import Row, Rows
from sandbox.engine.events import Cancelled, Event

_REPLACEMENTS = frozenset({"create-replacement", "delete-replaced", "discard-replaced"})
_ROWS_BESIDE_TABLE = 4


class LiveDisplay:
    """A tree of resources with what happens to each; the whole of it stays when all is over."""

    interval = 0.125

    def __init__(self, console: Console, rows: Rows, *, planning: bool) -> None:
        self._console, self._rows, self._planning = console, rows, planning
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def show(self, event: Event) -> None:
        self._rows.take(event)
        if isinstance(event, Cancelled):
            self.close()
            self._console.print(self._table(self._tree(self._shown())))
            self._console.print()
            print_end(self._console, self._rows, planning=self._planning)

    def tick(self) -> None:
        rows = self._shown()
        if self._rows.over or not rows:
            return
        self._live.start()
        room = max(self._console.height - _ROWS_BESIDE_TABLE, 1)
        if len(rows) <= room:
            self._live.update(self._table(self._tree(rows)), refresh=True)
            return
        # More than fits: what is at work, and how much is not.
        busy = [row for row in rows if row.failed or not row.finished][:room]
        table = self._table([("", row) for row in busy])
        table.caption = f"{len(rows) - len(busy)} more"
        self._live.update(table, refresh=True)

    def close(self) -> None:
        """Gives the terminal back."""
        self._live.stop()

    def message(self, text: str, style: str = "") -> None:
        """A line that belongs to no resource."""
        self._console.print(Text(text, style), soft_wrap=True)

    def _shown(self) -> list[Row]:
        """The rows worth showing, and those that they are children of."""
        rows = self._rows.rows
        wanted: set[str] = set()
        for urn, row in list(rows.items()):
            ancestor: str = urn if row.shown else ""
            while ancestor in rows and ancestor not in wanted:
                wanted.add(ancestor)
                ancestor = rows[ancestor].parent
        return [row for urn, row in list(rows.items()) if urn in wanted]

    def _tree(self, rows: list[Row]) -> list[tuple[str, Row]]:
        """Each row with the lines that lead to it."""
        urns = {row.metadata.urn for row in rows}
        children: dict[str, list[Row]] = {}
        for row in rows:
            parent = row.parent if row.parent in urns else self._rows.stack_urn
            children.setdefault("" if row.is_stack or parent not in urns else parent, []).append(row)

        def below(urn: str, lead: str) -> Iterable[tuple[str, Row]]:
            members = children.get(urn, [])
            for number, row in enumerate(members):
                last = number == len(members) - 1
                yield lead + ("└─ " if last else "├─ "), row
                yield from below(row.metadata.urn, lead + ("   " if last else "│  "))

        return [line for top in children.get("", []) for line in (("", top), *below(top.metadata.urn, ""))]

    def _table(self, lines: Iterable[tuple[str, Row]]) -> Table:
        table = Table(box=None, header_style="underline bright_blue", pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("", no_wrap=True)
        table.add_column("Type", no_wrap=True, overflow="ellipsis")
        table.add_column("Name", no_wrap=True, overflow="ellipsis")
        table.add_column("Plan" if self._planning else "Status", no_wrap=True)
        table.add_column("Info", no_wrap=True, overflow="ellipsis", ratio=1)
        for lead, row in lines:
            step = operation(self._as_one(row).metadata)
            status = self._as_one(row).status(planning=self._planning, over=self._rows.over)
            style = "red" if row.failed else step.style if self._planning or row.finished else f"bold {step.style}"
            table.add_row(
                Text(f" {step.sign}", step.style),
                Text(f"{lead}{row.type}"),
                Text(row.name),
                Text(status, style if status else ""),
                Text(row.info(row.said_in_all() if self._rows.over else row.last_said())),
            )
        return table

    def _as_one(self, row: Row) -> Row:
        """Before and after, a replacement is one step; while it happens it is its parts."""
        whole = (self._planning or self._rows.over) and not self._rows.failures
        if not whole or row.metadata.op not in _REPLACEMENTS:
            return row
        return replace(row, metadata=replace(row.metadata, op="replace"))
