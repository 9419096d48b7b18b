"""Lists over several pages, of an app with a past, and the URLs of what was recorded."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from pulumi_realtimekit.api.client import App, RecordingsApi

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, MEETING, Plugin, Resource
from tests.kit.scripted import Answer, Request, scripted
from tests.kit.service import started_elsewhere


def past(api: SandboxApi, number: int) -> list[str]:
    """So many recordings that have ended, oldest first."""
    for _ in range(number):
        api.set_status(started_elsewhere(api), "UPLOADED")
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


@dataclass
class Listed:
    """A server with so many recordings, newest first, ten on a page; as many more begin after each page."""

    recordings: list[dict[str, Any]]
    begin: int = 0
    with_total: bool = True
    with_pages: bool = True
    asked: int = 0

    def __call__(self, request: Request) -> Answer:
        number = re.search(r"page_no=(\d+)", request.path)
        first = (int(number[1]) - 1) * 10 if number and self.with_pages else 0
        page, total = self.recordings[first : first + 10], len(self.recordings)
        self.recordings = [*(ended(f"new-{self.asked}-{n}") for n in range(self.begin)), *self.recordings]
        self.begin, self.asked = 0, self.asked + 1
        return Answer({"data": page, **({"paging": {"total_count": total}} if self.with_total else {})})


def ended(recording_id: str, invoked: str | None = None, status: str = "UPLOADED") -> dict[str, Any]:
    return {"id": recording_id, "status": status, "output_file_name": "a.webm", "invoked_time": invoked}


def listed(server: Listed, **options: Any) -> list[str]:
    with scripted(server) as running:
        client = RecordingsApi(base_url=running.base_url, token=running.token)
        found = client.recordings(App(ACCOUNT, APP), MEETING, **options)
        client.close()
        return [recording.id for recording in found]


@pytest.mark.parametrize("with_total", [True, False])
@pytest.mark.parametrize("begin", [1, 9, 10, 20])
def test_recordings_that_begin_meanwhile_hide_none(begin: int, with_total: bool) -> None:
    ids = [f"r{number}" for number in range(30)]
    server = Listed([ended(recording_id) for recording_id in ids], begin, with_total)
    assert [found for found in listed(server) if found in ids] == ids


@pytest.mark.parametrize("with_total", [True, False])
def test_a_service_with_but_one_page_is_not_asked_for_ever(with_total: bool) -> None:
    server = Listed([ended(f"r{number}") for number in range(100)], with_total=with_total, with_pages=False)
    assert len(listed(server)) == 10
    assert server.asked == 3


@pytest.mark.parametrize("year", [1970, 2025, 2090])
def test_what_is_active_is_never_too_old_whatever_the_clock_says(year: int) -> None:
    server = Listed(
        [
            ended("new", f"{year}-06-20T00:00:00Z"),
            ended("timeless"),
            ended("running", f"{year}-06-12T00:00:00Z", "RECORDING"),
            ended("young", f"{year}-06-14T00:00:00Z"),
            ended("old", f"{year}-06-12T00:00:00Z"),
            *(ended(f"older-{number}", f"{year}-06-01T00:00:00Z") for number in range(20)),
        ]
    )
    assert listed(server, look_back=timedelta(days=7)) == ["new", "timeless", "running", "young"]
    assert server.asked == 1


def test_a_recording_that_runs_for_a_week_is_taken_over() -> None:
    server = Listed([ended("new", "2026-06-20T00:00:00Z"), ended("running", "2026-06-12T00:00:00Z", "RECORDING")])
    with scripted(server) as service:
        resource = Resource(Plugin(service), meeting_id=MEETING)  # type: ignore[arg-type]
        resource.up()
        assert {request.method for request in service.requests} == {"GET"}
    assert resource.id == "running"


def test_an_active_recording_is_found_behind_a_page_of_others(services: Any) -> None:
    """Where a second start is accepted, newer ones can hide an older one that still runs."""
    api: SandboxApi = services("documented")
    running = started_elsewhere(api)
    past(api, 12)
    resource = Resource(Plugin(api), meeting_id=MEETING)
    resource.up()
    assert resource.id == running


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


def test_download_urls_are_kept_for_as_long_as_somebody_asks_and_the_service_gives_them(api: SandboxApi) -> None:
    recording = recorded(api)
    assert "download_urls" not in recording.outputs
    assert recording.up(keep_download_urls=True) == "update"
    assert recording.refresh()
    assert recording.outputs["download_urls"]
    api.set_status(str(recording.id), "ERRORED")
    recording.refresh()
    assert "download_urls" not in recording.outputs
    api.set_status(str(recording.id), "UPLOADED")
    recording.refresh()
    assert recording.outputs["download_urls"]
    assert recording.up(keep_download_urls=None) == "update"
    assert "download_urls" not in recording.outputs
