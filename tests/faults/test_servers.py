"""Servers that misbehave in ways no fault on request does: byte by byte, endlessly, by redirects, in odd shapes."""

import gzip
import time
from typing import Any

import pytest
from pulumi_realtimekit.api import http as _http
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.testing import SandboxApi
from tests.faults.scripted_service import MEETING, NONE, ONE, R1, Service, after, plugin_of
from tests.kit.in_process import Plugin, Resource
from tests.kit.scripted import Answer, Request


@pytest.mark.parametrize("call", ["look", "start"])
def test_a_server_that_trickles_is_given_up_on_in_time(serve: Any, call: str) -> None:
    """Every read is answered within its timeout, and the answer would take a minute."""
    body = {"success": True, "data": R1} if call == "start" else NONE
    server = serve(Service(**{call: [Answer(body, trickle=0.3)] * (9 if call == "look" else 1)}))
    resource = Resource(plugin_of(server), meeting_id=MEETING)
    began = time.monotonic()
    if call == "look":
        with pytest.raises(RealtimeKitError, match=r"no whole answer from 127.0.0.1:[0-9]+ within 1 s"):
            resource.up()
        assert len(server.requests) == 2, "a timeout is waited for twice, no more"
    else:
        resource.up()
        assert resource.id == "r1"
        assert len([request for request in server.requests if request.method == "POST"]) == 1
    assert time.monotonic() - began < 10


