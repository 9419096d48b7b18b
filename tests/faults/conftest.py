"""Fixtures of faults."""

from tests.kit.scripted import serve
from tests.kit.service import _environment_of_its_own, _plugins_end_with_the_test, api, live, plugin, services

__all__ = ["_environment_of_its_own", "_plugins_end_with_the_test", "api", "live", "plugin", "serve", "services"]
