"""Links between files lead somewhere, to headings as well."""

import re
from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, name
from tests.kit.cli import ROOT

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^( *)```.*?^\1```$|`[^`\n]+`\(", re.MULTILINE | re.DOTALL)


def anchors(file: Path) -> set[str]:
    """Of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", file.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", DOCUMENTS, ids=name)
def test_links_lead_somewhere(file: Path) -> None:
    for link in LINK.findall(CODE.sub("", file.read_text())):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = file.parent / path if path else file
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("file", DOCUMENTS, ids=name)
def test_paths_exist(file: Path) -> None:
    for path in re.findall(r"`((?:tests|examples|docs|sandbox|bench|provider)/[\w./-]*)`", file.read_text()):
        assert (ROOT / path).exists(), path
