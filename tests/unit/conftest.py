"""Fixtures of what needs neither an engine nor the service."""

from tests.unit.stack import stack

__all__ = ["stack"]
