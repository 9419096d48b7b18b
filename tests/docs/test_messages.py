"""The page on messages quotes each one that the provider can say, whole as users see it, and none that it cannot.

A message is made of strings of several words in the provider's source, whose variable parts are `…`. Docstrings, the
texts below fields and the command line's own help are none.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pulumi_realtimekit

from tests.kit.cli import ROOT

PAGE = ROOT / "docs" / "troubleshooting.md"
PACKAGE = Path(pulumi_realtimekit.__file__).parent
SCHEMAS = {"documentation.py", "schema.py", "pulumi_schema.py"}
"""Only schemas and documentation are made with these."""
HELP = {"help", "description", "metavar", "prog", "title"}

HELP_ON_ENVIRONMENT = (
    "The API token comes from CLOUDFLARE_API_TOKEN, since the state keeps it encrypted; CLOUDFLARE_ACCOUNT_ID, "
    "REALTIMEKIT_APP_ID and CLOUDFLARE_BASE_URL stand in for what the state does not have"
)
NO_MESSAGES = {
    HELP_ON_ENVIRONMENT,
    "or another resource's output",  # said by the types
    "… in the state: ended since",  # a cell of a table
    "Stack config of pulumi-realtimekit",  # a title in the schema
    "the engine configures a provider before it calls it",  # a bug, with its traceback
    "… object has no attribute …",  # a mistake in a program, with its traceback
}


def texts(node: ast.AST) -> Iterator[str]:
    """Of the strings in a piece of source that are no documentation."""
    if isinstance(node, ast.Constant | ast.JoinedStr) and (text := text_of(node)) is not None:
        yield text
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


def pattern(text: str) -> re.Pattern[str]:
    """Finds a message with any values, also where it is a part of another one."""
    return re.compile(r"\s*".join(".*?" if part == "…" else re.escape(part) for part in re.findall(r"…|[^…\s]+", text)))


def said(words: int) -> set[str]:
    """The strings of the provider with at least so many words."""
    files = [file for file in PACKAGE.rglob("*.py") if file.name not in SCHEMAS]
    found = {" ".join(text.split()) for file in files for text in texts(ast.parse(file.read_text()))}
    return {text for text in found if " " in text and len(re.findall(r"[A-Za-z']{2,}", text)) >= words}


BLOCKS = re.findall(r"^```text\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
QUOTED = [line for block in BLOCKS for line in block.splitlines()]


def test_each_message_is_explained() -> None:
    missing = {text for text in said(4) - NO_MESSAGES if not any(map(pattern(text).search, QUOTED))}
    assert missing == set()


def test_no_other_message_is_explained() -> None:
    patterns = [pattern(text) for text in said(2)]
    assert [line for line in QUOTED if not any(one.search(line) for one in patterns)] == []
    assert len(QUOTED) == len(set(QUOTED))
