"""The Markdown of the repository: what is written for readers."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.kit.cli import ROOT

DOCUMENTS: Sequence[Path] = sorted(
    file
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md", "provider/*.md", "templates/**/*.md", "bench/**/*.md")
    for file in ROOT.glob(pattern)
    if ".venv" not in file.parts
)
GUIDES = [file for file in DOCUMENTS if file.is_relative_to(ROOT / "docs")]


def blocks(file: Path, language: str) -> Iterator[str]:
    """The code blocks of a language."""
    for match in re.finditer(rf"^( *)```{language}\n(.*?)^\1```$", file.read_text(), re.MULTILINE | re.DOTALL):
        yield match[2]


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))
