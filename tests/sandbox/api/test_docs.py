"""docs/sandbox-api.md names every call, option and fault that there is."""

from __future__ import annotations

import pytest

from sandbox.api.control import MeetingBody
from sandbox.api.faults import FAULTS
from sandbox.api.server import api
from sandbox.api.testing import PROJECT

PAGE = (PROJECT / "docs" / "sandbox-api.md").read_text("utf-8")
OPTIONS = [option for parameter in api.params for option in parameter.opts]
CONTROL = ["PUT /meetings/{id}", "POST /clock", "GET /recordings", "GET /requests", "POST /faults", "POST /reset"]


@pytest.mark.parametrize(
    "named",
    [
        *(f"`{option}" for option in OPTIONS),
        *(f"| `{fault}` |" for fault in FAULTS),
        *(f"`{setting}`" for setting in MeetingBody.model_fields),
        *(f"| `{call}`" for call in CONTROL),
    ],
)
def test_the_page_names_it(named: str) -> None:
    assert named in PAGE
