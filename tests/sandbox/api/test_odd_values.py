"""Whatever is sent, it is answered: a 500 is a bug, and a server that answers it from then on is a worse one."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.api.control import ClockBody, MeetingBody, RecordingBody
from sandbox.api.faults import Fault, FaultsBody, RandomFaults
from sandbox.api.schema import Action, CompositeStart, DocumentedStart, RecordingsQuery, SessionsQuery

ODD = st.sampled_from(
    [
        *(
            "",
            " ",
            "0",
            "-1",
            "1e999",
            "-1e308",
            "1e308",
            "NaN",
            "infinity",
            "null",
            "true",
            "[]",
            "\0",
            "\ud800",
            "ä😀",
        ),
        *("0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "0000-00-00", "99999999999999999999", "-99999999999"),
        *(9 * "9", 400 * "9", "ACTIVE", "RECORDING,PAUSED", "%", "[!", "[z-a]", "(", "\\", "../*"),
    ]
)
NUMBERS = st.one_of(
    st.sampled_from([0, -1, 0.5, 1e-308, 1e308, -1e308, 10**18, 10**400, float("nan"), float("inf"), 2**63]),
    st.integers(),
    st.floats(),
)
SCALARS = st.one_of(ODD, NUMBERS, st.booleans(), st.none(), st.text(max_size=8))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | ODD, inner, max_size=3)
)
OFTEN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def fields_of(*models: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies with fields of these models, a few at a time, and odd values."""
    names = sorted({name for model in models for name in model.model_fields})
    good = st.fixed_dictionaries(
        {},
        optional={
            "meeting_id": st.just("meeting"),
            "layers": st.dictionaries(ODD, st.fixed_dictionaries({}, optional={"outputs": VALUES}), max_size=2),
            "fault": st.sampled_from(["500_after", "html_after", "empty_after", "503", "429", "cut_after"]),
            "action": st.just("stop"),
        },
    )
    odd = st.dictionaries(st.sampled_from(names) | ODD, VALUES, max_size=4)
    return st.builds(lambda sent, more: {name: {**sent, **more}[name] for name in {**sent, **more}}, good, odd)


def answered(response: httpx.Response, *, control: bool = False) -> None:
    assert response.status_code < 500, response.request.content
    if not control:
        assert response.status_code in {200, 400, 404, 405, 409, 422}


@pytest.mark.parametrize(("path", "model"), [("/recordings", RecordingsQuery), ("/sessions", SessionsQuery)])
def test_queries(every, client, path, model) -> None:
    client.start()

    @OFTEN
    @given(st.lists(st.tuples(st.sampled_from(sorted(model.model_fields)), ODD | st.text(max_size=8)), max_size=4))
    def ask(query: list[tuple[str, str]]) -> None:
        text = "&".join(f"{name}={quote(value, errors='surrogatepass')}" for name, value in query)
        answered(client.get(f"{path}?{text}"))

    ask()


@pytest.mark.parametrize(
    ("method", "path", "models"),
    [
        ("POST", "/recordings/track", [DocumentedStart]),
        ("POST", "/recordings", [CompositeStart]),
        ("PUT", "/recordings/{id}", [Action]),
    ],
)
def test_bodies_of_calls(every, client, method, path, models) -> None:
    recording_id = client.start("other")

    @OFTEN
    @given(fields_of(*models))
    def send(body: Any) -> None:
        answered(client.request(method, path.format(id=recording_id), content=json.dumps(body)))

    send()
    every.requests()
    every.recordings()
    client.listed()


@pytest.mark.parametrize(
    ("method", "path", "models"),
    [
        ("PUT", "/meetings/meeting", [MeetingBody]),
        ("POST", "/clock", [ClockBody]),
        ("POST", "/faults", [FaultsBody, RandomFaults]),
        ("POST", "/faults", [Fault]),
        ("PATCH", "/recordings/{id}", [RecordingBody]),
    ],
)
def test_bodies_of_control_calls_and_what_follows_them(every, client, method, path, models) -> None:
    recording_id = client.start("meeting", max_seconds=1e308)
    url = f"{every.url}/_sandbox{path.format(id=recording_id)}"

    @OFTEN
    @given(fields_of(*models))
    def send(body: Any) -> None:
        one = [body] if models == [Fault] else body
        answered(client.request(method, url, content=json.dumps(one)), control=True)
        for shown in ("recordings", "clock", "faults"):
            answered(client.get(f"{every.url}/_sandbox/{shown}"), control=True)
        every.clear_faults()
        for call in ("/recordings", f"/recordings/{recording_id}", "/sessions", "/meetings/meeting/active-session"):
            answered(client.get(call))

    send()
