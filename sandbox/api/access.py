"""Tokens: which one opens which account."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.responses import Response

from sandbox.api.answers import gateway_error

DEFAULT_TOKEN = "sandbox-token"  # noqa: S105 - it is public


@dataclass(frozen=True)
class Token:
    value: str
    account_id: str | None = None
    """None: for every account."""

    @classmethod
    def parse(cls, text: str) -> Token:
        """`account=token`, or a token alone.

        Raises:
            ValueError: one of them is empty.
        """
        account_id, equals, value = text.partition("=")
        if not text or (equals and not (account_id and value)):
            raise ValueError(f"{text!r} is neither a token nor account=token")
        return cls(value, account_id) if equals else cls(text)


class Access:
    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens = tuple(tokens)

    def refusal(self, account_id: str, authorization: str | None) -> Response | None:
        """401 for a token that is unknown or not there, 403 for another account's; None where it fits."""
        value = token_in(authorization)
        known = [token for token in self._tokens if hmac.compare_digest(token.value.encode(), value.encode())]
        if not known:
            return gateway_error(401, 10000, "Authentication error")
        if not any(token.account_id in {None, account_id} for token in known):
            return gateway_error(403, 9109, "Unauthorized to access requested resource")
        return None


def token_in(authorization: str | None) -> str:
    """The token of the header, empty where it holds none."""
    scheme, _, value = (authorization or "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""
