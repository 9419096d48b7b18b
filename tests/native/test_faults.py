"""Every fault of the sandbox API in each call of a life, through the native door: nothing twice, nothing lost."""

import pytest

from sandbox.api.faults import FaultName
from sandbox.api.testing import SandboxApi
from tests.faults.calls import CALLS, FAULTS, outcome
from tests.native.door import NativePlugin


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_nothing_is_recorded_twice_or_lost(live: SandboxApi, call: str, fault: FaultName) -> None:
    found = outcome(live, CALLS[call], fault, plugin=NativePlugin)
    assert CALLS[call].is_kept(found), found
    assert not [text for text in found.said if "when_" in text or "recording_id" in text], "an argument in snake case"
