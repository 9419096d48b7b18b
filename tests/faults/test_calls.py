"""Every fault x every call x every dialect: one recording begun, none lost. Then faults that last, hidden starts."""

import time
from typing import Any

import pytest
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.faults import FaultName
from sandbox.api.testing import SandboxApi
from tests.faults.calls import CALLS, FAULTS, MAY_HAVE_ACTED, TIMEOUT, details, outcome, result
from tests.kit.in_process import MEETING, Plugin, Resource
from tests.kit.service import running, started_elsewhere
from tests.kit.waiting import when


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", CALLS)
def test_one_fault_in_any_call_costs_nothing(api: SandboxApi, name: str, fault: FaultName) -> None:
    call = CALLS[name]
    found = outcome(api, call, fault)
    assert call.is_kept(found), found
    if (name, fault) == ("is it live: start deferred", "empty_after"):  # a 404 of somebody else's: nobody knows
        assert "The meeting has no active session" in found.said[0]
    elif name == "start" and fault not in (*MAY_HAVE_ACTED, "429", "delay_before"):
        (warning,) = found.said
        assert "1 went unanswered, and may still begin another" in warning
    else:
        assert [said for said in found.said if not said.startswith("the service asks for a pause")] == []
    assert api.faults()["faults"] == [], "the fault did happen"


LASTING_LOOK = [fault for fault in FAULTS if fault not in {"delay", "delay_before"}]


@pytest.mark.parametrize("fault", FAULTS)
def test_starts_that_go_wrong_for_good(api: SandboxApi, fault: FaultName) -> None:
    """Where a start has acted, a look finds what began; where it has not, it is an error, and nothing runs."""
    found = outcome(api, CALLS["start"], fault, times=None)
    assert found.known
    acted = fault in MAY_HAVE_ACTED
    assert (found.begun, found.running) == ((1, 1) if acted else (0, 0))
    starts = len(api.requests(method="POST"))
    if acted:
        assert starts == 1
        assert found.said == []
    elif fault == "429":
        assert "answered 429: " in found.said[0]
        assert starts == 20
    else:
        assert found.said[0].startswith(
            f"meeting {MEETING}: its track recording may be running: it was started 4 times"
        )
        assert "python -m pulumi_realtimekit audit" in found.said[0]
        assert starts == 4
    api.clear_faults()
    resource = Resource(Plugin(api), meeting_id=MEETING)
    resource.up()
    assert result(api, resource, []).begun == 1


@pytest.mark.parametrize("fault", LASTING_LOOK)
def test_looks_that_go_wrong_for_good_start_nothing(api: SandboxApi, fault: FaultName) -> None:
    found = outcome(api, CALLS["look"], fault, times=None)
    assert (found.begun, found.running) == (0, 0)
    assert api.requests(method="POST") == []
    (error, *_) = found.said
    assert "127.0.0.1" in error


@pytest.mark.parametrize("fault", ["503", "cut_after", "429", "drop_before"])
def test_a_lost_answer_and_a_list_that_cannot_be_read_say_what_may_be_running(
    api: SandboxApi, fault: FaultName
) -> None:
    plugin = Plugin(api, timeoutSeconds=TIMEOUT)
    resource = Resource(plugin, meeting_id=MEETING)
    api.fault("delay", method="POST", path="/recordings/track", seconds=1.3 * TIMEOUT)

    def break_the_list() -> None:
        api.fault(fault, method="GET", path="/recordings", times=None, **details(fault, TIMEOUT))

    with when(lambda: api.requests(method="POST"), break_the_list), pytest.raises(RealtimeKitError) as raised:
        resource.up()
    message = str(raised.value)
    assert message.startswith(f"meeting {MEETING}: its track recording may be running: no whole answer from 127.0.0.1")
    assert "and the service's list, which would tell: " in message
    assert "The next `up` takes it over where it finds it" in message
    api.clear_faults()
    resource.by(Plugin(api)).up()
    found = result(api, resource, [])
    assert (found.begun, found.running, found.known) == (1, 1, True)
    assert resource.outputs["adopted"] is True


