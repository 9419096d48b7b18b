"""The limit of an account under load: kept to by waiting, not by trying. `python -m tests.load` tries the real one."""

from __future__ import annotations

from pathlib import Path

from tests.load.load import Account, Limit, Load

LIMIT = Limit(requests=60, seconds=2)
AT_ONCE = 16
"""Requests that may be on their way when the limit is met: the CLI takes 16 steps at once by default."""


def no_storm(load: Load, processes: int = 1) -> None:
    """Each process is refused what was on its way, in each window, and then waits."""
    windows = load.at_least / LIMIT.seconds + 1
    assert load.refused <= windows * processes * AT_ONCE
    assert load.refused < load.requests


def test_several_stacks_wait_when_they_are_told_to(tmp_path: Path) -> None:
    with Account(tmp_path, LIMIT, own_limit=False) as account:
        up = account.deploy("up", account.stacks(2, recordings=30), at_once=2)
        assert (up.requests, up.recordings) == (120, 60)
        assert up.seconds >= up.at_least
        no_storm(up, processes=2)


def test_a_stack_that_knows_the_limit_is_refused_by_its_user_s_alone(tmp_path: Path) -> None:
    """The account's is the default limit, which a stack never meets; the user's it learns of by being refused."""
    with Account(tmp_path, Limit(requests=400, seconds=50), own_limit=True, user=LIMIT) as account:
        up = account.deploy("up", account.stacks(1, recordings=60))
        assert (up.requests, up.recordings) == (120, 60)
        assert up.seconds >= up.at_least == 2
        no_storm(up)
