"""A whole life in each dialect, and what each verb of it does and says."""

import time
from typing import Any

import httpx
import pytest
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, MEETING, Plugin, Resource
from tests.kit.service import running

DEFAULT_LAYERS = {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}


def calls(api: SandboxApi) -> list[str]:
    """What the service was asked, by method and the end of the path; a recording's id is `one`."""
    known = {recording["id"] for recording in api.recordings()}
    found = []
    for request in api.requests():
        end = request["path"].rsplit("/", 1)[-1]
        action = (request["body"] or {}).get("action") if request["method"] == "PUT" else None
        found.append(f"{request['method']} {action or ('one' if end in known else end)}")
    api.clear_requests()
    return found


def status(api: SandboxApi, number: int = -1) -> str:
    return str(api.recordings()[number]["status"])


def test_a_whole_life(api: SandboxApi) -> None:
    recording = Resource(Plugin(api), meeting_id=MEETING, start_seconds=10)
    assert recording.preview() == ("create", [])
    assert calls(api) == []

    assert recording.up() == "create"
    (known,) = api.recordings()
    assert recording.id == known["id"]
    assert recording.outputs["status"] == "RECORDING"
    assert recording.outputs["layers"] == DEFAULT_LAYERS
    assert (recording.outputs["account_id"], recording.outputs["app_id"]) == (ACCOUNT, APP)
    assert recording.outputs["session_id"] == known["session_id"]
    assert recording.outputs["invoked_time"] == known["invoked_time"]
    assert calls(api)[:2] == ["GET recordings", "POST track"]

    assert recording.up() == "same"
    assert calls(api) == []

    assert recording.up(desired_status="PAUSED") == "update"
    assert (status(api), recording.outputs["status"]) == ("PAUSED", "PAUSED")
    assert calls(api) == ["GET one", "PUT pause"]
    assert recording.up() == "same"

    assert recording.up(desired_status=None) == "update"
    assert (status(api), recording.outputs["status"]) == ("RECORDING", "RECORDING")
    assert calls(api) == ["PUT resume"]

    api.clear_requests()
    assert recording.up(max_seconds=90) == "replace"
    assert [one["status"] for one in api.requests(method="POST")] == [200], "once the old one is seen inactive"
    assert [one["active"] for one in api.recordings()] == [False, True]
    assert recording.id == running(api)[0]
    assert api.recordings()[1]["max_seconds"] == 90
    assert recording.plugin.heard.messages == [], "what is quick says nothing"

    assert recording.up(desired_status="STOPPED") == "update"
    assert running(api) == []
    assert recording.refresh()
    assert recording.outputs["status"] == "UPLOADED"
    assert recording.outputs["stop_reason"] == "API_CALL"
    assert {"started_time", "stopped_time", "recording_duration"} <= recording.outputs.keys()
    assert recording.up() == "same"

    assert recording.up(desired_status="RECORDING") == "replace"
    assert len(running(api)) == 1

    recording.destroy()
    assert running(api) == []
    assert len(api.recordings()) == 3


def test_two_requests_start_a_recording_where_nothing_goes_wrong(api: SandboxApi) -> None:
    """One more finds the recording where the answer does not name it."""
    api.meeting(MEETING, start_seconds=30)
    recording = Resource(Plugin(api), meeting_id=MEETING, start_seconds=0)
    recording.up()
    asked = ["GET recordings", "POST track", *([] if names_what_it_starts(api) else ["GET recordings"])]
    assert calls(api) == asked
    assert recording.outputs["status"] == "INVOKED"


def names_what_it_starts(api: SandboxApi) -> bool:
    return bool(httpx.get(f"{api.url}/_sandbox").json()["dialect"] != "reference")


@pytest.mark.parametrize(
    ("begins_after", "start_seconds", "status"), [(0.3, None, "RECORDING"), (3600, 0.3, "INVOKED")], ids=str
)
def test_it_waits_to_see_it_recording_for_start_seconds(
    api: SandboxApi, begins_after: float, start_seconds: float | None, status: str
) -> None:
    api.meeting(MEETING, start_seconds=begins_after)
    recording = Resource(Plugin(api), meeting_id=MEETING, start_seconds=start_seconds)
    recording.up()
    assert recording.outputs["status"] == status


def test_polls_that_hang_keep_it_no_longer_than_start_seconds(live: SandboxApi) -> None:
    live.meeting(MEETING, start_seconds=3600)
    live.fault("delay", method="GET", path="/recordings/*-*", seconds=5, times=9)
    recording = Resource(Plugin(live), meeting_id=MEETING, start_seconds=0.5)
    began = time.monotonic()
    recording.up()
    assert time.monotonic() - began < 2.5, "one look of a second, which began in time"
    assert recording.outputs["status"] == "INVOKED"


def test_a_recording_that_fails_while_it_starts_is_kept_and_told(api: SandboxApi) -> None:
    api.meeting(MEETING, fails=True)
    plugin = Plugin(api)
    recording = Resource(plugin, meeting_id=MEETING)
    assert recording.up() == "create"
    assert recording.outputs["status"] == "ERRORED"
    assert any(f"recording {recording.id} has ended, ERRORED" in warning for warning in plugin.heard.warnings)


def test_a_new_one_that_is_to_be_stopped_starts_nothing(api: SandboxApi) -> None:
    recording = Resource(Plugin(api), meeting_id=MEETING, desired_status="STOPPED")
    recording.up()
    assert recording.id
    assert recording.id.startswith("pending-")
    assert len(recording.id) == len("pending-") + 12
    assert recording.outputs["status"] == "PENDING"
    assert recording.refresh()
    assert recording.up() == "same"
    assert calls(api) == []
    assert recording.up(desired_status=None) == "replace"
    assert recording.id == running(api)[0]
    assert "PUT stop" not in calls(api)


