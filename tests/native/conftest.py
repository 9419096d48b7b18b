"""Fixtures of the native plugin: the service without an engine, and projects on the real one."""

from tests.kit.plugin import api, new_api
from tests.kit.service import _environment_of_its_own, _plugins_end_with_the_test, live, services
from tests.native.yaml_project import project

__all__ = [
    "_environment_of_its_own",
    "_plugins_end_with_the_test",
    "api",
    "live",
    "new_api",
    "project",
    "services",
]
