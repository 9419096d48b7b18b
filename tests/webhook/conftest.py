"""The service of examples/webhook as a real process, and an engine that only records how it was called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "webhook"))

from tests.webhook.engine import RecordingEngine
from tests.webhook.sender import Sender
from tests.webhook.service import Services

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def sender() -> Sender:
    """RealtimeKit, with a private key of its own."""
    return Sender()


@pytest.fixture
def engine(tmp_path: Path) -> RecordingEngine:
    """The command that the service runs in place of `pulumi`."""
    return RecordingEngine(tmp_path / "engine")


@pytest.fixture
def services(tmp_path: Path, engine: RecordingEngine, sender: Sender) -> Iterator[Services]:
    """Starts services, and ends all of them and their commands after the test."""
    started = Services(tmp_path, engine, sender.public_pem)
    yield started
    engine.open()
    started.end()
    engine.wait_until_none_is_left()


@pytest.fixture(scope="class")
def shared(tmp_path_factory: pytest.TempPathFactory, sender: Sender) -> Iterator[tuple[Services, RecordingEngine]]:
    """For tests that leave nothing behind: the same for a whole class."""
    folder = tmp_path_factory.mktemp("shared")
    engine = RecordingEngine(folder / "engine")
    started = Services(folder, engine, sender.public_pem)
    yield started, engine
    started.end()
