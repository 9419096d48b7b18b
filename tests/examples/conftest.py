"""Fixtures of the examples."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.api.testing import SandboxApi
from tests.examples.copies import Example
from tests.kit.engines import Engine
from tests.kit.plugin import api, engine, new_api

__all__ = ["api", "engine", "new_api"]


@pytest.fixture
def example(tmp_path: Path, engine: Engine, api: SandboxApi) -> Callable[[str], Example]:
    """Copies an example, by its name, to a folder of its own."""
    return lambda name: Example(tmp_path, name, engine, api.port)
