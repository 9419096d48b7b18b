"""Fixtures of tests without an engine: the sandbox API in each dialect, emptied for each test."""

import time
from collections.abc import Callable, Iterator

import pytest

from sandbox.api.dialects import DialectName
from sandbox.api.testing import SandboxApi
from tests.kit.in_process import Plugin

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
