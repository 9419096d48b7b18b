"""Base URLs: which ones a token may be sent to."""

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

_NAME: Final = re.compile(r"([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?", re.IGNORECASE)
_NETLOC: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]*)?", re.IGNORECASE)
"""A host and a port as `urlsplit` and httpx read them alike: the one that is checked is the one that gets the token."""
_DIGITS: Final = re.compile(r"[0-9.]+")


def is_printable(value: str) -> bool:
    """Whether a header or a URL can carry it; httpx's own complaint about one that cannot would quote it."""
    return value.isascii() and value.isprintable() and " " not in value


def require_printable(value: str) -> str:
    """The value. Raises ValueError, which does not quote it."""
    if not is_printable(value):
        raise ValueError("must be printable ASCII without spaces or line breaks")
    return value


def read_base_url(value: str) -> SplitResult:
    """A base URL without a slash at the end: https, or http to this machine.

    Raises ValueError, which does not quote the value.
    """
    require_printable(value)
    url = _split(value.rstrip("/"))
    if url is None or any(mark in value for mark in "@?#\\"):
        raise ValueError("expected a URL such as https://api.cloudflare.com/client/v4")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.hostname or "")):
        raise ValueError("expected https (http only to this machine): the token is sent with every call")
    return url


def _split(value: str) -> SplitResult | None:
    """The parts of a URL; None where its host cannot be looked up."""
    try:
        url = urlsplit(value)
        return url if _NETLOC.fullmatch(url.netloc) and is_reachable(url.hostname or "", url.port) else None
    except ValueError:  # which quotes the value
        return None


def is_reachable(host: str, port: int | None) -> bool:
    """Whether a URL's host and port can be looked up: what cannot would fail in the middle of a call."""
    if port is not None and not 0 < port < 65536:
        return False
    if ":" in host or _DIGITS.fullmatch(host):
        return _address(host) is not None and "%" not in host
    return _NAME.fullmatch(host) is not None


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
