"""Base URLs: which ones a token may be sent to."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import httpx

_NAME: Final = re.compile(r"([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?", re.IGNORECASE)
_DIGITS: Final = re.compile(r"[0-9.]+")


def is_printable(value: str) -> bool:
    """Whether a header or a URL can carry it; httpx's own complaint about one that cannot would quote it."""
    return value.isascii() and value.isprintable() and " " not in value


def require_printable(value: str) -> str:
    """The value. Raises ValueError, which does not quote it."""
    if not is_printable(value):
        raise ValueError("must be printable ASCII without spaces or line breaks")
    return value


def read_base_url(value: str) -> httpx.URL:
    """A base URL, normalized, without a slash at the end: https, or http to this machine.

    Raises ValueError, which does not quote the value.
    """
    import httpx  # here, since a program whose stack sets no base URL does without it

    require_printable(value)
    try:
        url = httpx.URL(value.rstrip("/"))
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL()
    if not is_reachable_host(url) or any(mark in value for mark in "@?#\\"):
        raise ValueError("expected a URL such as https://api.cloudflare.com/client/v4")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.host)):
        raise ValueError("expected https (http to this machine alone): the token is sent with every call")
    return url


def is_reachable_host(url: httpx.URL) -> bool:
    """Whether a URL's host and port can be looked up: what cannot would fail in the middle of a call."""
    if not 0 < (url.port or 443) < 65536:
        return False
    if ":" in url.host or _DIGITS.fullmatch(url.host):
        return _address(url.host) is not None and "%" not in url.host
    return _NAME.fullmatch(url.host) is not None


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
