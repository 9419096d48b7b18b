"""One server a dialect and test process, emptied for each test; its clock is advanced, never waited for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.api.testing import SandboxApi

DIALECTS = ("live", "documented", "reference")
BUCKET = {"type": "REALTIMEKIT_BUCKET"}
BODY = {"meeting_id": "meeting", "layers": {"default": {"outputs": [BUCKET]}}}
"""What every dialect takes."""


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, SandboxApi]]:
    running: dict[str, SandboxApi] = {}
    yield running
    for api in running.values():
        api.stop()


def emptied(servers: dict[str, SandboxApi], dialect: Any) -> SandboxApi:
    if dialect not in servers:
        servers[dialect] = SandboxApi(dialect)
        servers[dialect].start()
    servers[dialect].reset()
    return servers[dialect]


@pytest.fixture
def api(servers: dict[str, SandboxApi]) -> SandboxApi:
    return emptied(servers, "live")


@pytest.fixture
def documented(servers: dict[str, SandboxApi]) -> SandboxApi:
    return emptied(servers, "documented")


@pytest.fixture(params=DIALECTS)
def every(request: pytest.FixtureRequest, servers: dict[str, SandboxApi]) -> SandboxApi:
    """The API in each dialect."""
    return emptied(servers, request.param)


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client of the API that the test uses."""
    name = next((name for name in ("every", "documented") if name in request.fixturenames), "api")
    with Client(request.getfixturevalue(name)) as client:
        yield client


class Client(httpx.Client):
    def __init__(self, api: SandboxApi, account_id: str = "account", token: str = SandboxApi.token) -> None:
        headers = {"authorization": f"Bearer {token}"}
        # Making a TLS context would be most of a test's time.
        super().__init__(base_url=api.app_url(account_id), headers=headers, timeout=10, verify=False)
        self.api = api

    def start(self, meeting_id: str = "meeting", **body: Any) -> str:
        """Starts a track recording; its id, from the server's own list where the answer doesn't tell it."""
        response = self.post("/recordings/track", json={**BODY, "meeting_id": meeting_id, **body})
        assert response.status_code == 200, response.text
        return str(self.api.recordings(meeting_id)[-1]["id"])

    def one(self, recording_id: str) -> dict[str, Any]:
        response = self.get(f"/recordings/{recording_id}")
        assert response.status_code == 200, response.text
        data: dict[str, Any] = response.json()["data"]
        return data

    def act(self, recording_id: str, action: str) -> httpx.Response:
        return self.put(f"/recordings/{recording_id}", json={"action": action})

    def listed(self, **query: Any) -> list[dict[str, Any]]:
        response = self.get("/recordings", params=query)
        assert response.status_code == 200, response.text
        data: list[dict[str, Any]] = response.json()["data"]
        return data


@pytest.fixture
def new_client() -> Iterator[Any]:
    """Makes clients of other accounts and servers."""
    clients: list[Client] = []

    def make(api: SandboxApi, **how: str) -> Client:
        clients.append(Client(api, **how))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
