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


@pytest.mark.parametrize("encoded", ["%72ecordings", "recordings/%61ctive-recording/meeting"])
def test_a_path_means_the_same_however_it_is_written(every, client, encoded) -> None:
    client.start()

    assert client.get(f"/{encoded}").status_code == 200


@pytest.mark.parametrize("glob", ["/meetings/a/b/active-session", "*/a/b/*", f"*/{quote('app')}/meetings/*"])
def test_globs_and_the_log_have_the_path_as_people_write_it(api, client, glob) -> None:
    api.fault("503", path=glob)

    assert client.get("/meetings/a%2Fb/active-session").status_code == 503
    assert api.requests()[0]["path"] == "/client/v4/accounts/account/realtime/kit/app/meetings/a/b/active-session"
