"""Limits: the client's own over all its threads, and the service's, which it shares with others."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from typing import Any

import pytest
from pulumi_realtimekit.api.client import App, RecordingsApi
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.testing import SandboxApi
from tests.faults.scripted_service import MEETING, R1
from tests.kit.in_process import Plugin, Resource
from tests.kit.scripted import Answer, Request
from tests.kit.service import running
from tests.kit.waiting import at_once


def busiest(times: list[float], seconds: float) -> int:
    """How many came in the window of so many seconds that holds the most."""
    return max(sum(first <= other < first + seconds for other in times) for first in times)


def test_many_threads_keep_the_request_limit_together(live: SandboxApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """A window of one second in the place of fifty; the margin is half a second then."""
    monkeypatch.setattr("pulumi_realtimekit.api.limits.WINDOW_SECONDS", 1)
    plugin = Plugin(live, requestLimit=20)
    resources = [Resource(plugin, meeting_id=f"meeting-{number}") for number in range(30)]
    at_once(resource.up for resource in resources)
    arrived = [datetime.fromisoformat(request["at"].replace("Z", "+00:00")).timestamp() for request in live.requests()]
    assert len(arrived) == 60
    assert busiest(arrived, 1) <= 20
    assert {request["status"] for request in live.requests()} == {200}
    assert plugin.heard.messages == [("info", "the request limit (20 in any 1 s) slows this run down")]
    assert all(resource.id for resource in resources)


@pytest.mark.parametrize("processes", [1, 3])
def test_the_services_limit_is_waited_for_without_a_storm(processes: int) -> None:
    """Other processes use the limit up as well: each of them waits when it is told to, and everything begins once."""
    with SandboxApi(request_limit=30, request_window=1, start_seconds=0) as api:
        plugins = [Plugin(api, timeoutSeconds=30) for _ in range(processes)]
        resources = [
            Resource(plugin, meeting_id=f"{index}-{number}")
            for index, plugin in enumerate(plugins)
            for number in range(20)
        ]
        at_once(resource.up for resource in resources)
        assert sorted(running(api)) == sorted(str(resource.id) for resource in resources)
        statuses = [request["status"] for request in api.requests()]
        assert statuses.count(200) == 2 * len(resources)
        assert statuses.count(429) <= len(resources) + 40 * (processes - 1), "each that is under way finds out once"
        for plugin in plugins:
            assert len(plugin.heard.messages) <= 1
            assert all("asks for a pause" in message for _, message in plugin.heard.messages)


def test_the_users_limit_over_minutes_is_waited_for_where_the_pace_keeps_the_other_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second in the place of the pace's 51: it keeps to 10 in each, 79 in the window of the user's limit of 15."""
    monkeypatch.setattr("pulumi_realtimekit.api.limits.WINDOW_SECONDS", 0)
    with SandboxApi(request_limit=10, request_window=0.9, user_limit=15, user_window=7.9, start_seconds=0) as api:
        plugin = Plugin(api, requestLimit=10, timeoutSeconds=30)
        resources = [Resource(plugin, meeting_id=f"meeting-{number}") for number in range(10)]
        at_once(resource.up for resource in resources)
        assert sorted(running(api)) == sorted(str(resource.id) for resource in resources)
        statuses = [request["status"] for request in api.requests()]
    assert statuses.count(200) == 2 * len(resources)
    assert 0 < statuses.count(429) <= len(resources), "each that is under way finds out once"
    (pause,) = [message for _, message in plugin.heard.messages if "asks for a pause" in message]
    assert int(pause.partition("(")[2].split()[0]) > 1, "the minutes, not the pace's own window"


def test_a_resource_that_waits_holds_up_nobody(live: SandboxApi) -> None:
    plugin = Plugin(live)
    live.meeting("idle", live=False)
    waiting = Resource(plugin, meeting_id="idle", when_idle="wait", wait_seconds=30)
    thread = threading.Thread(target=waiting.up)
    thread.start()
    for number in range(10):
        Resource(plugin, meeting_id=f"meeting-{number}").up()
    assert len(live.recordings()) == 10
    live.meeting("idle", live=True)
    thread.join(20)
    assert waiting.id


def test_waiting_asks_less_and_less_often(live: SandboxApi) -> None:
    live.meeting("idle", live=False)
    waiting = Resource(Plugin(live), meeting_id="idle", when_idle="wait", wait_seconds=2)
    began = time.monotonic()
    with pytest.raises(RealtimeKitError):
        waiting.up()
    assert time.monotonic() - began < 10
    asked = len(live.requests(path="*/active-session"))
    assert 3 <= asked <= 10, "pauses of 0.1 to 0.5 s at a tenth of the usual rhythm"


def test_an_engine_that_answers_slowly_lets_no_window_hold_more(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start asks the engine before it leaves; what left meanwhile counts, and so does when it leaves itself."""
    monkeypatch.setattr("pulumi_realtimekit.api.limits.WINDOW_SECONDS", 1)
    left: list[float] = []

    def script(_: Request) -> Answer:
        left.append(time.monotonic())
        return Answer({"success": True, "data": R1})

    place = App("account", "app")
    client = RecordingsApi(base_url=serve(script).base_url, token="t", request_limit=2)
    with closing(client), ThreadPoolExecutor(1) as others:

        def ask() -> None:
            if not left:
                others.submit(lambda: [client.recording(place, "r1") for _ in range(3)])
                time.sleep(1.5)

        client.start(place, {"meeting_id": MEETING}, ask)
    assert len(left) == 4
    assert all(third - first > 1 for first, third in zip(left, left[2:], strict=False))
