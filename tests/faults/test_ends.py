"""How the end of a recording is seen, where the service is slow to say it, or says it in words of its own."""

import time
from typing import Any

import pytest

from tests.faults.scripted_service import MEETING, ONE, R1, Service, after, plugin_of
from tests.kit.in_process import Resource
from tests.kit.scripted import Answer, Request

# A stop, while the service is slow to say more


def test_a_stop_that_was_accepted_is_looked_at_for_as_long_as_it_takes(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where requests are held back, or fail, a stop's own time may be over before one look was answered."""
    monkeypatch.setattr("pulumi_realtimekit.plugin.control.STOP_SECONDS", 0.3)
    service = Service()
    stopped: list[float] = []

    def script(request: Request) -> Answer:
        if request.method == "PUT":
            stopped.append(time.monotonic())
        if stopped and request.method == "GET":
            is_over = time.monotonic() > stopped[0] + 0.6
            return Answer({"success": True, "data": {**R1, "status": "UPLOADED"}}) if is_over else after(0.1)
        return service(request)

    server = serve(script)
    resource = Resource(plugin_of(server), meeting_id=MEETING)
    resource.up()
    resource.destroy()
    assert len([request for request in server.requests if request.method == "PUT"]) == 1


# A status that nobody has seen before

FAILED = {**R1, "status": "FAILED", "stopped_time": "2026-07-01T00:00:00.000Z", "stop_reason": "INTERNAL_ERROR"}


def test_what_has_stopped_by_a_status_never_seen_is_not_taken_over(serve: Any) -> None:
    listed = {**ONE, "data": [FAILED]}
    server = serve(Service(look=Answer(listed), start=Answer({"success": True, "data": {**R1, "id": "r2"}})))
    resource = Resource(plugin_of(server), meeting_id=MEETING, start_seconds=0)
    resource.up()
    assert resource.id == "r2"


def test_and_its_stop_is_no_failure(serve: Any) -> None:
    refused = Answer({"success": False, "error": {"code": 400, "message": "already ended"}}, status=400)
    service = Service()
    server = serve(lambda request: refused if request.method == "PUT" else service(request))
    resource = Resource(plugin_of(server), meeting_id=MEETING)
    resource.up()
    service.answers["one"] = Answer({"success": True, "data": FAILED})
    resource.destroy()
