"""docs/sandbox-api.md names every call, option and fault that there is."""

from __future__ import annotations

import re

import pytest

from sandbox.api.control import MeetingBody
from sandbox.api.faults import FAULTS
from sandbox.api.server import api
from sandbox.api.testing import PROJECT

PAGE = (PROJECT / "docs" / "sandbox-api.md").read_text("utf-8")
OPTIONS = [option for parameter in api.params for option in parameter.opts]


@pytest.mark.parametrize("option", OPTIONS)
def test_options(option) -> None:
    assert re.search(rf"`{option}[ `]", PAGE)


@pytest.mark.parametrize("fault", FAULTS)
def test_faults(fault) -> None:
    assert f"| `{fault}` |" in PAGE


@pytest.mark.parametrize("setting", MeetingBody.model_fields)
def test_settings_of_meetings(setting) -> None:
    assert f"`{setting}`" in PAGE


@pytest.mark.parametrize("path", ["/meetings/", "/clock", "/recordings", "/requests", "/faults", "/reset"])
def test_control_calls(path) -> None:
    assert path in PAGE.partition("## Control")[2]
