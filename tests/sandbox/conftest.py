"""Copies of the repository for the commands of its Makefile."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit import cli
from tests.sandbox.copies import Copy

NewCopy = Callable[..., Copy]


@pytest.fixture
def new_copy(tmp_path: Path) -> Iterator[NewCopy]:
    """Makes a copy in a folder of this name, and ends what it leaves running."""
    copies: list[Copy] = []

    def made(name: str = "copy", with_cli: bool = False) -> Copy:
        copies.append(Copy(tmp_path / name, Path(cli.executable()) if with_cli else None))
        return copies[-1]

    yield made
    for copy in copies:
        copy.make("clean")


@pytest.fixture(params=["tour", "cli"])
def copy(request: pytest.FixtureRequest, new_copy: NewCopy) -> Copy:
    """One that is deployed by the tour, and one by the Pulumi CLI."""
    return new_copy(with_cli=request.param == "cli")


@pytest.fixture
def tour(new_copy: NewCopy) -> Copy:
    """One without a Pulumi CLI."""
    return new_copy()
