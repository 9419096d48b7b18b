"""The HTTP client that reads proxies and certificates from the environment, and says which variable it cannot use."""

import importlib.util
import os
from typing import Any, Final

import httpx

from pulumi_realtimekit.api.base_url import is_reachable_host
from pulumi_realtimekit.errors import NotSent

PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def client_of_environment(**options: Any) -> httpx.Client:
    """A client. Raises NotSent, which names a variable but not its value: that may hold a password."""
    for name in _set(*PROXIES):
        problem = _problem_of_proxy(os.environ[name])
        if problem:
            raise NotSent(f"environment variable {name}: {problem}")
    try:
        return httpx.Client(**options)
    except OSError as error:
        for name in _set(*CERTIFICATES):
            raise NotSent(f"environment variable {name}: its file cannot be used ({error.strerror})") from None
        raise
    except (ValueError, httpx.InvalidURL):
        for name in _set("NO_PROXY"):
            expected = "expected names and addresses, those of IPv6 without brackets and ranges"
            raise NotSent(f"environment variable {name}: {expected}") from None
        raise


def _problem_of_proxy(proxy: str) -> str | None:
    try:
        url = httpx.Proxy(proxy if "://" in proxy else f"http://{proxy}").url
    except (ValueError, httpx.InvalidURL):
        url = httpx.URL()
    if not is_reachable_host(url):
        return "expected a proxy such as http://proxy.example.com:3128"
    if url.scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
        return "for a SOCKS proxy, install httpx[socks] beside pulumi-realtimekit"
    return None


def _set(*names: str) -> list[str]:
    """The variables of these names that are set, in small letters, too."""
    return [spelt for name in names for spelt in (name.lower(), name) if os.environ.get(spelt)]
