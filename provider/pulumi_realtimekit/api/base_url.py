"""Where the API is, and what may go there: one reading of a base URL, for its validation and for the calls."""

import ipaddress
import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_NAME: Final = re.compile(r"([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?")


class BaseUrl(NamedTuple):
    """A base URL as the calls use it.

    text: normalised, without a slash at the end. host: `hostname[:port]`, which messages may show.
    encrypted: whether it is https; where not, it is a URL of this machine.
    """

    text: str
    host: str
    encrypted: bool


def is_printable(value: str) -> bool:
    """Whether a header or a URL can carry it; libraries' own complaints about one that cannot would quote it."""
    return value.isascii() and value.isprintable() and " " not in value


def require_printable(value: str) -> str:
    """The value. Raises ValueError, which holds nothing of the value."""
    if not is_printable(value):
        raise ValueError("must be printable ASCII without spaces or line breaks")
    return value


def read_base_url(value: str) -> BaseUrl:
    """A base URL: https, or http to this machine, without user, query and fragment.

    Raises ValueError, which holds nothing of the value.
    """
    require_printable(value)
    try:
        url = urlsplit(value)
        name, port = url.hostname or "", url.port
    except ValueError:
        name, port, url = "", None, urlsplit("")
    if not _is_host(name) or "@" in url.netloc or any(mark in value for mark in "?#\\"):
        raise ValueError("expected a URL such as https://api.cloudflare.com/client/v4")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(name)):
        raise ValueError("expected https (http to this machine alone): the token is sent with every call")
    host = f"[{name}]" if ":" in name else name
    if port is not None:
        host = f"{host}:{port}"
    return BaseUrl(f"{url.scheme}://{host}{url.path.rstrip('/')}", host, url.scheme == "https")


def _is_host(name: str) -> bool:
    """Whether it is a name or an address that can be looked up: what is none would fail in the middle of a call."""
    if ":" in name or re.fullmatch(r"[0-9.]+", name):
        return _address(name) is not None and "%" not in name
    return _NAME.fullmatch(name) is not None


def _is_loopback(name: str) -> bool:
    address = _address(name)
    return name == "localhost" or (address is not None and address.is_loopback)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
