"""Meetings and sessions, and the control call that moves them."""

from __future__ import annotations

import pytest


def session(client, meeting_id: str = "meeting") -> dict | None:
    response = client.get(f"/meetings/{meeting_id}/active-session")
    assert response.status_code in {200, 404}
    return response.json().get("data")


def test_a_meeting_nobody_spoke_of_is_live(every, client) -> None:
    live = session(client)

    assert live is not None
    assert (live["associated_id"], live["status"], live["live_participants"]) == ("meeting", "LIVE", 2)
    assert session(client) == live
    assert client.get("/meetings/meeting").json()["data"]["status"] == "ACTIVE"
    assert client.one(client.start())["session_id"] == live["id"]


def test_sessions_end_and_begin(every, client) -> None:
    every.meeting("meeting", live=False)
    assert session(client) is None
    assert client.get("/sessions", params={"meeting_id": "meeting"}).json()["data"]["sessions"] == []

    every.meeting("meeting", live=True, participants=5)
    first = session(client)
    every.advance(60)
    every.meeting("meeting", live=False)
    every.advance(60)
    every.meeting("meeting", live=True)
    second = session(client)

    listed = client.get("/sessions", params={"associated_id": "meeting"}).json()
    assert [one["id"] for one in listed["data"]["sessions"]] == [second["id"], first["id"]]
    assert [one["status"] for one in listed["data"]["sessions"]] == ["LIVE", "ENDED"]
    ended = listed["data"]["sessions"][1]
    assert ended["max_concurrent_participants"] == 5
    assert ended["ended_at"] > ended["started_at"]
    assert listed["paging"]["total_count"] == 2


def test_sessions_are_filtered_and_sorted(every, client) -> None:
    for number in range(3):
        every.meeting(f"meeting-{number}", live=True, participants=number + 1)
        every.advance(60)
    every.meeting("meeting-1", live=False)

    def found(**query) -> list[str]:
        response = client.get("/sessions", params=query)
        assert response.status_code == 200, response.text
        return [one["associated_id"] for one in response.json()["data"]["sessions"]]

    assert found() == ["meeting-2", "meeting-1", "meeting-0"]
    assert found(sort_order="ASC") == ["meeting-0", "meeting-1", "meeting-2"]
    assert found(status="LIVE") == ["meeting-2", "meeting-0"]
    assert found(meeting_id="meeting-1") == found(associated_id="meeting-1") == ["meeting-1"]
    assert found(per_page=1, page_no=2) == ["meeting-1"]
    assert client.get("/sessions", params={"status": "DEAD"}).status_code == 422


@pytest.mark.parametrize(
    ("settings", "live"),
    [
        ({"live": False}, False),
        ({"live": False, "participants": 2}, False),
        ({"status": "INACTIVE", "participants": 2}, False),
        ({"live": True}, True),
        ({"participants": 0}, True),
        ({"title": "Standup"}, True),
    ],
)
def test_what_a_meeting_is_told(every, client, settings, live) -> None:
    every.meeting("meeting", **settings)

    assert (session(client) is not None) is live
    meeting = client.get("/meetings/meeting").json()["data"]
    assert meeting["title"] == settings.get("title", "Sandbox meeting")
    assert meeting["status"] == settings.get("status", "ACTIVE")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"live": "yes"}, '"live" must be a boolean'),
        ({"participants": -1}, '"participants" must be greater than or equal to 0'),
        ({"participants": 10_001}, '"participants" must be less than or equal to 10000'),
        ({"live": True, "status": "INACTIVE"}, '"live" must be false where "status" is INACTIVE'),
    ],
)
def test_what_a_meeting_can_not_be_told(api, client, settings, message) -> None:
    with pytest.raises(ValueError, match="PUT /meetings/meeting: ") as error:
        api.meeting("meeting", **settings)

    assert message in str(error.value)
    assert session(client) is not None, "a refused call changes nothing"