def test_a_new_one_that_is_to_be_paused_is_paused_once_it_records(api: SandboxApi) -> None:
    api.meeting(MEETING, start_seconds=0.3)
    recording = Resource(Plugin(api), meeting_id=MEETING, desired_status="PAUSED", start_seconds=0)
    recording.up()
    assert (status(api), recording.outputs["status"]) == ("PAUSED", "PAUSED")


def test_a_pause_that_takes_too_long_is_left_to_the_next_up(api: SandboxApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi_realtimekit.plugin.control.RECORDING_SECONDS", 0.2)
    api.meeting(MEETING, start_seconds=3600)
    plugin = Plugin(api)
    recording = Resource(plugin, meeting_id=MEETING, desired_status="PAUSED", start_seconds=0)
    recording.up()
    assert recording.id == running(api)[0]
    (warning,) = [warning for warning in plugin.heard.warnings if "is not PAUSED yet" in warning]
    assert "next `up`" in warning
    assert "Traceback" not in warning
    api.advance(3600)
    assert recording.up() == "update"
    assert status(api) == "PAUSED"


@pytest.mark.parametrize("desired", ["STOPPED", "PAUSED"])
@pytest.mark.parametrize("by_itself", ["UPLOADING", "UPLOADED", "ERRORED"])
def test_one_that_has_ended_takes_any_desired_status_and_stays_ended(
    api: SandboxApi, by_itself: Any, desired: str
) -> None:
    recording = Resource(Plugin(api), meeting_id=MEETING)
    recording.up()
    api.set_status(str(recording.id), by_itself)
    assert recording.up(desired_status=desired) == "update"
    assert recording.outputs["status"] in {by_itself, "UPLOADED"}
    api.forget(str(recording.id))
    recording.destroy()


@pytest.mark.parametrize(("before", "desired"), [("RECORDING", "PAUSED"), ("PAUSED", "RECORDING")])
def test_what_somebody_did_already_is_not_done_twice(api: SandboxApi, before: str, desired: Any) -> None:
    recording = Resource(Plugin(api), meeting_id=MEETING, desired_status=before)
    recording.up()
    assert recording.outputs["status"] == before
    api.set_status(str(recording.id), desired)
    assert recording.up(desired_status=desired) == "update"
    assert recording.outputs["status"] == desired


@pytest.mark.parametrize("fault", ["html_after", "empty_after"])
def test_a_proxys_404_drops_nothing(api: SandboxApi, fault: Any) -> None:
    recording = Resource(Plugin(api), meeting_id=MEETING)
    recording.up()
    api.fault(fault, method="GET", path=f"/recordings/{recording.id}", status=404)
    with pytest.raises(RealtimeKitError, match="not the service's own answer"):
        recording.refresh()
    assert recording.refresh()


def test_an_account_and_an_app_of_its_own_in_which_it_is_read_and_stopped(api: SandboxApi) -> None:
    recording = Resource(Plugin(api), meeting_id=MEETING, account_id="acc-2", app_id="app-2")
    recording.up()
    (known,) = api.recordings()
    assert (known["account_id"], known["app_id"]) == ("acc-2", "app-2")
    assert recording.up(app_id="app-3") == "replace"
    assert [(one["app_id"], one["active"]) for one in api.recordings()] == [("app-2", False), ("app-3", True)]
    recording.by(Plugin(api, accountId="another", appId="another"))
    assert recording.refresh()
    recording.destroy()
    assert running(api) == []


def test_one_that_is_looked_up_has_to_exist(api: SandboxApi) -> None:
    started = Resource(Plugin(api), meeting_id=MEETING)
    started.up()
    looked_up = Resource(Plugin(api))
    looked_up.id = started.id
    assert looked_up.refresh()
    assert looked_up.outputs["status"] == "RECORDING"
    assert (looked_up.outputs["account_id"], looked_up.outputs["app_id"]) == (ACCOUNT, APP)
    assert looked_up.outputs["session_id"] == started.outputs["session_id"]
    assert looked_up.refresh()
    looked_up = Resource(Plugin(api))
    looked_up.id = "nobody"
    with pytest.raises(RealtimeKitError, match=f"the service knows no recording nobody in app {APP}"):
        looked_up.refresh()


@pytest.mark.parametrize("waiting", ["RECORDING", "session", "stop"])
def test_what_takes_long_says_what_it_waits_for(
    live: SandboxApi, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulumi_realtimekit.plugin.engine.PROGRESS_SECONDS", 0.1)
    monkeypatch.setattr("pulumi_realtimekit.plugin.engine.REPEAT_SECONDS", 0.2)
    plugin = Plugin(live)
    if waiting == "RECORDING":
        live.meeting(MEETING, start_seconds=1.2)
        Resource(plugin, meeting_id=MEETING).up()
    elif waiting == "session":
        live.meeting(MEETING, live=False)
        with pytest.raises(RealtimeKitError):
            Resource(plugin, meeting_id=MEETING, when_idle="wait", wait_seconds=1).up()
    else:
        monkeypatch.setattr("pulumi_realtimekit.plugin.control.STOP_SECONDS", 1)
        recording = Resource(plugin, meeting_id=MEETING)
        recording.up()
        assert recording.id
        api = plugin.lifecycle.connection.api  # whose answer to a stop says that it records on
        monkeypatch.setattr(api, "act", lambda app, recording_id, _: api.recording(app, recording_id))
        with pytest.raises(RealtimeKitError, match=f"meeting {MEETING}: recording {recording.id} was told to stop"):
            recording.destroy()
    said = [message for _, message in plugin.heard.messages if f"meeting {MEETING}" in message and waiting in message]
    assert 2 <= len(said) <= 6, plugin.heard.messages
