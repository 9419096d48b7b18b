"""A start that is refused, and the question whether the meeting is idle or it was refused for another reason."""

from typing import Any

import pytest
from pulumi_realtimekit.errors import RealtimeKitError

from tests.faults.scripted_service import MEETING, NONE, Service, plugin_of
from tests.kit.in_process import Resource
from tests.kit.scripted import Answer

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
    refused = Answer({"success": False, "error": {"code": 400, "message": "no such filter"}}, status=400)
    server = serve(Service(look=refused, session=IDLE))
    with pytest.raises(RealtimeKitError, match="answered 400: no such filter"):
        Resource(plugin_of(server), meeting_id=MEETING, when_idle="defer").up()
