"""Fixtures of the examples."""

from tests.kit.plugin import api, new_api

__all__ = ["api", "new_api"]
