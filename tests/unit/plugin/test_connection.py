"""The connection that `refresh` and `destroy` make from the config of the last `up`, which is not checked again."""

from typing import Any

import pytest
from pulumi_realtimekit.errors import NotConfigured
from pulumi_realtimekit.plugin.connection import PROVIDER_NAME_KEY, Connection
from pulumi_realtimekit.plugin.engine import Engine

CONFIG = {"realtimekit:apiToken": "t", "realtimekit:accountId": "a", "realtimekit:appId": "b"}
DEFAULT, EXPLICIT = None, "eu"
"""Providers: what the engine hands to an explicit one is no text that is decoded."""


def connection(key: str, value: Any, provider: str | None = DEFAULT) -> Connection:
    return Connection({**CONFIG, f"realtimekit:{key}": value, PROVIDER_NAME_KEY: provider}.get, Engine(None))


@pytest.mark.parametrize(
    ("provider", "key", "value"),
    [
        (DEFAULT, "apiToken", "a b"),
        (EXPLICIT, "apiToken", 5.0),
        (EXPLICIT, "apiToken", True),
        (EXPLICIT, "apiToken", {}),
        (DEFAULT, "baseUrl", "http://api.example.com/client/v4"),
        (DEFAULT, "baseUrl", "https://user:password@example.com"),
        (EXPLICIT, "baseUrl", ["https://proxy.example.com/client/v4"]),
        (EXPLICIT, "baseUrl", []),
        (EXPLICIT, "baseUrl", 5.0),
        (DEFAULT, "requestLimit", "-1"),
        (DEFAULT, "requestLimit", "-1e30"),
        (DEFAULT, "requestLimit", "1.5"),
        (DEFAULT, "requestLimit", "NaN"),
        (DEFAULT, "requestLimit", "Infinity"),
        (DEFAULT, "requestLimit", "true"),
        (DEFAULT, "requestLimit", "false"),
        (DEFAULT, "requestLimit", "many"),
        (DEFAULT, "timeoutSeconds", "0"),
        (DEFAULT, "timeoutSeconds", "NaN"),
        (DEFAULT, "timeoutSeconds", "Infinity"),
        (DEFAULT, "timeoutSeconds", "99999999999"),
        (DEFAULT, "timeoutSeconds", "true"),
        (DEFAULT, "timeoutSeconds", "30s"),
        (DEFAULT, "timeoutSeconds", "[30]"),
    ],
)
def test_what_up_refuses_is_refused_in_the_same_words(provider: str | None, key: str, value: Any) -> None:
    refused = connection(key, value, provider)

    with pytest.raises(NotConfigured) as raised:
        refused.api  # noqa: B018

    assert str(raised.value) == "\n".join(map(str, refused.mistakes)) != ""


@pytest.mark.parametrize(
    ("provider", "key", "value"),
    [(DEFAULT, "appId", "my app"), (DEFAULT, "accountId", "a/b"), (EXPLICIT, "appId", 7.0)],
)
def test_so_is_the_place_of_a_recording_that_is_looked_up(provider: str | None, key: str, value: Any) -> None:
    """Where its account and app are in the state, they are used, and the config's need not be right."""
    refused = connection(key, value, provider)

    with pytest.raises(NotConfigured) as raised:
        refused.app({})

    assert str(raised.value) == "\n".join(map(str, refused.mistakes)) != ""
    assert refused.app({"account_id": "a", "app_id": "b"}).path == "/accounts/a/realtime/kit/b"


@pytest.mark.parametrize(
    ("provider", "said"),
    [(DEFAULT, "realtimekit:appId: required, but absent; set it with "), (EXPLICIT, "app_id: required, but absent")],
)
def test_and_one_that_nothing_says(monkeypatch: pytest.MonkeyPatch, provider: str | None, said: str) -> None:
    monkeypatch.delenv("REALTIMEKIT_APP_ID", raising=False)
    silent = connection("appId", None, provider)

    with pytest.raises(NotConfigured) as raised:
        silent.app({"account_id": "a"})

    assert said in str(raised.value)
    assert silent.app({"app_id": "c"}).path == "/accounts/a/realtime/kit/c"


@pytest.mark.parametrize(
    ("key", "value"),
    [("requestLimit", "1e3"), ("requestLimit", "0"), ("requestLimit", "1e30"), ("timeoutSeconds", "0.5")],
)
def test_what_up_accepts_connects(key: str, value: str) -> None:
    accepted = connection(key, value)

    assert (accepted.mistakes, accepted.api.timeout > 0) == ([], True)


def test_a_missing_token_hides_no_other_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    refused = Connection({"realtimekit:baseUrl": "http://api.example.com"}.get, Engine(None))

    with pytest.raises(NotConfigured, match="realtimekit:baseUrl: expected https"):
        refused.api  # noqa: B018
