"""Two accounts in one stack, whose tokens do not work for each other; and tokens that change."""

import threading
from collections.abc import Callable, Iterator

import pytest
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import Plugin, Resource


@pytest.fixture
def service() -> Iterator[SandboxApi]:
    """A service with two accounts, and a token for both."""
    options = {"start_seconds": 0, "upload_seconds": 0, "short_recordings": "uploaded"}
    with SandboxApi(tokens=("one=token-one", "two=token-two", "new"), **options) as api:  # type: ignore[arg-type]
        yield api


def provider_of(api: SandboxApi, account: str, token: str | None = None) -> Plugin:
    return Plugin(api, provider=account, accountId=account, apiToken=token or f"token-{account}")


def paths(api: SandboxApi) -> set[str]:
    """The accounts that were asked, with what they answered."""
    return {f"{request['path'].split('/')[4]} {request['status']}" for request in api.requests()}


def test_each_provider_records_in_its_account(service: SandboxApi) -> None:
    resources = [Resource(provider_of(service, account), meeting_id="m") for account in ("one", "two")]

    assert [resource.up() for resource in resources] == ["create", "create"]

    assert paths(service) == {"one 200", "two 200"}
    assert [resource.outputs["account_id"] for resource in resources] == ["one", "two"]


def test_a_token_does_not_work_for_the_other_account(service: SandboxApi) -> None:
    with pytest.raises(RealtimeKitError, match=r"answered 403: .*api_token of provider 'two'"):
        Resource(provider_of(service, "two", "token-one"), meeting_id="m").up()
    assert service.recordings() == []


def test_a_resource_that_moves_to_another_account_is_replaced(service: SandboxApi) -> None:
    resource = Resource(provider_of(service, "one"), meeting_id="m")
    resource.up()

    assert resource.by(provider_of(service, "two")).preview() == ("replace", ["account_id"])


def test_a_resource_that_moves_within_its_account_is_left_alone(service: SandboxApi) -> None:
    resource = Resource(provider_of(service, "one"), meeting_id="m")
    resource.up()

    assert resource.by(Plugin(service, provider="renamed", accountId="one", apiToken="new")).up() == "same"
    assert resource.refresh()
    resource.destroy()

    assert paths(service) == {"one 200"}
    assert not any(recording["active"] for recording in service.recordings())


@pytest.mark.parametrize("act", [Resource.destroy, Resource.refresh, Resource.up], ids=lambda act: str(act.__name__))
def test_a_provider_that_left_an_account_is_told_which(act: Callable[[Resource], object], service: SandboxApi) -> None:
    """Its account and its token were changed together, while a recording is in the other account."""
    resource = Resource(provider_of(service, "one"), meeting_id="m")
    resource.up()
    resource.by(provider_of(service, "two"))

    with pytest.raises(RealtimeKitError) as raised:
        act(resource)

    assert str(raised.value).partition(" answered ")[2] == (
        "403: Unauthorized to access requested resource (is the api_token of provider 'two' right, with permission "
        "Realtime or Realtime Admin for account 'one'? A recording is read and stopped in the account that it was "
        "started in: give the provider that account's token until it is stopped, and its new account after that. "
        "`refresh` and `destroy` use the one of the last `up`)"
    )
    assert [recording["active"] for recording in service.recordings()] == [True]


def test_refresh_and_destroy_survive_a_rotation(service: SandboxApi, monkeypatch: pytest.MonkeyPatch) -> None:
    resources = [
        Resource(Plugin(service, accountId="one", apiToken="token-one"), meeting_id=f"m{number}") for number in range(8)
    ]
    for resource in resources:
        resource.up()
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "new")
    saved = Plugin(service, accountId="one", apiToken="revoked")
    service.clear_requests()

    threads = [threading.Thread(target=resource.by(saved).destroy) for resource in resources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not any(recording["active"] for recording in service.recordings())
    assert len(saved.heard.warnings) == 1
    assert saved.heard.warnings[0].startswith("realtimekit:apiToken is refused, CLOUDFLARE_API_TOKEN is accepted")


def test_where_both_tokens_are_refused_each_is_tried_once(service: SandboxApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "bad-2")

    with pytest.raises(RealtimeKitError, match=r"answered 401: .*is realtimekit:apiToken right") as raised:
        Resource(Plugin(service, accountId="one", apiToken="bad-1"), meeting_id="m").up()

    assert [request["status"] for request in service.requests()] == [401, 401]
    assert "bad-" not in str(raised.value)


def test_each_account_gets_the_token_that_works_for_it(service: SandboxApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """The config has moved on to another account and its token, and the environment holds that of the first."""
    resources = [
        Resource(Plugin(service, accountId="one", apiToken="token-one"), meeting_id=f"m{number}") for number in range(2)
    ]
    for resource in resources:
        resource.up()
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "token-one")
    moved = Plugin(service, accountId="two", apiToken="token-two")
    service.clear_requests()

    assert [resource.by(moved).up() for resource in resources] == ["replace", "replace"]

    assert paths(service) == {"one 403", "one 200", "two 200"}
    assert len([request for request in service.requests() if request["status"] == 403]) == 1
    assert [resource.outputs["account_id"] for resource in resources] == ["two", "two"]
    assert [warning for warning in moved.heard.warnings if "realtimekit:apiToken" in warning] == [
        "account 'one': realtimekit:apiToken is refused, CLOUDFLARE_API_TOKEN is accepted and used in its place"
    ]


def test_a_rotated_token_of_a_provider_is_not_looked_for_in_the_environment(
    service: SandboxApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "new")

    with pytest.raises(RealtimeKitError, match="answered 401"):
        Resource(provider_of(service, "one", "revoked"), meeting_id="m").up()

    assert [request["status"] for request in service.requests()] == [401]


def test_a_broken_storage_does_not_keep_a_recording_from_being_stopped(service: SandboxApi) -> None:
    resource = Resource(Plugin(service, accountId="one", apiToken="token-one"), meeting_id="m")
    resource.up()
    broken = {"storages": {"archive": {"type": "aws"}}, "layers": 5, "recordings": {"a": {}}}

    resource.by(Plugin(service, accountId="one", apiToken="token-one", **broken)).destroy()

    assert not any(recording["active"] for recording in service.recordings())
