"""Whoever follows a README by the letter gets what it promises: its commands are run as they stand.

A block that is not run says so in the README, in a comment before it (`<!-- not run: … -->`), and counts as skipped.
"""

import re
from pathlib import Path

import pytest

from sandbox.api.testing import SandboxApi
from tests.examples.copies import repository
from tests.examples.readmes import TYPED, Reader, blocks
from tests.kit.engines import ROOT, Engine

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
ON_THE_SANDBOX = sorted(
    file.parent.name for file in (ROOT / "examples").glob("*/README.md") if "source ../sandbox.sh\n" in file.read_text()
)
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("**/*.md")),
    ROOT / "examples" / "README.md",
    *sorted(file for file in (ROOT / "examples").glob("*/README.md") if file.parent.name != "webhook"),
]
NOT_RUN = [
    pytest.param(block.reason, id=f"{file.relative_to(ROOT)}-{number}")
    for file in DOCUMENTS
    for number, block in enumerate(blocks(file), 1)
    if block.reason
]


@pytest.fixture
def reader(tmp_path: Path, engine: Engine) -> Reader:
    return Reader(tmp_path / "home", engine)


@pytest.mark.parametrize("name", ON_THE_SANDBOX)
def test_example(name: str, tmp_path: Path, engine: Engine, reader: Reader, api: SandboxApi) -> None:
    folder = repository(tmp_path, api.port, f"examples/{name}", "examples/sandbox.sh") / "examples" / name
    (folder / ".venv").symlink_to(tmp_path / ".venv")
    (tmp_path / "home" / ".ssh").mkdir()
    (tmp_path / "home" / ".ssh" / "recordings").write_text("a private key\n")
    (folder / "service-account.json").write_text('{"type": "service_account"}\n')
    if engine.name == "pulumi":
        reader.with_pulumi()
    shown = reader.types(folder, [block.commands for block in blocks(folder / "README.md") if not block.reason])
    assert api.recordings()
    assert not [recording for recording in api.recordings() if recording["active"]]
    assert TYPED not in shown


def test_the_examples_readme(tmp_path: Path, reader: Reader, api: SandboxApi) -> None:
    """Its environment is made as it says, and what it says of an account is done to the stack of the sandbox's."""
    folder = repository(tmp_path, api.port, "examples/README.md", "examples/one-recording") / "examples"
    reader.with_pulumi().with_registry().with_account(api.base_url, tmp_path / "state")
    commands = [block.commands for block in blocks(folder / "README.md")]
    meeting = "pulumi config set meetingId standup"
    reader.types(folder, [*commands, meeting, "pulumi up", "pulumi destroy"])
    assert [recording["meeting_id"] for recording in api.recordings()] == ["standup"]


def test_the_readme_of_the_repository(tmp_path: Path, reader: Reader, api: SandboxApi) -> None:
    """The main job is what `.ci/run` runs; the rest is followed by somebody whose account is the sandbox's."""
    main_job, account, storage, program = blocks(ROOT / "README.md")
    assert set(main_job.commands.splitlines()) <= set((ROOT / ".ci" / "run").read_text().splitlines())

    names = ["Pulumi.yaml", "__main__.py", "requirements.txt", "constraints.txt"]
    folder = repository(tmp_path / "repository", api.port, *names)
    (folder / ".venv").unlink()
    reader.with_pulumi().with_registry().with_account(api.base_url, tmp_path / "state")
    shown = reader.types(folder, [account.commands])
    assert [recording["meeting_id"] for recording in api.recordings()] == [MEETING]

    stack_file = folder / "Pulumi.dev.yaml"
    stack_file.write_text(stack_file.read_text().replace("config:\n", code("yaml")))
    (folder / "program.py").write_text(code("python"))
    activate = 'export PATH="$PWD/.venv/bin:$PATH"'
    shown += reader.types(
        folder, [storage.commands, activate, program.commands, "mv program.py __main__.py", "pulumi up"]
    )
    first, second = api.recordings()
    assert not first["active"]
    assert second["active"]
    assert set(second["layers"]) == {"default", "default-video"}
    shown += reader.types(folder, ["pulumi destroy"])
    assert not [recording for recording in api.recordings() if recording["active"]]
    assert "sandbox-token" not in shown


def code(language: str) -> str:
    """The first block of a language in the repository's README."""
    found = re.search(rf"^```{language}\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("reason", NOT_RUN)
def test_not_run(reason: str) -> None:
    pytest.skip(reason)
