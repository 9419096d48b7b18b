"""Lists over several pages, of an app with a past, and the URLs of what was recorded."""

from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from pulumi_realtimekit._api import App, RecordingsApi

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, Plugin, Resource

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
BODY = {"meeting_id": MEETING, "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}}


def past(api: SandboxApi, number: int, meeting: str = MEETING) -> list[str]:
    """So many recordings that have ended, oldest first."""
    headers = {"authorization": f"Bearer {api.token}"}
    with httpx.Client(base_url=api.app_url(ACCOUNT, APP), headers=headers) as client:
        for _ in range(number):
            client.post("/recordings/track", json={**BODY, "meeting_id": meeting}).raise_for_status()
            api.set_status(api.recordings()[-1]["id"], "UPLOADED")
            api.advance(1)
    return [one["id"] for one in api.recordings()]


def test_all_pages_are_read_newest_first(api: SandboxApi) -> None:
    ids = past(api, 23)
    client = RecordingsApi(base_url=api.base_url, token=api.token)
    api.clear_requests()
    found = client.recordings(App(ACCOUNT, APP), MEETING)
    assert [recording.id for recording in found] == ids[::-1]
    assert [request["query"].get("page_no") for request in api.requests()] == [None, "2", "3"]
    api.clear_requests()
    assert len(client.recordings(App(ACCOUNT, APP))) == 23
    assert client.recordings(App(ACCOUNT, APP), "another") == []
    client.close()


def test_what_is_too_old_to_run_costs_no_pages(api: SandboxApi) -> None:
    past(api, 12)
    api.advance(10 * 86_400)
    new = past(api, 3)[12:]
    client = RecordingsApi(base_url=api.base_url, token=api.token)
    api.clear_requests()
    since = datetime.now(timezone.utc) + timedelta(days=5)  # the service's clock was advanced
    found = client.recordings(App(ACCOUNT, APP), MEETING, since=since)
    assert [recording.id for recording in found] == new[::-1]
    assert len(api.requests()) == 1
    client.close()


def test_an_active_recording_is_found_behind_a_page_of_others(documented: SandboxApi) -> None:
    """Where a second start is accepted, newer ones can hide an older one that still runs."""
    running = Resource(Plugin(documented), meeting_id=MEETING)
    running.up()
    past(documented, 12)
    again = Resource(Plugin(documented), meeting_id=MEETING)
    again.up()
    assert again.id == running.id


@pytest.fixture
def documented(services: Any) -> SandboxApi:
    api: SandboxApi = services("documented")
    return api


URL = "https://recordings.sandbox.invalid/"


def recorded(api: SandboxApi, **declared: Any) -> Resource:
    """A recording with two layers that has been uploaded."""
    layers = {"default": {"file_name_prefix": "standup"}, "default-video": {}}
    recording = Resource(Plugin(api), meeting_id=MEETING, layers=layers, **declared)
    recording.up()
    api.advance(60)
    recording.up(desired_status="STOPPED")
    recording.refresh()
    assert recording.outputs["status"] == "UPLOADED"
    return recording


def test_download_urls_are_kept_in_one_shape_where_they_are_wanted(api: SandboxApi) -> None:
    recording = recorded(api, keep_download_urls=True)
    urls = recording.outputs["download_urls"]
    assert all(entry.keys() == {"layer", "file", "url", "expires"} for entry in urls)
    assert all(entry["url"].startswith(URL) and entry["file"] in entry["url"] for entry in urls)
    expires = datetime.fromisoformat(urls[0]["expires"].replace("Z", "+00:00"))
    assert timedelta(days=6) < expires - datetime.fromisoformat(api.now().replace("Z", "+00:00")) <= timedelta(days=7)
    if len(urls) > 1:  # one dialect names one file alone
        assert {entry["layer"] for entry in urls} == {"default", "default-video"}
        assert {entry["file"].split("_")[0] for entry in urls} == {"standup", "default"}
    assert recording.up() == "same"


def test_download_urls_are_not_kept_where_nobody_asks(api: SandboxApi) -> None:
    recording = recorded(api)
    assert "download_urls" not in recording.outputs
    assert recording.up(keep_download_urls=True) == "update"
    assert recording.refresh()
    assert recording.outputs["download_urls"]
    assert recording.up(keep_download_urls=None) == "update"
    assert "download_urls" not in recording.outputs


def test_download_urls_that_the_service_no_longer_gives_are_dropped(api: SandboxApi) -> None:
    recording = recorded(api, keep_download_urls=True)
    assert recording.outputs["download_urls"]
    api.set_status(str(recording.id), "ERRORED")
    recording.refresh()
    assert "download_urls" not in recording.outputs
