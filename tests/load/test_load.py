"""The limit of an account under load: kept to by waiting, not by trying. `python -m tests.load` tries the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.load.load import Account, Limit, Load

LIMIT = Limit(requests=60, seconds=2)
AT_ONCE = 16
"""Requests that may be on their way when the limit is met: the engine runs four steps for each core."""


def no_storm(load: Load, processes: int = 1) -> None:
    """Each process is refused what was on its way, in each window, and then waits."""
    windows = load.at_least / LIMIT.seconds + 1
    assert load.refused <= windows * processes * AT_ONCE
    assert load.refused < load.requests


def test_one_stack_waits_when_it_is_told_to(tmp_path: Path) -> None:
    with Account(tmp_path, LIMIT, own_limit=False) as account:
        stacks = account.stacks(1, recordings=100)
        up = account.deploy("up", stacks)
        assert (up.requests, up.recordings) == (200, 100)
        assert up.seconds >= up.at_least
        no_storm(up)
        destroy = account.deploy("destroy", stacks)
        assert (destroy.requests, destroy.recordings) == (100, 0)
        no_storm(destroy)


@pytest.mark.parametrize("at_once", [1, 4])
def test_several_stacks_share_an_account(tmp_path: Path, at_once: int) -> None:
    with Account(tmp_path, LIMIT, own_limit=False) as account:
        up = account.deploy("up", account.stacks(4, recordings=15), at_once)
        assert (up.requests, up.recordings) == (120, 60)
        no_storm(up, processes=at_once)


def test_a_stack_that_knows_the_limit_is_never_refused(tmp_path: Path) -> None:
    with Account(tmp_path, Limit(requests=40, seconds=50), own_limit=True) as account:
        up = account.deploy("up", account.stacks(1, recordings=20))
        assert (up.requests, up.refused, up.recordings) == (40, 0, 20)


def test_a_stack_that_knows_the_limit_waits_for_its_user_s(tmp_path: Path) -> None:
    with Account(tmp_path, Limit(requests=400, seconds=50), own_limit=True, user=LIMIT) as account:
        up = account.deploy("up", account.stacks(1, recordings=100))
        assert (up.requests, up.recordings) == (200, 100)
        assert up.seconds >= up.at_least == 6
        no_storm(up)
