"""The page on interruptions is of the present code; `make guarantees` writes it anew."""

from __future__ import annotations

import re

from sandbox.api.dialects import DIALECTS
from tests.interruptions.__main__ import COLUMNS, HEAD, call, title
from tests.interruptions.interruptions import INTERRUPTIONS
from tests.interruptions.moments import MOMENTS
from tests.kit.cli import ROOT
from tests.kit.pages import rows

PAGE = (ROOT / "docs" / "interruptions.md").read_text()
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_its_head_is_the_present_one_and_names_the_cli() -> None:
    version = re.search(r"Pulumi CLI (v[\d.]+)\.", PAGE)
    assert version
    assert PAGE.startswith(f"{HEAD.format(version=version[1])}\n## ")
    assert not re.search(r"127\.0\.0\.1:\d", PAGE), "it is the same from run to run"


def test_it_has_each_interruption_in_each_call_of_each_dialect_and_keeps_the_promises() -> None:
    assert [*SECTIONS] == [title(interruption) for interruption in INTERRUPTIONS]
    expected = sorted((call(moment), dialect) for moment in MOMENTS for dialect in moment.dialects)
    for section in SECTIONS.values():
        found = []
        for what, where, _, _, left, audit, lost, _ in rows(section, COLUMNS):
            found += [(what, dialect) for dialect in (DIALECTS if where == "all" else where.split(", "))]
            assert lost == "0"
            assert audit == left, "what runs after a `destroy` is shown by audit, and nothing else has to be"
        assert sorted(found) == expected
