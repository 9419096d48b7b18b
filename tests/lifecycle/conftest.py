"""Fixtures of whole lives."""

from tests.kit.plugin import api, engine, new_api, project

__all__ = ["api", "engine", "new_api", "project"]
