"""The page on messages quotes each one that the provider can say, and none that it cannot."""

import re

import pytest

from tests.docs.messages import messages, normalised
from tests.kit.cli import ROOT

PAGE = ROOT / "docs" / "troubleshooting.md"
FEW, SEVERAL = 1, 2
"""A message of one word is known by what it is part of, and may be quoted."""

FRAGMENTS = {
    "environment variable …",
    "for type '…'",
    "has ended, …",
    "not named",
    "one mistake",
    "something else",
    "timed out",
}
"""What is said within another message alone, and is explained there."""

NOT_SAID = {
    "; set it with": "where a message is cut off: what follows is for a stack's config, not for a program's arguments",
    "Stack config of pulumi-realtimekit": "a title in the schema",
    "the engine configures a provider before it calls it": "a bug, with its traceback",
    "Recording | None": "a type",
    "… object has no attribute …": "a mistake in a program, with its traceback",
}

QUOTED = [
    normalised(line)
    for block in re.findall(r"^```text\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.parametrize("message", sorted(messages(SEVERAL) - NOT_SAID.keys() - FRAGMENTS))
def test_each_message_is_explained(message: str) -> None:
    assert message in QUOTED


def test_no_other_message_is_quoted() -> None:
    assert sorted(set(QUOTED) - messages(FEW)) == []


def test_no_message_is_quoted_twice() -> None:
    assert len(QUOTED) == len(set(QUOTED))


def test_what_is_not_said_exists() -> None:
    assert NOT_SAID.keys() | FRAGMENTS <= messages(SEVERAL)
    assert FRAGMENTS.isdisjoint(QUOTED)
