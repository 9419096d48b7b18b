"""Which token goes with a request."""

import re
import threading
from collections.abc import Callable, Generator
from typing import Final
from urllib.parse import unquote

import httpx

from pulumi_realtimekit.api.base_url import is_printable, require_printable

REFUSED: Final = frozenset({401, 403})
_ACCOUNT: Final = re.compile(r"/accounts/([^/]+)/realtime/")


class Tokens(httpx.Auth):
    """The configured token, or the fallback where an account refuses that one; what works is kept, for that account.

    fallback: not tried where a header cannot carry it. on_fallback: called with an account once the fallback works
    for it.
    Raises: ValueError where a header cannot carry the token.
    """

    def __init__(self, token: str, fallback: str | None, on_fallback: Callable[[str], None]) -> None:
        self.all = [require_printable(token)]
        if fallback and fallback != token and is_printable(fallback):
            self.all.append(fallback)
        self._on_fallback = on_fallback
        self._accepted: dict[str, str] = {}
        self._lock = threading.Lock()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sends the token that works; where the account refuses it, the other one, once."""
        account = account_of(request.url)
        first = self._accepted.get(account, self.all[0])
        for token in sorted(self.all, key=lambda token: token != first):
            request.headers["Authorization"] = f"Bearer {token}"
            response = yield request
            if response.status_code not in REFUSED:
                if token != first and response.status_code < 500:
                    self._keep(account, token)
                return

    def _keep(self, account: str, token: str) -> None:
        with self._lock:
            is_new = self._accepted.get(account, self.all[0]) != token
            self._accepted[account] = token
        if is_new and token != self.all[0]:
            self._on_fallback(account)


def account_of(url: httpx.URL) -> str:
    """The account that a request is for: `…/accounts/{account_id}/realtime/…`."""
    found = _ACCOUNT.search(url.raw_path.decode())
    return unquote(found[1]) if found else ""
