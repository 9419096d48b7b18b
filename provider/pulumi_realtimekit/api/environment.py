"""The HTTP client, which reads proxies and certificates from the environment, and what cannot be used of them."""

import os
from collections.abc import Collection, Iterator
from typing import Any, Final

from pulumi_realtimekit.api.lazy_httpx import httpx
from pulumi_realtimekit.errors import NotSent

PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
EXCEPTIONS: Final = ("NO_PROXY",)
CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def new_client(**options: Any) -> httpx.Client:
    """A client. Raises NotSent, which names the variable that cannot be used; its value may hold a password."""
    try:
        return httpx.Client(**options)
    except OSError as error:
        name = next(filter(os.environ.get, CERTIFICATES), None)
        if name is None:
            raise
        raise NotSent(f"environment variable {name}: its file cannot be used ({error.strerror})") from None
    except (ImportError, ValueError, httpx.InvalidURL):
        problem = next(_problems_of_proxies(), None)
        if problem is None:
            raise
        raise NotSent(problem) from None


def _problems_of_proxies() -> Iterator[str]:
    for name in _set(PROXIES):
        proxy = os.environ[name]
        try:
            httpx.HTTPTransport(proxy=proxy if "://" in proxy else f"http://{proxy}", verify=False).close()
        except ImportError:
            yield f"environment variable {name}: for a SOCKS proxy, install httpx[socks] beside pulumi-realtimekit"
        except (ValueError, httpx.InvalidURL):
            yield f"environment variable {name}: expected a proxy such as http://proxy.example.com:3128"
    for name in _set(EXCEPTIONS):
        yield f"environment variable {name}: expected names and addresses, those of IPv6 without brackets and ranges"


def _set(names: Collection[str]) -> list[str]:
    """The variables of these names that are set, in small letters, too."""
    return [spelt for name in names for spelt in (name.lower(), name) if os.environ.get(spelt)]
