"""Tokens: which one opens which account."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from starlette.responses import Response

from sandbox.api.answers import gateway_error


class Access:
    """tokens: each with the account that it opens; None: every account."""

    def __init__(self, tokens: Iterable[tuple[str | None, str]]) -> None:
        self._tokens = tuple(tokens)

    def refusal(self, account_id: str, authorization: str | None) -> Response | None:
        """401 for a token that is unknown or not there, 403 for another account's; None where it fits."""
        sent = token_in(authorization).encode()
        accounts = [account for account, token in self._tokens if hmac.compare_digest(token.encode(), sent)]
        if not accounts:
            return gateway_error(401, 10000, "Authentication error")
        if account_id not in accounts and None not in accounts:
            return gateway_error(403, 9109, "Unauthorized to access requested resource")
        return None


def token_in(authorization: str | None) -> str:
    """The token of the header, empty where it holds none."""
    scheme, _, value = (authorization or "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""
