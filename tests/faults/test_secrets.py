"""No secret in any message, output or log: not the token, not a storage's credentials, not a pre-signed URL."""

import logging
from typing import Any

import pytest
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.testing import SandboxApi
from tests.faults.calls import CALLS, FAULTS, outcome
from tests.kit.in_process import Plugin, Resource
from tests.kit.scripted import Answer, Request, scripted

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
KEY = "-----BEGIN KEY-----\nSECRET-private\n-----END KEY-----\n"
STORAGES = {
    "aws": {"type": "aws", "bucket": "b", "region": "r", "access_key": "SECRET-access", "secret": 'SECRET-"quoted"'},
    "sftp": {"type": "sftp", "host": "h", "username": "u", "auth_method": "KEY", "private_key": KEY},
}
LAYERS = {
    "default": {"outputs": ["aws", "sftp"]},
    "inline": {
        "outputs": [{"type": "STORAGE_CONFIG", "storage_config": {**STORAGES["aws"], "secret": "SECRET-inline"}}]
    },
}


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that anybody logs, httpx's and httpcore's debug messages included."""
    for name in (None, "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def secrets_in(text: str, *, token: str) -> list[str]:
    return [secret for secret in ("SECRET", "BEGIN KEY", "X-Amz-Signature", token) if secret in text]


def test_a_whole_life_logs_no_secret(
    api: SandboxApi, logged: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    plugin = Plugin(api, storages=STORAGES)
    resource = Resource(plugin, meeting_id=MEETING, layers=LAYERS, keep_download_urls=True)
    resource.up()
    resource.up(desired_status="PAUSED")
    resource.up(desired_status="STOPPED")
    resource.refresh()
    resource.destroy()
    assert any(record.name.startswith("httpcore") for record in logged.records), "they did log"
    assert any(record.name == "httpx" for record in logged.records)
    written = logged.text + "".join(capfd.readouterr()) + str(plugin.heard.messages)
    assert secrets_in(written, token=api.token) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_shows_a_secret(live: SandboxApi, logged: pytest.LogCaptureFixture, fault: Any) -> None:
    found = outcome(live, CALLS["look"], fault, times=None if fault != "delay" else 1)
    assert secrets_in(logged.text + "".join(found.said), token=live.token) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500])
@pytest.mark.parametrize("envelope", ["own", "gateway", "text"])
def test_what_the_service_repeats_of_a_secret_is_left_out(
    status: int, envelope: str, logged: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its messages quote what they complain of."""

    def script(request: Request) -> Answer:
        if request.method == "GET" and request.path.partition("?")[0].endswith("/recordings"):
            return Answer({"success": True, "data": [], "paging": {"total_count": 0}})
        said = f"cannot work with {request.body} or {request.headers['authorization']}: {KEY!r}{KEY}"
        error: Any = {"message": said, "code": 1}
        if envelope == "text":
            return Answer(said.encode(), status=status)
        return Answer(
            {"success": False, **({"error": error} if envelope == "own" else {"errors": [error]})}, status=status
        )

    with scripted(script) as server:
        plugin = Plugin(server, storages=STORAGES, timeoutSeconds=0.3)  # type: ignore[arg-type]
        with pytest.raises(RealtimeKitError) as raised:
            Resource(plugin, meeting_id=MEETING, layers=LAYERS).up()
        written = str(raised.value) + logged.text + "".join(capfd.readouterr()) + str(plugin.heard.messages)
        assert f"{status}" in str(raised.value) or "may be running" in str(raised.value)
        assert secrets_in(written, token=server.token) == []
