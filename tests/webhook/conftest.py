"""The service of examples/webhook as a real process, with a program in the place of `pulumi` or with the real CLI."""

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "webhook"))

from tests.kit import cli
from tests.kit.waiting import eventually
from tests.webhook.fake_pulumi import FakePulumi
from tests.webhook.sender import Sender
from tests.webhook.service import Service, Services


@pytest.fixture(scope="session")
def pulumi_cli() -> str:
    """The Pulumi CLI; a test that deploys is skipped where there is none."""
    return cli.executable()


@pytest.fixture(scope="session")
def sender() -> Sender:
    return Sender()


@pytest.fixture
def pulumi(tmp_path: Path) -> FakePulumi:
    return FakePulumi(tmp_path / "pulumi")


@pytest.fixture
def services(tmp_path: Path, pulumi: FakePulumi, sender: Sender) -> Iterator[Services]:
    """Starts services; after the test none of them runs, and none of their commands."""
    started = Services(tmp_path, pulumi, sender)
    yield started
    pulumi.release()
    started.kill()
    eventually(lambda: not any(is_running(call.pid) for call in pulumi.calls()), "all runs have ended")


def is_running(pid: int) -> bool:
    """Not where it only waits to be reaped: that may take a second."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def service(services: Services) -> Service:
    """One with the settings of `Services`."""
    return services.start()
