"""Ids as parts of a path: whatever an id holds, it can be spoken of."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from sandbox.api.paths import part

IDS = ["a/b", "..", ".", "a/../b", "a%2Fb", "100%", "a?b=c", "a#b", "a b", "ä€😀", "+", "track"]


@pytest.mark.parametrize("meeting_id", IDS)
def test_a_meeting_with_any_id_can_be_spoken_of(every, client, meeting_id) -> None:
    every.meeting(meeting_id, title="odd", participants=3)

    recording_id = client.start(meeting_id)
    meeting = client.get(f"/meetings/{part(meeting_id)}").json()["data"]
    session = client.get(f"/meetings/{part(meeting_id)}/active-session").json()["data"]
    active = client.get(f"/recordings/active-recording/{part(meeting_id)}").json()["data"]
    every.meeting(meeting_id, live=False)

    assert (meeting["id"], meeting["title"]) == (meeting_id, "odd")
    assert (session["associated_id"], session["live_participants"]) == (meeting_id, 3)
    assert active["id"] == recording_id
    gone = client.get(f"/meetings/{part(meeting_id)}/active-session")
    assert gone.json()["error"]["message"] == "No active session found for this meeting"


@pytest.mark.parametrize("recording_id", IDS)
def test_a_recording_that_is_unknown_is_the_services_own_answer(api, client, recording_id) -> None:
    answer = client.get(f"/recordings/{part(recording_id)}")

    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "Recording not found")
    with pytest.raises(ValueError, match="no recording"):
        api.forget(recording_id)


@pytest.mark.parametrize("app_id", [*IDS, 200 * "/", 200 * "ä"])
def test_apps_with_any_id_are_apart(api, client, app_id) -> None:
    body = {"meeting_id": "meeting", "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}}
    url = api.app_url(account_id=app_id, app_id=app_id)

    assert client.post(f"{url}/recordings/track", json=body).status_code == 200
    assert len(client.get(f"{url}/recordings").json()["data"]) == 1
    (recording,) = api.recordings()
    assert (recording["account_id"], recording["app_id"]) == (app_id, app_id)
    assert client.get(f"{api.app_url()}/recordings").json()["data"] == []


@pytest.mark.parametrize("encoded", ["%72ecordings", "recordings/%61ctive-recording/meeting"])
def test_a_path_means_the_same_however_it_is_written(every, client, encoded) -> None:
    client.start()

    assert client.get(f"/{encoded}").status_code == 200


@pytest.mark.parametrize("glob", ["/meetings/a/b/active-session", "*/a/b/*", f"*/{quote('app')}/meetings/*"])
def test_globs_and_the_log_have_the_path_as_people_write_it(api, client, glob) -> None:
    api.fault("503", path=glob)

    assert client.get("/meetings/a%2Fb/active-session").status_code == 503
    assert api.requests()[0]["path"] == "/client/v4/accounts/account/realtime/kit/app/meetings/a/b/active-session"


def test_a_glob_of_the_call_fits_whatever_the_ids_before_it_hold(api, client) -> None:
    api.fault("503", path="/recordings")

    assert client.get(f"{api.app_url(account_id='a/b', app_id='c/d')}/recordings").status_code == 503
