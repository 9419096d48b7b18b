"""What the provider can say, read from its source: every piece of prose that is no documentation.

A message is a string of several words, its variable parts being `…`. Docstrings, the texts below fields (those are
in the configuration reference) and the words of the command line's own help are none.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pulumi_realtimekit

PACKAGE = Path(pulumi_realtimekit.__file__).parent
VARIABLE = "…"
NO_MESSAGES = {"_documentation.py", "_schema.py"}
"""Only the documentation is generated with these."""
HELP = {"help", "description", "metavar", "prog", "title"}


def messages(words: int) -> set[str]:
    """Every message of the package that has at least so many words."""
    return {
        message
        for file in sorted(PACKAGE.rglob("*.py"))
        if file.name not in NO_MESSAGES
        for message in _messages_of(ast.parse(file.read_text()))
        if len(re.findall(r"[A-Za-z']{2,}", message)) >= words and " " in message
    }


def normalised(text: str) -> str:
    """A message as it is compared: one line, variable parts as one `…` each."""
    return re.sub(rf"{VARIABLE}(\s*{VARIABLE})+", VARIABLE, " ".join(text.split())).strip()


def _messages_of(tree: ast.Module) -> Iterator[str]:
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if _text(node) is None:
            pending += _children(node)
            continue
        yield normalised(_text(node) or "")
        pending += [part.value for part in _parts(node) if isinstance(part, ast.FormattedValue)]


def _children(node: ast.AST) -> list[ast.AST]:
    """What is looked at below a node: no strings that stand alone (docstrings), no help."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return []
    if isinstance(node, ast.keyword) and node.arg in HELP:
        return []
    return list(ast.iter_child_nodes(node))


def _text(node: ast.AST) -> str | None:
    """A string's text with its variable parts as `…`; None where a node is no string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or VARIABLE for part in node.values)
    return None


def _parts(node: ast.AST) -> list[ast.expr]:
    return node.values if isinstance(node, ast.JoinedStr) else []
