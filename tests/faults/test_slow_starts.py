"""Starts that a service works on for longer than a call waits for it, and starts that it accepts without a name."""

import time
from typing import Any

import pytest
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.testing import SandboxApi
from tests.faults.scripted_service import NONE, R1, Service, plugin_of
from tests.kit.in_process import MEETING, Plugin, Resource
from tests.kit.scripted import Answer, Request
from tests.kit.service import running

START = "/recordings/track"


@pytest.fixture(params=["documented", "reference"])
def lenient(request: pytest.FixtureRequest, services: Any) -> SandboxApi:
    """A service that accepts a second start of a meeting."""
    api: SandboxApi = services(request.param)
    return api


@pytest.fixture
def in_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks as short as they are: what is longer is so for its own reason."""
    monkeypatch.setattr("pulumi_realtimekit.plugin.single_start.LOOK_SECONDS", 0.1)


@pytest.mark.usefixtures("in_a_moment")
def test_a_start_that_timed_out_is_looked_for_as_long_again_before_another_is_sent(lenient: SandboxApi) -> None:
    lenient.fault("delay_before", method="POST", path=START, seconds=1.7)
    resource = Resource(Plugin(lenient, timeoutSeconds=1), meeting_id=MEETING)
    resource.up()
    assert [one["id"] for one in lenient.recordings()] == [resource.id]
    assert len(lenient.requests(method="POST")) == 1
    assert resource.outputs["adopted"] is False


@pytest.mark.usefixtures("in_a_moment")
@pytest.mark.parametrize("status", [504, 524])
def test_so_is_one_that_a_gateway_did_not_wait_for(serve: Any, status: int) -> None:
    service = Service(start=[Answer(status=status)])
    began: list[float] = []

    def script(request: Request) -> Answer:
        answer = service(request)
        if service.kind(request) == "start":
            began.append(time.monotonic())
        is_early = not began or time.monotonic() < began[0] + 0.7
        return Answer(NONE) if service.kind(request) == "look" and is_early else answer

    server = serve(script)
    resource = Resource(plugin_of(server), meeting_id=MEETING)
    resource.up()
    assert resource.id == "r1"
    assert len(began) == 1


def test_a_start_that_is_worked_on_for_longer_still_is_stopped_or_told(lenient: SandboxApi) -> None:
    """Sent again by then: the looks that follow find both, or the message says that one is missing."""
    lenient.fault("delay_before", method="POST", path=START, seconds=2.5)
    plugin = Plugin(lenient, timeoutSeconds=1)
    resource = Resource(plugin, meeting_id=MEETING)
    resource.up()
    assert len(lenient.recordings()) == 2
    assert running(lenient) == [resource.id]
    (stopped,) = [one["id"] for one in lenient.recordings() if one["id"] != resource.id]
    (warning,) = plugin.heard.warnings
    assert f"{resource.id} counts as this one's, {stopped} was stopped" in warning


def test_a_start_that_nobody_sees_again_is_told(lenient: SandboxApi) -> None:
    lenient.fault("drop_before", method="POST", path=START, times=2)
    plugin = Plugin(lenient, timeoutSeconds=0.7)
    resource = Resource(plugin, meeting_id=MEETING)
    resource.up()
    assert running(lenient) == [resource.id]
    (warning,) = plugin.heard.warnings
    assert f"besides the start of recording {resource.id}, 2 went unanswered" in warning
    assert "python -m pulumi_realtimekit audit" in warning


def listed(*recordings: dict[str, Any]) -> Answer:
    return Answer({"data": [{**R1, **one} for one in recordings], "paging": {"total_count": len(recordings)}})


class Repeated:
    """A service that answers the last of so many starts alone, and then lists, look by look, what is given."""

    def __init__(self, starts: int, *looks: tuple[dict[str, Any], ...]) -> None:
        self.looks, self.stopped, self._left = [*looks], list[str](), starts

    def __call__(self, request: Request) -> Answer:
        if request.method == "PUT":
            self.stopped.append(request.path.rsplit("/", 1)[-1])
            return Answer({"data": {**R1, "id": self.stopped[-1], "status": "UPLOADING"}})
        if request.method == "POST":
            self._left -= 1
            return Answer(status=500) if self._left else Answer({"data": {**R1, "id": "kept"}})
        return listed() if self._left else listed({"id": "kept"}, *self.looks.pop(0))


def test_the_looks_for_doubles_go_on_after_the_first(serve: Any) -> None:
    """Three starts, which show one after the other: one is kept, two are stopped."""
    service = Repeated(3, ({"id": "r1"},), ({"id": "r1"}, {"id": "r2"}))
    plugin = plugin_of(serve(service))
    resource = Resource(plugin, meeting_id=MEETING, start_seconds=0)
    resource.up()
    assert (resource.id, sorted(service.stopped)) == ("kept", ["r1", "r2"])
    told = [*zip(service.stopped, plugin.heard.warnings, strict=True)]
    assert all(f"kept counts as this one's, {name} was stopped" in warning for name, warning in told)
    assert service.looks == [], "all three have shown"


def test_of_three_that_began_with_two_starts_one_is_somebody_elses(serve: Any) -> None:
    """One is kept, the older one of the others counts as the double and is stopped, the newer one runs on."""
    newer = {"id": "newer", "invoked_time": "2026-07-01T00:00:02.000Z"}
    older = {"id": "older", "invoked_time": "2026-07-01T00:00:01.000Z"}
    service = Repeated(2, (newer, older))
    plugin = plugin_of(serve(service))
    resource = Resource(plugin, meeting_id=MEETING, start_seconds=0)
    resource.up()
    assert (resource.id, service.stopped) == ("kept", ["older"])
    double, stranger = plugin.heard.warnings
    assert "kept counts as this one's, older was stopped" in double
    assert "kept counts as this one's; newer runs on" in stranger


def test_of_two_that_began_the_one_that_still_runs_is_kept(serve: Any) -> None:
    both = listed({"id": "r1", "status": "ERRORED"}, {"id": "r2"})
    server = serve(Service(start=[Answer(status=500)], look=[Answer(NONE), both]))
    resource = Resource(plugin_of(server), meeting_id=MEETING)
    resource.up()
    assert resource.id == "r2"
    assert [request.method for request in server.requests] == ["GET", "POST", "GET"]


# Accepted without a name


def test_what_was_accepted_without_a_name_is_looked_for_long(services: Any) -> None:
    """For six times as long as after a lost answer."""
    api: SandboxApi = services("reference")
    api.meeting(MEETING, visible_seconds=2.5)
    resource = Resource(Plugin(api, timeoutSeconds=1), meeting_id=MEETING)
    resource.up()
    assert running(api) == [resource.id]
    assert len(api.requests(method="POST")) == 1


def test_looks_that_fail_do_not_end_the_search_for_it(serve: Any) -> None:
    service = Service(start=Answer(b""), look=[Answer(NONE), *[Answer(status=500)] * 14])
    server = serve(service)
    resource = Resource(plugin_of(server), meeting_id=MEETING)
    resource.up()
    assert resource.id == "r1"
    assert service.answers["look"] == [], "all of them failed, more than one look tries"


def test_what_was_accepted_and_never_shows_is_in_doubt(services: Any) -> None:
    api: SandboxApi = services("reference")
    api.meeting(MEETING, visible_seconds=3600)
    began = time.monotonic()
    with pytest.raises(RealtimeKitError, match="accepted its start, but named no recording and lists none"):
        Resource(Plugin(api, timeoutSeconds=0.5), meeting_id=MEETING).up()
    assert time.monotonic() - began >= 3, "a twentieth of a minute"
    assert len(api.requests(method="POST")) == 1


# What a list says


def test_a_listed_recording_that_does_not_exist_is_none(serve: Any) -> None:
    ghost = {"id": "ghost", "status": "RECORDING", "type": "", "output_file_name": None}
    gone = Answer({"success": False, "error": {"code": 404, "message": "Recording not found"}}, status=404)
    server = serve(Service(look=[listed(ghost)], one=[gone]))
    resource = Resource(plugin_of(server), meeting_id=MEETING, when_active="fail")
    resource.up()
    assert resource.id == "r1"