def test_a_lost_answer_is_never_deferred(api: SandboxApi) -> None:
    """The meeting ends while the answer is lost: what began is found, not waited for as PENDING."""
    plugin = Plugin(api, timeoutSeconds=TIMEOUT)
    api.meeting(MEETING, visible_seconds=3600)
    resource = Resource(plugin, meeting_id=MEETING, when_idle="defer")
    api.fault("delay", method="POST", path="/recordings/track", seconds=1.2 * TIMEOUT)

    doubt = r"may be running: an answer to its start was lost, and then: .*400"
    begun = when(api.recordings, lambda: api.meeting(MEETING, live=False))
    with begun, pytest.raises(RealtimeKitError, match=doubt):
        resource.up()
    assert len(api.recordings()) == 1


@pytest.mark.parametrize("when_active", ["adopt", "fail"])
@pytest.mark.parametrize("fault", MAY_HAVE_ACTED)
def test_what_is_hidden_for_a_while_is_found(api: SandboxApi, fault: FaultName, when_active: str) -> None:
    """It shows in the list only after a third of the looks; it is ours, whatever `when_active` says."""
    api.meeting(MEETING, visible_seconds=0.1)
    plugin = Plugin(api, timeoutSeconds=TIMEOUT)
    resource = Resource(plugin, meeting_id=MEETING, when_active=when_active)
    api.fault(fault, method="POST", path="/recordings/track", **details(fault, TIMEOUT))
    resource.up()
    found = result(api, resource, [])
    assert (found.begun, found.running, found.known) == (1, 1, True)
    assert resource.outputs["adopted"] is False
    assert plugin.heard.warnings == []


def test_what_is_hidden_for_longer_than_the_looks_is_stopped_once_it_shows(services: Any) -> None:
    """A server that accepts a second start meanwhile: two begin, and one is stopped."""
    api: SandboxApi = services("documented")
    api.meeting(MEETING, visible_seconds=1.4)
    api.fault("drop_after", method="POST", path="/recordings/track")
    resource = Resource(Plugin(api, timeoutSeconds=3), meeting_id=MEETING)
    resource.up()
    found = result(api, resource, [])
    assert (found.running, found.known) == (1, True)
    assert found.begun <= 2


def test_what_is_hidden_where_the_service_refuses_a_second_one(live: SandboxApi) -> None:
    """409 tells that it runs: nothing is doubled, the error says so, and the next `up` takes it over."""
    live.meeting(MEETING, visible_seconds=3600)
    live.fault("drop_after", method="POST", path="/recordings/track")
    resource = Resource(Plugin(live, timeoutSeconds=TIMEOUT), meeting_id=MEETING)
    began = time.monotonic()
    with pytest.raises(RealtimeKitError, match=r"a track recording is active, but the service does not list it.*409"):
        resource.up()
    assert time.monotonic() - began < 20, "looks are as short as the timeout is"
    assert len(live.recordings()) == 1
    live.advance(3600)
    resource.by(Plugin(live)).up()
    assert result(live, resource, []).begun == 1
    assert resource.outputs["adopted"] is True


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_several_lost_answers_begin_one(api: SandboxApi, lost: int) -> None:
    """Sent again and again where looks show that nothing began, until it does."""
    api.fault("drop_before", method="POST", path="/recordings/track", times=lost)
    resource = Resource(Plugin(api, timeoutSeconds=TIMEOUT), meeting_id=MEETING)
    resource.up()
    found = result(api, resource, [])
    assert (found.begun, found.running, found.known) == (1, 1, True)
    assert len(api.requests(method="POST")) == lost + 1


def test_somebody_elses_start_at_the_same_moment_is_not_stopped(services: Any) -> None:
    """Of two that began since, one is ours, the answer to which was lost; the other one runs on, and is named."""
    api: SandboxApi = services("documented")
    plugin = Plugin(api, timeoutSeconds=TIMEOUT)
    resource = Resource(plugin, meeting_id=MEETING)
    api.fault("delay", method="POST", path="/recordings/track", seconds=1.2 * TIMEOUT)

    with when(api.recordings, lambda: started_elsewhere(api)):
        resource.up()
    first, second = running(api)
    assert resource.id == first
    assert any(f"{second} runs on" in warning for warning in plugin.heard.warnings)
