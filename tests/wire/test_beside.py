"""The newest official client in between: it sees what the provider reports, and the provider sees what it does."""

from collections.abc import Iterator
from typing import Any

import pytest
from cloudflare import Cloudflare

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, Plugin, Resource

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
PLACE: dict[str, Any] = {"account_id": ACCOUNT, "app_id": APP}


@pytest.fixture
def official(api: SandboxApi) -> Iterator[Cloudflare]:
    with Cloudflare(api_token=api.token, base_url=api.base_url, max_retries=0) as client:
        yield client


def test_it_sees_what_the_provider_reports(api: SandboxApi, official: Cloudflare) -> None:
    recordings = official.realtime_kit.recordings
    resource = Resource(Plugin(api), meeting_id=MEETING)
    resource.up()
    for change, status in (({}, "RECORDING"), ({"desired_status": "PAUSED"}, "PAUSED")):
        resource.up(**change)
        one = recordings.get_one_recording(str(resource.id), **PLACE).data
        (listed,) = recordings.get_recordings(APP, account_id=ACCOUNT, meeting_id=MEETING).data
        active = recordings.get_active_recordings(MEETING, **PLACE).data
        assert one
        assert active
        assert (one.id, listed.id, active.id) == (resource.id,) * 3
        assert (one.status, listed.status, resource.outputs["status"]) == (status,) * 3
        assert one.session_id == resource.outputs["session_id"]
        assert one.output_file_name == resource.outputs["output_file_name"]


def test_the_provider_sees_what_it_does(api: SandboxApi, official: Cloudflare) -> None:
    recordings = official.realtime_kit.recordings
    resource = Resource(Plugin(api), meeting_id=MEETING)
    resource.up()
    recordings.pause_resume_stop_recording(str(resource.id), **PLACE, action="pause")
    resource.refresh()
    assert resource.outputs["status"] == "PAUSED"
    assert resource.up() == "update"
    one = recordings.get_one_recording(str(resource.id), **PLACE).data
    assert one
    assert one.status == "RECORDING"
    recordings.pause_resume_stop_recording(str(resource.id), **PLACE, action="stop")
    resource.refresh()
    assert resource.outputs["status"] in {"UPLOADING", "UPLOADED"}
    assert resource.outputs["stop_reason"] == "API_CALL"
    assert resource.up() == "same"
    resource.destroy()


def test_what_it_starts_is_taken_over(api: SandboxApi, official: Cloudflare) -> None:
    output = {"type": "REALTIMEKIT_BUCKET"}
    official.realtime_kit.recordings.start_track_recording(
        APP, account_id=ACCOUNT, meeting_id=MEETING, extra_body={"layers": {"default": {"outputs": [output]}}}
    )
    resource = Resource(Plugin(api), meeting_id=MEETING)
    resource.up()
    assert resource.outputs["adopted"] is True
    assert len(api.recordings()) == 1