def test_an_answer_that_does_not_end_is_given_up_on(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi_realtimekit.api.http.MOST_BYTES", 10_000)
    endless = Answer(b" " * 100_000)
    server = serve(Service(look=[endless] * 9))
    with pytest.raises(RealtimeKitError, match=r"the answer from 127.0.0.1:[0-9]+ does not end"):
        Resource(plugin_of(server), meeting_id=MEETING).up()


@pytest.mark.parametrize(
    "answer",
    [
        Answer({"success": True, "id": "of the request"}),
        Answer({"success": True, "data": None}),
        Answer({"success": True, "data": {"id": 7}}),
        Answer(b"<html>"),
        Answer(b"[" * 50_000),
        Answer(b"\xff\xfe"),
        Answer(status=204),
        Answer(b"not gzip", headers={"content-encoding": "gzip"}),
        Answer(gzip.compress(b"cut short")[:-9], headers={"content-encoding": "gzip"}),
        Answer({"success": True, "data": R1}, headers={"content-length": "9999"}, trickle=0),
        Answer({"success": True, "data": R1}, headers={"content-length": "nonsense"}),
        Answer({"success": False, "error": {"code": 500, "message": "who knows"}}),
        Answer({"success": False, "errors": [{"code": 1, "message": "who knows"}]}),
        Answer({"error": "who knows"}, status=500),
        Answer(b"moved", status=307, headers={"location": "/elsewhere"}),
        Answer(status=301, headers={"location": "mailto:x"}),
        Answer(status=307, headers={"location": "http://["}),
        Answer(status=500, headers={"retry-after": "Fri, 31 Dec 9999999999999999999 23:59:59 GMT"}),
        Answer(status=500, headers={"retry-after": "Fri, 31 Dec 9999 23:59:59 -2359"}),
        Answer(status=408),
        Answer(status=599),
    ],
)
def test_whatever_a_start_is_answered_with_the_recording_is_found(serve: Any, answer: Answer) -> None:
    server = serve(Service(start=answer))
    resource = Resource(plugin_of(server), meeting_id=MEETING)
    resource.up()
    assert resource.id == "r1"
    assert len([request for request in server.requests if request.method == "POST"]) == 1
    assert resource.outputs["adopted"] is False


def test_a_bug_in_reading_the_answer_loses_no_recording(
    serve: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The request has left: whatever fails then is doubt, and is looked into."""
    server = serve(Service())
    resource = Resource(plugin_of(server), meeting_id=MEETING, start_seconds=0)
    read, calls = _http.read_json, iter([None, AttributeError(f"a bug that quotes {server.token}")])

    def fails_at_the_start(content: bytes) -> Any:
        error = next(calls, None)
        if error:
            raise error
        return read(content)

    monkeypatch.setattr(_http, "read_json", fails_at_the_start)
    resource.up()
    assert resource.id == "r1"
    assert [request.method for request in server.requests].count("POST") == 1
    assert "AttributeError: a bug that quotes [secret]" in caplog.text
    assert "fails_at_the_start" in caplog.text


@pytest.mark.parametrize(
    "data",
    [
        {**R1, "recording_duration": float("nan"), "session_id": "\ud800"},
        {**R1, "stop_reason": {"reason": "\udfff", "caller": [[[[]]]]}, "started_time": 5},
        {**R1, "status": "A_NEW_ONE", "new_field": {"x": [None]}},
        {"recording": {**R1, "file_size": -1}, "id": "of something else"},
    ],
    ids=["what JSON does not have", "odd types", "a new status", "nested"],
)
def test_no_shape_of_an_accepted_start_loses_its_id(serve: Any, data: dict[str, Any]) -> None:
    server = serve(Service(start=Answer({"success": True, "data": data})))
    resource = Resource(plugin_of(server, timeoutSeconds=3), meeting_id=MEETING, start_seconds=0)
    resource.up()
    assert resource.id == "r1"


REFUSED = Answer({"success": False, "error": {"code": 400, "message": "not now"}}, status=400)
WITHOUT_STATUS = Answer({"success": True, "data": {"id": "r1", "type": "TRACK"}})


def test_a_status_that_is_not_said_changes_none(serve: Any) -> None:
    """After a start and an action it is asked for again, in a refresh the state's is kept."""
    service = Service(start=WITHOUT_STATUS, one=[WITHOUT_STATUS, Answer({"data": R1})])
    server = serve(service)
    resource = Resource(plugin_of(server), meeting_id=MEETING)
    resource.up()
    assert resource.outputs["status"] == "RECORDING"
    service.answers["one"] = [WITHOUT_STATUS]
    resource.refresh()
    assert resource.outputs["status"] == "RECORDING"
    paused = Answer({"data": {**R1, "status": "PAUSED"}})
    service.answers["one"] = [Answer({"data": R1}), WITHOUT_STATUS, paused]
    assert resource.up(desired_status="PAUSED") == "update"
    assert resource.outputs["status"] == "PAUSED"


INVOKED = Answer({"data": {**R1, "status": "INVOKED"}})


def test_a_refused_look_loses_no_recording_that_the_state_does_not_have_yet(serve: Any) -> None:
    """It is looked at again. Where the state has it, the refusal is the user's to see."""
    service = Service(start=INVOKED, look=[Answer(NONE), REFUSED], one=[REFUSED, INVOKED])
    server = serve(service)
    plugin = plugin_of(server)
    resource = Resource(plugin, meeting_id=MEETING)
    resource.up()
    assert resource.outputs["status"] == "RECORDING"
    assert plugin.heard.warnings == []
    service.answers["one"] = [INVOKED, REFUSED]
    with pytest.raises(RealtimeKitError, match="answered 400: not now"):
        resource.up(desired_status="PAUSED")


@pytest.mark.parametrize(
    "look",
    [
        Answer({"success": True, "data": [{"status": "RECORDING"}]}),
        Answer({"success": True, "result": "none"}),
        Answer(b""),
    ],
    ids=lambda answer: repr(answer.content[:40]),
)
def test_a_look_that_cannot_be_read_starts_nothing(serve: Any, look: Answer) -> None:
    server = serve(Service(look=look))
    with pytest.raises(RealtimeKitError, match="answered with something that is not"):
        Resource(plugin_of(server), meeting_id=MEETING).up()
    assert {request.method for request in server.requests} == {"GET"}


def test_a_recording_of_no_known_kind_is_asked_for_before_it_is_taken_over(serve: Any) -> None:
    """In lists nothing may tell a composite recording from a track recording; its own answer does."""
    unnamed = {"id": "c1", "status": "RECORDING", "type": "", "output_file_name": None}
    listed = Answer({"data": [unnamed], "paging": {"total_count": 1}})
    composite = Answer({"data": {**unnamed, "type": "COMPOSITE"}})
    server = serve(Service(look=listed, one=[composite]))
    resource = Resource(plugin_of(server), meeting_id=MEETING, when_active="fail")
    resource.up()
    assert resource.id == "r1"
    assert [request.method for request in server.requests] == ["GET", "GET", "POST"]


CONFLICT = Answer({"success": False, "error": {"code": 409, "message": "already active"}}, status=409)
R0 = {"id": "r0", "status": "RECORDING", "type": "TRACK"}


def test_a_list_that_lags_behind_a_stop_hands_nothing_over(serve: Any) -> None:
    """A replacement: the old one was seen inactive, and the list says that it records on."""
    service = Service(start=[Answer({"data": R0})], one=[Answer({"data": {**R0, "status": "UPLOADING"}})])
    resource = Resource(plugin_of(serve(service)), meeting_id=MEETING)
    resource.up()
    assert resource.id == "r0"
    service.answers["look"] = Answer({"data": [R0], "paging": {"total_count": 1}})
    assert resource.up(max_seconds=60) == "replace"
    assert (resource.id, resource.outputs["adopted"]) == ("r1", False)


def test_a_conflict_that_lags_behind_a_stop_is_waited_out(serve: Any) -> None:
    resource = Resource(plugin_of(serve(Service(look=Answer(NONE), start=[CONFLICT] * 2))), meeting_id=MEETING)
    resource.up()
    assert (resource.id, resource.outputs["adopted"]) == ("r1", False)


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_never_followed(serve: Any, status: int) -> None:
    elsewhere = serve(Service())
    server = serve(lambda request: Answer(status=status, headers={"location": elsewhere.url + request.path}))
    with pytest.raises(
        RealtimeKitError, match=rf"answered {status}.*redirects are not followed: is realtimekit:baseUrl right"
    ):
        Resource(plugin_of(server), meeting_id=MEETING).up()
    assert elsewhere.requests == []
    assert len(server.requests) == 1, "nor asked for again"


# Retry-After


@pytest.mark.parametrize("call", ["look", "start", "one"])
def test_a_pause_that_the_service_asks_for_is_kept(serve: Any, call: str) -> None:
    server = serve(Service(**{call: [after(0.4)]}))
    plugin = plugin_of(server, timeoutSeconds=3)
    resource = Resource(plugin, meeting_id=MEETING)
    began = time.monotonic()
    resource.up()
    if call == "one":
        resource.refresh()
    assert time.monotonic() - began >= 0.4
    assert resource.id == "r1"
    assert [message for _, message in plugin.heard.messages] == [
        "the service asks for a pause: its limit of requests is reached (0 s)"
    ]


@pytest.mark.parametrize("said", [None, "soon", "nan", -5, "Sun, 22 Nov 2015 16:24:29 GMT", "1 Jan 10000000000"])
def test_a_pause_of_no_known_length_is_short(serve: Any, said: Any) -> None:
    server = serve(Service(look=[after(said), after(said)]))
    resource = Resource(plugin_of(server), meeting_id=MEETING)
    resource.up()
    assert resource.id == "r1"


@pytest.mark.parametrize("call", ["look", "start"])
def test_a_pause_of_a_day_is_not_waited_for(serve: Any, call: str) -> None:
    server = serve(Service(**{call: after(86_400)}))
    began = time.monotonic()
    with pytest.raises(RealtimeKitError, match="answered 429: slow down"):
        Resource(plugin_of(server), meeting_id=MEETING).up()
    assert time.monotonic() - began < 10


# A service that is not there


@pytest.mark.parametrize("when", ["look", "start"])
def test_a_service_that_restarts_is_waited_for(when: str) -> None:
    with SandboxApi(start_seconds=0) as api:
        resource = Resource(Plugin(api, timeoutSeconds=30), meeting_id=MEETING)
        if when == "start":
            connection = resource.plugin.lifecycle.connection
            connection.api.recordings(connection.app({}))
        api.stop()
        api.start()
        resource.up()
        assert [one["id"] for one in api.recordings()] == [resource.id]


# A start that is refused: is the meeting idle, or was it refused for another reason?

IDLE = Answer({"success": False, "error": {"code": 404, "message": "no active session"}}, status=404)


@pytest.mark.parametrize("when_idle", ["fail", "wait", "defer"])
def test_a_meeting_that_is_live_by_now_is_started_once_more(serve: Any, when_idle: str) -> None:
    server = serve(Service(start=[IDLE], look=[Answer(NONE)] * 2))
    resource = Resource(plugin_of(server), meeting_id=MEETING, when_idle=when_idle)
    resource.up()
    assert resource.id == "r1"
    assert [request.method for request in server.requests].count("POST") == 2


@pytest.mark.parametrize("when_idle", ["fail", "wait", "defer"])
def test_one_that_is_refused_again_is_refused_for_another_reason(serve: Any, when_idle: str) -> None:
    server = serve(Service(start=[IDLE] * 3, look=Answer(NONE)))
    with pytest.raises(RealtimeKitError, match="answered 404: no active session"):
        Resource(plugin_of(server), meeting_id=MEETING, when_idle=when_idle).up()
    assert [request.method for request in server.requests].count("POST") == 2


def test_a_look_that_is_refused_says_nothing_of_the_session(serve: Any) -> None:
    server = serve(Service(look=REFUSED, session=IDLE))
    with pytest.raises(RealtimeKitError, match="answered 400: not now"):
        Resource(plugin_of(server), meeting_id=MEETING, when_idle="defer").up()


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
    service = Service()
    server = serve(lambda request: REFUSED if request.method == "PUT" else service(request))
    resource = Resource(plugin_of(server), meeting_id=MEETING)
    resource.up()
    service.answers["one"] = Answer({"success": True, "data": FAILED})
    resource.destroy()
