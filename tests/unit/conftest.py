"""Fixtures of what needs neither an engine nor the service."""

import asyncio
import warnings

import pytest

from tests.kit.stack import stack

__all__ = ["event_loop", "stack"]

_LOOPS: list[asyncio.AbstractEventLoop] = []
"""Kept until the process ends: what a test declares is still waited for when the next one begins."""


@pytest.fixture(autouse=True)
def event_loop() -> None:
    """As a program's process has one: outputs need it, and `asyncio.run` of a test elsewhere leaves none behind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # some versions make one here, and say so
        try:
            loop = asyncio.get_event_loop()
        except RuntimeError:
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
    if loop not in _LOOPS:
        _LOOPS.append(loop)
