"""What stands before the API: routes, tokens, accounts, the limit, the log."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest

from sandbox.api.server import api as command
from sandbox.api.testing import SandboxApi

CALLS = [
    ("POST", "/recordings/track"),
    ("POST", "/recordings"),
    ("GET", "/recordings"),
    ("GET", "/recordings/1"),
    ("PUT", "/recordings/1"),
    ("GET", "/recordings/active-recording/meeting"),
    ("GET", "/meetings/meeting"),
    ("GET", "/meetings/meeting/active-session"),
    ("GET", "/sessions"),
]


def errors(response) -> list[dict]:
    """The errors of the gateway's envelope."""
    body = response.json()
    assert (body["success"], body["messages"], body["result"]) == (False, [], None)
    return body["errors"]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer wrong", "Basic sandbox-token"])
def test_without_its_token_no_call_gets_through(api, client, method, path, authorization) -> None:
    del client.headers["authorization"]
    headers = {} if authorization is None else {"authorization": authorization}

    response = client.request(method, path, headers=headers)

    assert response.status_code == 401
    assert errors(response) == [{"code": 10000, "message": "Authentication error"}]
    assert api.recordings() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/client/v4", 404),
        ("GET", "/client/v4/accounts/account/realtime/kit/app", 404),
        ("GET", "/client/v4/accounts/account/realtime/kit/app/", 404),
        ("GET", "/client/v4/accounts/account/realtime/kit/app/nothing", 404),
        ("GET", "/client/v4/accounts/account/realtime/kit/app/recordings/", 404),
        ("GET", f"/client/v4/accounts/{200 * 'a'}/realtime/kit/0a1b2c3d-77fb-4c9c-95df-fa092896f8be/recordings", 200),
        ("DELETE", "/client/v4/accounts/account/realtime/kit/app/recordings/1", 405),
        ("GET", "/", 404),
        ("GET", "/recordings", 404),
    ],
)
def test_what_is_no_call(api, client, method, path, status) -> None:
    response = client.request(method, f"{api.url}{path}")

    assert response.status_code == status
    if status != 200:
        assert [error["code"] for error in errors(response)] == [7003 if status == 404 else 10405]


@pytest.fixture(scope="module")
def two_accounts() -> Iterator[SandboxApi]:
    with SandboxApi(tokens=("one=first", "two=second", "two=spare", "everywhere")) as api:
        yield api


@pytest.mark.parametrize(
    ("account", "token", "status"),
    [
        ("one", "first", 200),
        ("two", "second", 200),
        ("two", "spare", 200),
        ("one", "second", 403),
        ("two", "first", 403),
        ("three", "first", 403),
        ("three", "everywhere", 200),
        ("one", "sandbox-token", 401),
    ],
)
def test_a_token_opens_its_account_alone(two_accounts, new_client, account, token, status) -> None:
    response = new_client(two_accounts, account_id=account, token=token).get("/recordings")

    assert response.status_code == status
    if status == 403:
        assert errors(response)[0]["code"] == 9109


def test_accounts_do_not_see_each_other(two_accounts, new_client) -> None:
    one = new_client(two_accounts, account_id="one", token="first")
    two = new_client(two_accounts, account_id="two", token="second")

    recording_id = one.start("shared")

    assert two.listed(meeting_id="shared") == []
    assert two.get(f"/recordings/{recording_id}").status_code == 404
    assert two.act(recording_id, "stop").status_code == 404
    assert two.get("/recordings/active-recording/shared").status_code == 404
    assert two.start("shared") != recording_id


def test_the_limit_is_an_accounts_in_a_window(new_client) -> None:
    with SandboxApi(request_limit=3, request_window=50) as api:
        one, two = new_client(api, account_id="one"), new_client(api, account_id="two")
        wrong = new_client(api, account_id="one", token="wrong")
        assert wrong.get("/recordings").status_code == 401
        assert [one.get("/recordings").status_code for _ in range(3)] == [200, 200, 200]

        refused = one.get("/recordings")
        assert refused.status_code == 429
        assert errors(refused)[0]["code"] == 971
        assert 45 < int(refused.headers["retry-after"]) <= 50
        assert two.get("/recordings").status_code == 200, "an account of its own"

        api.advance(int(refused.headers["retry-after"]))
        assert one.get("/recordings").status_code == 200


def test_another_limit_is_a_users_whatever_the_account(new_client) -> None:
    with SandboxApi(tokens=("one", "two"), request_limit=3, user_limit=5, user_window=300) as api:
        first, second = (new_client(api, account_id=account, token="one") for account in ("first", "second"))
        other = new_client(api, account_id="second", token="two")
        assert [first.get("/recordings").status_code for _ in range(4)] == [200, 200, 200, 429]
        assert [second.get("/recordings").status_code for _ in range(3)] == [200, 200, 429], "a refused one is not one"

        refused = second.get("/recordings")
        assert errors(refused)[0]["code"] == 971
        assert 295 < int(refused.headers["retry-after"]) <= 300
        assert 295 < int(first.get("/recordings").headers["retry-after"]) <= 300, "of both limits the longer"
        assert other.get("/recordings").status_code == 200, "a user of its own"

        api.advance(int(refused.headers["retry-after"]))
        assert first.get("/recordings").status_code == 200


def test_the_limits_are_the_services_where_none_are_given() -> None:
    given = {option.name: option.default for option in command.params}

    assert (given["request_limit"], given["request_window"]) == (1_000, 50)
    assert (given["user_limit"], given["user_window"]) == (3_500, 300)


def test_latency_is_what_every_call_takes(new_client) -> None:
    with SandboxApi(latency=0.5) as api:
        client = new_client(api)
        control = client.get(f"{api.url}/_sandbox/clock").elapsed.total_seconds()
        seconds = client.get("/recordings/1").elapsed.total_seconds()

    assert control < 0.5 <= seconds


def test_the_date_of_an_answer_is_the_clocks(api, client) -> None:
    before = parsedate_to_datetime(client.get("/recordings").headers["date"])
    api.advance(3_600)
    after = parsedate_to_datetime(client.get("/recordings").headers["date"])

    assert 3_600 <= (after - before).total_seconds() < 3_610


def test_the_log_has_everything_in_order(api, client) -> None:
    body = {"meeting_id": "m", "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}}
    client.post("/recordings/track", json=body)
    client.get("/recordings", params={"meeting_id": "m", "status": ["PAUSED", "ERRORED"]}, headers={"x-who": "me"})
    client.post("/recordings/track", content=b"nonsense", headers={"authorization": "Bearer wrong"})

    start, listing, nonsense = api.requests()

    path = "/client/v4/accounts/account/realtime/kit/app/recordings"
    assert (start["method"], start["path"], start["query"], start["status"]) == ("POST", f"{path}/track", {}, 200)
    assert start["body"] == body
    assert list(start["body"]) == ["meeting_id", "layers"], "as it was sent"
    assert start["headers"]["authorization"] == "Bearer sandbox-token"
    assert start["headers"]["content-type"] == "application/json"
    assert (listing["method"], listing["path"], listing["body"]) == ("GET", path, None)
    assert listing["query"] == {"meeting_id": "m", "status": ["PAUSED", "ERRORED"]}
    assert listing["headers"]["x-who"] == "me"
    assert (nonsense["body"], nonsense["status"]) == ("nonsense", 401)
    assert api.requests(method="GET") == [listing]
    assert api.requests(path="*/track") == [start, nonsense]
    api.clear_requests()
    assert api.requests() == []
