"""Fixtures of whole lives."""

from tests.kit.plugin import api, new_api, project

__all__ = ["api", "new_api", "project"]
