"""docs/configuration.md: its generated parts are current, and what it shows is accepted."""

import importlib.util
import re
from pathlib import Path

import pulumi_realtimekit as realtimekit
import pytest
import yaml
from pulumi_realtimekit.declarations.storages import STORAGES

from tests.kit.stack import Stack
from tests.unit.checks.test_schema import marked

PAGE = Path(__file__).resolve().parents[3] / "docs" / "configuration.md"

_spec = importlib.util.spec_from_file_location("configuration", PAGE.with_suffix(".py"))
assert _spec is not None
assert _spec.loader is not None
generator = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(generator)


def blocks() -> list[str]:
    """The stack files that the page shows; the others say in their first line what they are."""
    found = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return [block for block in found if block.startswith(("config:", "# yaml-language-server"))]


def test_the_page_is_current() -> None:
    text = PAGE.read_text("utf-8")

    assert generator.page(text) == text, "run `python docs/configuration.py`"


def test_the_page_shows_every_type_of_storage() -> None:
    assert len(blocks()) == 1 + len(STORAGES)


@pytest.mark.parametrize("block", blocks())
def test_what_the_page_shows_is_accepted(block: str, stack: Stack) -> None:
    content = yaml.safe_load(block)
    stack.configure(yaml.safe_dump(content["config"], allow_unicode=True).replace("…", "x"))

    realtimekit.load_config()

    assert marked(content) == []
    assert stack.warnings == []
