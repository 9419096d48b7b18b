"""Pages in Markdown that a run writes: the same from run to run, as long as the same comes of it."""

import re

SAME = (
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "…"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1"),
    (r"\(\d+ s\)", "(… s)"),
)
"""What differs between runs, or hangs together with how quick a test is to be, and what stands for it: ids, ports,
seconds."""


def cell(said: str) -> str:
    """What was said, as it stands in a table: `nothing` where nothing was."""
    for pattern, instead in SAME:
        said = re.sub(pattern, instead, said)
    return said.replace("|", "\\|").replace("<", "&lt;") or "nothing"


def rows(page: str, columns: str) -> list[list[str]]:
    """The cells of each row of the page's table with these columns."""
    table = page.partition(f"{columns}\n")[2].splitlines()
    return [row.strip("| ").split(" | ") for row in table if row.startswith("| ")][1:]
