"""The page on interruptions is of the present code; `make guarantees` writes it anew."""

from __future__ import annotations

import re

from sandbox.api.dialects import DIALECTS
from tests.interruptions.__main__ import COLUMNS, HEAD, call, title
from tests.interruptions.interruptions import INTERRUPTIONS
from tests.interruptions.moments import MOMENTS
from tests.kit.cli import ROOT

PAGE = (ROOT / "docs" / "interruptions.md").read_text()
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def rows(section: str) -> list[list[str]]:
    return [row.strip("| ").split(" | ") for row in section.partition(COLUMNS)[2].splitlines() if row.startswith("| ")][
        1:
    ]


def test_its_head_is_the_present_one_and_names_the_cli() -> None:
    version = re.search(r"Pulumi CLI (v[\d.]+)\.", PAGE)
    assert version
    assert PAGE.startswith(f"{HEAD.format(version=version[1])}\n## ")


def test_it_has_each_interruption_in_each_call_of_each_dialect() -> None:
    assert [*SECTIONS] == [title(interruption) for interruption in INTERRUPTIONS]
    expected = {(call(moment), dialect) for moment in MOMENTS for dialect in moment.dialects}
    for section in SECTIONS.values():
        found = [
            (what, dialect)
            for what, where, *_ in rows(section)
            for dialect in ([*DIALECTS] if where == "all" else where.split(", "))
        ]
        assert len(found) == len(set(found))
        assert set(found) == expected


def test_it_keeps_the_promises() -> None:
    for section in SECTIONS.values():
        for _, _, _, _, left, audit, lost, *_ in rows(section):
            assert lost == "0"
            assert audit == left, "what runs after a `destroy` is shown by audit, and nothing else has to be"


def test_it_is_the_same_from_run_to_run() -> None:
    assert not re.search(r"127\.0\.0\.1:\d", PAGE)
