"""Fixtures of tests without an engine: the sandbox API in each dialect, emptied for each test."""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import httpx
import pytest

from sandbox.api.dialects import DialectName
from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, MEETING, Plugin

DIALECTS: tuple[DialectName, ...] = ("live", "documented", "reference")


@pytest.fixture(scope="session")
def services() -> Iterator[Callable[[DialectName], SandboxApi]]:
    running: dict[DialectName, SandboxApi] = {}

    def of(dialect: DialectName) -> SandboxApi:
        if dialect not in running:
            running[dialect] = SandboxApi(
                dialect, start_seconds=0, upload_seconds=0, short_recordings="uploaded", request_limit=0, user_limit=0
            )
            running[dialect].start()
        running[dialect].reset()
        return running[dialect]

    yield of
    for api in running.values():
        api.stop()


@pytest.fixture(params=DIALECTS)
def api(request: pytest.FixtureRequest, services: Callable[[DialectName], SandboxApi]) -> SandboxApi:
    """The service in each dialect, on which a recording is RECORDING at once."""
    return services(request.param)


@pytest.fixture
def live(services: Callable[[DialectName], SandboxApi]) -> SandboxApi:
    """The service as field reports saw it."""
    return services("live")


@pytest.fixture
def plugin(api: SandboxApi) -> Plugin:
    return Plugin(api)


@pytest.fixture(autouse=True)
def _environment_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's shell says of an account is none of a test's business."""
    for name in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_BASE_URL", "REALTIMEKIT_APP_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _plugins_end_with_the_test() -> Iterator[None]:
    yield
    Plugin.end_all()


def until_at_rest(api: SandboxApi, seconds: float = 20) -> None:
    """Until it has done what it was asked for: what it still has in hand, nobody can find by looking.

    seconds: at the longest; a call that broke off before it was read is never answered.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(request["fault"] == "delay_before" and request["status"] is None for request in api.requests()):
            return
        time.sleep(0.02)


def running(api: SandboxApi, meeting: str | None = None) -> list[str]:
    """The ids of the recordings that run."""
    return [one["id"] for one in api.recordings(meeting) if one["active"]]


def started_elsewhere(
    api: SandboxApi,
    meeting: str = MEETING,
    *,
    kind: str = "/track",
    app: str = APP,
    account: str = ACCOUNT,
    token: str = SandboxApi.token,
) -> str:
    """Somebody else's recording of the meeting, a composite one where `kind` is empty; its id."""
    layers = {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}
    httpx.post(
        f"{api.app_url(account, app)}/recordings{kind}",
        json={"meeting_id": meeting, "layers": layers} if kind else {"meeting_id": meeting},
        headers={"authorization": f"Bearer {token}"},
    ).raise_for_status()
    return str(api.recordings()[-1]["id"])


def doubles(recordings: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Meetings of which two recordings ran at any time at once."""
    by_meeting = sorted(recordings, key=lambda one: one["meeting_id"])
    for meeting, ones in itertools.groupby(by_meeting, key=lambda one: one["meeting_id"]):
        spans = sorted((_seconds(one["invoked_time"]), _seconds(one["stopped_time"]), one["id"]) for one in ones)
        for earlier, later in itertools.pairwise(spans):
            if later[0] < earlier[1]:
                yield f"{meeting}: {earlier[2]} and {later[2]}"


def _seconds(time: str | None) -> float:
    return float("inf") if time is None else datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()
