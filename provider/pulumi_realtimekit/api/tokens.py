"""Which token goes to which account: the configured one, or the other one where that is refused."""

import threading

from pulumi_realtimekit.api.base_url import is_printable


class Tokens:
    """A token, and one that is tried in its place where an account refuses it; what works is kept, for that account.

    An account is left for another one while the environment holds the token of the first: each has to get its own.
    """

    def __init__(self, token: str, fallback: str | None) -> None:
        usable = fallback is not None and fallback != token and is_printable(fallback)
        self.all = [token, *([fallback] if fallback and usable else [])]
        self._accepted: dict[str, str] = {}
        self._accepting = threading.Lock()

    def to_try(self, account: str) -> list[str]:
        """The tokens in the order in which an account is given them."""
        first = self._accepted.get(account, self.all[0])
        return [first, *(token for token in self.all if token != first)]

    def accept(self, account: str, token: str) -> bool:
        """Keeps what an account accepted after it had refused another; whether that is the fallback, and new."""
        with self._accepting:
            is_new = self._accepted.get(account, self.all[0]) != token
            self._accepted[account] = token
        return is_new and token != self.all[0]
