"""The kit's fixtures."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.api.testing import SandboxApi
from tests.kit.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The repository's program on an empty stack."""
    return Project(tmp_path / "project")


@pytest.fixture
def new_api() -> Iterator[Callable[..., SandboxApi]]:
    """Starts sandbox APIs; they end with the test."""
    running: list[SandboxApi] = []

    def start(**options: object) -> SandboxApi:
        api = SandboxApi(**{"start_seconds": 0, "upload_seconds": 0, "short_recordings": "uploaded"} | options)  # type: ignore[arg-type]
        api.start()
        running.append(api)
        return api

    yield start
    for api in running:
        api.stop()


@pytest.fixture
def api(new_api: Callable[..., SandboxApi]) -> SandboxApi:
    """The service, dialect `live`, on which a recording is RECORDING at once."""
    return new_api()
