"""Two accounts in one stack, whose tokens do not work for each other; and tokens that change."""

from collections.abc import Callable, Iterator

import pytest
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import Plugin, Resource
from tests.kit.service import running
from tests.kit.waiting import at_once


@pytest.fixture
def service() -> Iterator[SandboxApi]:
    """A service with two accounts, and a token for both."""
    options = {"start_seconds": 0, "upload_seconds": 0, "short_recordings": "uploaded"}
    with SandboxApi(tokens=("one=token-one", "two=token-two", "new"), **options) as api:  # type: ignore[arg-type]
        yield api


def provider_of(api: SandboxApi, account: str, token: str | None = None) -> Plugin:
    return Plugin(api, provider=account, accountId=account, apiToken=token or f"token-{account}")


def recorded(service: SandboxApi, number: int) -> list[Resource]:
    """So many recordings in account `one`, by the stack's config."""
    plugin = Plugin(service, accountId="one", apiToken="token-one")
    resources = [Resource(plugin, meeting_id=f"m{index}") for index in range(number)]
    at_once(resource.up for resource in resources)
    return resources


def paths(api: SandboxApi) -> set[str]:
    """The accounts that were asked, with what they answered."""
    return {f"{request['path'].split('/')[4]} {request['status']}" for request in api.requests()}


def test_each_provider_records_in_its_account_and_a_resource_that_moves_is_replaced(service: SandboxApi) -> None:
    one, two = (provider_of(service, account) for account in ("one", "two"))
    resources = [Resource(plugin, meeting_id="m") for plugin in (one, two)]

    assert [resource.up() for resource in resources] == ["create", "create"]

    assert paths(service) == {"one 200", "two 200"}
    assert [resource.outputs["account_id"] for resource in resources] == ["one", "two"]
    assert resources[0].by(two).preview() == ("replace", ["account_id"])


def test_a_token_does_not_work_for_the_other_account(service: SandboxApi) -> None:
    with pytest.raises(RealtimeKitError, match=r"answered 403: .*api_token of provider 'two'"):
        Resource(provider_of(service, "two", "token-one"), meeting_id="m").up()
    assert service.recordings() == []


def test_a_resource_that_moves_within_its_account_is_left_alone(service: SandboxApi) -> None:
    resource = Resource(provider_of(service, "one"), meeting_id="m")
    resource.up()

    assert resource.by(Plugin(service, provider="renamed", accountId="one", apiToken="new")).up() == "same"
    assert resource.refresh()
    resource.destroy()

    assert paths(service) == {"one 200"}
    assert running(service) == []


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
        "`refresh` and `destroy` use the token of the last `up`)"
    )
    assert running(service) == [resource.id]


def test_refresh_and_destroy_survive_a_rotation(service: SandboxApi, monkeypatch: pytest.MonkeyPatch) -> None:
    resources = recorded(service, 8)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "new")
    saved = Plugin(service, accountId="one", apiToken="revoked")
    service.clear_requests()

    at_once(resource.by(saved).destroy for resource in resources)

    assert running(service) == []
    assert len(saved.heard.warnings) == 1
    assert saved.heard.warnings[0].startswith("realtimekit:apiToken is refused, CLOUDFLARE_API_TOKEN is accepted")


@pytest.mark.parametrize(
    ("provider", "environment", "tried", "says"),
    [
        (None, "bad-2", 2, "is realtimekit:apiToken right"),
        ("one", "new", 1, "is the api_token of provider 'one' right"),  # a provider's is not the environment's
    ],
)
def test_each_token_that_may_work_is_tried_once(
    service: SandboxApi, monkeypatch: pytest.MonkeyPatch, provider: str | None, environment: str, tried: int, says: str
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", environment)

    with pytest.raises(RealtimeKitError, match=f"answered 401: .*{says}") as raised:
        Resource(Plugin(service, provider=provider, accountId="one", apiToken="bad-1"), meeting_id="m").up()

    assert [request["status"] for request in service.requests()] == [401] * tried
    assert "bad-" not in str(raised.value)


def test_each_account_gets_the_token_that_works_for_it(service: SandboxApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """The config has moved on to another account and its token, and the environment holds that of the first."""
    resources = recorded(service, 2)
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


def test_a_broken_storage_does_not_keep_a_recording_from_being_stopped(service: SandboxApi) -> None:
    (resource,) = recorded(service, 1)
    broken = {"storages": {"archive": {"type": "aws"}}, "layers": 5, "recordings": {"a": {}}}

    resource.by(Plugin(service, accountId="one", apiToken="token-one", **broken)).destroy()

    assert running(service) == []
