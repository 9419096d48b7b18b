"""`GET /recordings`: pages, filters, order; and what is not in lists yet."""

from __future__ import annotations

import pytest


@pytest.fixture
def ids(every, client) -> list[str]:
    """Twelve recordings, a minute apart, of twelve meetings."""
    made = []
    for number in range(12):
        every.meeting(f"meeting-{number}", upload_seconds=1_000)
        made.append(client.start(f"meeting-{number}"))
        every.advance(60)
    return made


@pytest.mark.parametrize(
    ("query", "first", "last", "paging"),
    [
        ({}, 0, 10, (12, 1, 10)),
        ({"page_no": 2}, 10, 12, (12, 11, 12)),
        ({"page_no": 3}, 12, 12, (12, 0, 0)),
        ({"per_page": 5, "page_no": 2}, 5, 10, (12, 6, 10)),
        ({"per_page": 100}, 0, 12, (12, 1, 12)),
        ({"per_page": "5.0", "page_no": "1.0"}, 0, 5, (12, 1, 5)),
    ],
)
def test_pages(every, client, ids, query, first, last, paging) -> None:
    response = client.get("/recordings", params=query).json()

    assert [recording["id"] for recording in response["data"]] == ids[::-1][first:last]
    assert tuple(response["paging"][name] for name in ("total_count", "start_offset", "end_offset")) == paging


def test_order(every, client, ids) -> None:
    ascending = client.listed(sort_by="invokedTime", sort_order="ASC", per_page=100)

    assert [recording["id"] for recording in ascending] == ids


def test_filters(every, client, ids) -> None:
    stopped, paused = ids[3], ids[4]
    client.act(stopped, "stop")
    every.set_status(paused, "PAUSED")
    other_app = client.get(f"{every.app_url(app_id='other')}/recordings").json()

    def found(**query) -> list[str]:
        return [recording["id"] for recording in client.listed(per_page=100, sort_order="ASC", **query)]

    assert found(meeting_id="meeting-7") == [ids[7]]
    assert found(meeting_id="nobody's") == []
    assert found(status="PAUSED") == [paused]
    assert found(status=["PAUSED", "UPLOADING"]) == [stopped, paused]
    assert found(status="PAUSED,UPLOADING") == [stopped, paused]
    assert found(**{"status[]": ["PAUSED", "UPLOADING"]}) == [stopped, paused]
    assert found(status="RECORDING", meeting_id="meeting-3") == []
    assert other_app["data"] == []
    assert other_app["paging"] == {"total_count": 0, "start_offset": 0, "end_offset": 0}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"page_no": 0}, '"page_no" must be greater than or equal to 1'),
        ({"per_page": "many"}, '"per_page" must be a number'),
        ({"sort_by": "status"}, '"sort_by" must be one of [invokedTime]'),
        ({"sort_order": "asc"}, '"sort_order" must be one of [ASC, DESC]'),
        ({"meetingId": "x"}, '"meetingId" is not allowed'),
        (
            {"status": "DONE"},
            '"status[0]" must be one of [INVOKED, RECORDING, PAUSED, UPLOADING, UPLOADED, ERRORED]',
        ),
    ],
)
def test_what_is_no_query(every, client, query, message) -> None:
    response = client.get("/recordings", params=query)

    assert (response.status_code, response.json()["error"]["message"]) == (422, message)


def test_a_fresh_recording_may_not_be_in_lists_yet(every, client) -> None:
    every.meeting("meeting", visible_seconds=5)
    recording_id = client.start()

    assert client.listed(meeting_id="meeting") == []
    assert client.get("/recordings/active-recording/meeting").status_code == 404
    assert client.one(recording_id)["id"] == recording_id

    every.advance(5)
    assert [recording["id"] for recording in client.listed(meeting_id="meeting")] == [recording_id]
    assert client.get("/recordings/active-recording/meeting").json()["data"]["id"] == recording_id


def test_the_active_recording_is_the_latest_of_any_kind(every, client) -> None:
    client.start()
    every.advance(1)
    client.post("/recordings", json={"meeting_id": "meeting"})

    active = client.get("/recordings/active-recording/meeting").json()["data"]

    assert active["output_file_name"].endswith(".mp4")
