"""The connection that `refresh` and `destroy` make from the config of the last `up`, which is not checked again."""

import pytest
from pulumi_realtimekit.errors import NotConfigured
from pulumi_realtimekit.plugin.connection import Connection
from pulumi_realtimekit.plugin.engine import Engine

CONFIG = {"realtimekit:apiToken": "t", "realtimekit:accountId": "a", "realtimekit:appId": "b"}


def connection(key: str, value: str) -> Connection:
    return Connection({**CONFIG, f"realtimekit:{key}": value}.get, Engine(None))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("apiToken", "a b"),
        ("baseUrl", "http://api.example.com/client/v4"),
        ("baseUrl", "https://user:password@example.com"),
        ("requestLimit", "-1"),
        ("requestLimit", "1.5"),
        ("requestLimit", "NaN"),
        ("requestLimit", "many"),
        ("timeoutSeconds", "0"),
        ("timeoutSeconds", "NaN"),
        ("timeoutSeconds", "Infinity"),
        ("timeoutSeconds", "99999999999"),
        ("timeoutSeconds", "30s"),
        ("timeoutSeconds", "[30]"),
    ],
)
def test_what_up_refuses_is_refused_in_the_same_words(key: str, value: str) -> None:
    refused = connection(key, value)

    with pytest.raises(NotConfigured) as raised:
        refused.api  # noqa: B018

    assert str(raised.value) == "\n".join(map(str, refused.mistakes))


@pytest.mark.parametrize(
    ("key", "value"),
    [("requestLimit", "1e3"), ("requestLimit", "0"), ("requestLimit", "1e30"), ("timeoutSeconds", "0.5")],
)
def test_what_up_accepts_connects(key: str, value: str) -> None:
    accepted = connection(key, value)

    assert (accepted.mistakes, accepted.api.timeout > 0) == ([], True)
