"""What the tests of commands share."""

from pathlib import Path

import pytest

from sandbox.passphrase import PassphraseCrypter
from tests.engine.command_line import Folder
from tests.kit.engines import PASSPHRASE


@pytest.fixture(scope="session")
def salt() -> str:
    """Of the kit's passphrase."""
    return PassphraseCrypter.new(PASSPHRASE).salt


@pytest.fixture
def folder(tmp_path: Path, salt: str) -> Folder:
    """A project with the empty stack `dev`, whose config has a greeting."""
    made = Folder(tmp_path, salt=salt)
    made.stack_file(f"encryptionsalt: {salt}\nconfig:\n  greeting: hello\n")
    assert made.run("stack", "init", "dev", stack=None).code == 0
    return made
