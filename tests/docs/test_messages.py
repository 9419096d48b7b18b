"""The page on messages quotes each one that the provider can say, and none that it cannot.

A message is a string of several words in the provider's source, its variable parts being `…`. Docstrings, the texts
below fields and the command line's own help are none.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pulumi_realtimekit

from tests.kit.cli import ROOT

PAGE = ROOT / "docs" / "troubleshooting.md"
PACKAGE = Path(pulumi_realtimekit.__file__).parent
SCHEMAS = {"documentation.py", "schema.py"}
"""Only schemas and documentation are made with these."""
HELP = {"help", "description", "metavar", "prog", "title"}

EXPLAINED_ELSEWHERE = {
    "environment variable …",
    "for type '…'",
    "has ended, …",
    "not named",
    "one mistake",
    "something else",
    "timed out",
}
"""Said within another message alone, and explained there."""

NO_MESSAGES = {
    "Stack config of pulumi-realtimekit",  # a title in the schema
    "; set it with",  # where a message is cut off: what follows is for a stack's config, not for a program's arguments
    "the engine configures a provider before it calls it",  # a bug, with its traceback
    "Recording | None",  # a type
    "… object has no attribute …",  # a mistake in a program, with its traceback
}


def normalised(text: str) -> str:
    """One line, adjacent variable parts as one `…`."""
    return re.sub(r"…(\s*…)+", "…", " ".join(text.split())).strip()


def texts(node: ast.AST) -> Iterator[str]:
    """Of the strings in a piece of source that are no documentation."""
    if isinstance(node, ast.Constant | ast.JoinedStr) and (text := text_of(node)) is not None:
        yield normalised(text)
    is_documentation = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    if not is_documentation and not (isinstance(node, ast.keyword) and node.arg in HELP):
        parts = [part.value for part in ast.walk(node) if isinstance(part, ast.FormattedValue)]
        for child in parts if isinstance(node, ast.JoinedStr) else ast.iter_child_nodes(node):
            yield from texts(child)


def text_of(node: ast.AST) -> str | None:
    """A string's text with its variable parts as `…`; None where a node is no string."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "…" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def test_each_message_is_explained_once_and_no_other_is() -> None:
    files = [file for file in PACKAGE.rglob("*.py") if file.name not in SCHEMAS]
    said = {text for file in files for text in texts(ast.parse(file.read_text())) if " " in text}
    words = {text: len(re.findall(r"[A-Za-z']{2,}", text)) for text in said}
    blocks = re.findall(r"^```text\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    quoted = [normalised(line) for block in blocks for line in block.splitlines()]

    assert {text for text in said if words[text] > 1} - EXPLAINED_ELSEWHERE - NO_MESSAGES - {*quoted} == set()
    assert {text for text in quoted if not words.get(text)} == set()
    assert len(quoted) == len(set(quoted))
    assert EXPLAINED_ELSEWHERE.isdisjoint(quoted)
