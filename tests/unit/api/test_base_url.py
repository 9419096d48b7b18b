"""Base URLs: what is one, and what the calls make of it."""

import ssl
import sys
from contextlib import closing
from typing import Any

import httpx
import pytest
from pulumi_realtimekit.api.base_url import read_base_url
from pulumi_realtimekit.api.client import RecordingsApi
from pulumi_realtimekit.errors import NotSent

SECRET = "s3cr3t-canary"


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("https://api.cloudflare.com/client/v4", "api.cloudflare.com"),
        ("HTTPS://API.Cloudflare.com/client/v4/", "api.cloudflare.com"),
        ("https://api.example.com.:8443/", "api.example.com.:8443"),
        ("https://127.0.0.1:1/v4", "127.0.0.1:1"),
        ("https://example.com:/v4", "example.com"),
        ("http://127.0.0.1:8700/client/v4", "127.0.0.1:8700"),
        ("Http://LOCALHOST/client/v4", "localhost"),
        ("http://[::1]:8700/v4", "[::1]:8700"),
    ],
)
def test_a_base_url_leads_to_its_host(value: str, host: str) -> None:
    with closing(RecordingsApi(base_url=value, token="t")) as api:
        assert api._http.host == host


@pytest.mark.parametrize(
    "value",
    [
        "",
        "api.cloudflare.com/client/v4",
        "https:///client/v4",
        f"https://user:{SECRET}@example.com/client/v4",
        f"https://example.com\\@{SECRET}/client/v4",
        f"https://example.com/client/v4?token={SECRET}",
        f"https://example.com/client/v4#{SECRET}",
        " https://example.com/client/v4",
        "https://exa\tmple.com/client/v4",
        "https://example.com/client\u200b/v4",
        "https://example.com:99999/",
        "https://example.com:0/",
        "https://example.com:x/",
        "https://[example.com/",
        f"https://[::1]{SECRET}/",
        "https://example.com[v1.abc]/v4",
        "https://[v1.abc]/v4",
        "http://[::1]8700/v4",
        "http://[::1]]/v4",
        "http://example.com[::1]/v4",
        "http://example[localhost]/v4",
        "https://a..b/",
        "https://999.1.1.1/",
        "https://[fe80::1%25eth0]/",
        "https://127.1/",
        "http://example.com/client/v4",
        "http://127.0.0.1.example.com/client/v4",
        "http://0.0.0.0/client/v4",
        "ftp://127.0.0.1/client/v4",
    ],
)
def test_what_is_no_base_url_is_refused_in_one_line_without_its_value(value: str) -> None:
    with pytest.raises(ValueError, match=r"^(must be printable|expected)") as raised:
        read_base_url(value)
    assert "\n" not in str(raised.value)
    assert SECRET not in str(raised.value)
    assert "example" not in str(raised.value)


@pytest.mark.parametrize("base_url", ["https://example.com/v4", "hTTps://example.com/v4", "https://127.0.0.1/v4"])
def test_certificates_are_verified_however_https_is_spelt(base_url: str) -> None:
    with closing(RecordingsApi(base_url=base_url, token="t")) as api:
        context = api._http._client._transport._pool._ssl_context  # type: ignore[attr-defined]
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_no_client_has_another_kind_of_url() -> None:
    with pytest.raises(ValueError, match=r"^expected https"):
        RecordingsApi(base_url="http://example.com/v4", token="t")


# What the environment adds


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ALL_PROXY", f"socks5://u:{SECRET}@h:1", "for a SOCKS proxy, install httpx[socks] beside pulumi-realtimekit"),
        ("HTTPS_PROXY", f"garbage://{SECRET}", "expected a proxy such as http://proxy.example.com:3128"),
        ("https_proxy", f"http://h:{SECRET}", "expected a proxy such as http://proxy.example.com:3128"),
        ("HTTPS_PROXY", "http://a..b:1", "expected a proxy such as http://proxy.example.com:3128"),
        ("HTTP_PROXY", f"h:{SECRET}", "expected a proxy such as http://proxy.example.com:3128"),
        ("NO_PROXY", "fe80::/10", "expected names and addresses, those of IPv6 without brackets and ranges"),
        ("SSL_CERT_FILE", f"/{SECRET}", "its file cannot be used (No such file or directory)"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv(name, value)
    with pytest.raises(NotSent) as raised:
        RecordingsApi(base_url="https://example.com/v4", token="t")
    assert str(raised.value) == f"environment variable {name}: {told}"


def test_what_is_no_fault_of_the_environment_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> None:
        raise ImportError("of something else")

    monkeypatch.setattr(httpx, "Client", broken)
    with pytest.raises(ImportError):
        RecordingsApi(base_url="https://example.com/v4", token="t")
