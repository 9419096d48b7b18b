"""Many recordings and many stacks against one account's limits: how long it takes, and how often it is refused."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sandbox.api.testing import SandboxApi
from tests.kit.project import Project, active, base_config


@dataclass(frozen=True)
class Limit:
    """So many requests in any window of so many seconds."""

    requests: int
    seconds: float

    def at_least(self, requests: int) -> float:
        """How long so many requests take at least, in seconds: all that fits into a window may come at its begin."""
        return (requests - 1) // self.requests * self.seconds if self.requests else 0


@dataclass(frozen=True)
class Load:
    """What a load came to.

    requests: those that the service let through. refused: those that met a limit. at_least: seconds that the limits
    alone take. seconds: as it was. recordings: that run after it.
    """

    requests: int
    refused: int
    at_least: float
    seconds: float
    recordings: int


NONE = Limit(0, 1)

MOST_SECONDS = 900
"""How long one command may take: the longest of the service's windows is five minutes."""


class Account:
    """An account with a limit, its user's, and the stacks that record in it.

    own_limit: whether the stacks know the account's themselves (`requestLimit`), or learn of it by being refused.
    user: the limit of all calls of a user, which is always learnt so.
    """

    def __init__(self, folder: Path, limit: Limit, *, own_limit: bool, user: Limit = NONE) -> None:
        self._folder, self._limits = folder, (limit, user)
        self._own_limit = limit.requests if own_limit else 0
        self._api = SandboxApi(
            request_limit=limit.requests,
            request_window=limit.seconds,
            user_limit=user.requests,
            user_window=user.seconds,
            start_seconds=0,
        )

    def __enter__(self) -> Account:
        self._api.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._api.stop()

    def stacks(self, number: int, recordings: int) -> list[Project]:
        """So many stacks of so many recordings, none of them deployed."""
        config = base_config(self._api) | {"timeoutSeconds": 30, "requestLimit": self._own_limit}
        stacks = [Project(self._folder / f"stack-{stack}") for stack in range(number)]
        for stack, project in enumerate(stacks):
            declared = {f"r{one}": {"meeting_id": f"meeting-{stack}-{one}"} for one in range(recordings)}
            project.configure(config | {"recordings": declared})
        return stacks

    def deploy(self, verb: str, stacks: Sequence[Project], at_once: int = 1) -> Load:
        """Runs the verb on all stacks, so many of them at once. Raises AssertionError where one fails."""
        self._api.clear_requests()
        began = time.monotonic()
        with ThreadPoolExecutor(at_once) as pool:
            results = [*pool.map(lambda stack: stack.deploy(verb, timeout=MOST_SECONDS), stacks)]
        seconds = time.monotonic() - began
        for result in results:
            assert result.code == 0, result.text
        seen = self._api.requests()
        refused = sum(request["status"] == 429 for request in seen)
        let_through = len(seen) - refused
        running = len(active(self._api))
        at_least = max(limit.at_least(let_through) for limit in self._limits)
        return Load(let_through, refused, at_least, seconds, running)
