"""Whoever follows a README by the letter gets what it promises: its commands are run as they stand.

A block that is not run says so in the README, in a comment before it (`<!-- not run: … -->`), and counts as skipped.
"""

import json
import re
from pathlib import Path

import pytest

from sandbox.api.testing import SandboxApi
from tests.docs import documents
from tests.examples.copies import made_up, repository
from tests.examples.readmes import TYPED, Reader, blocks
from tests.kit.engines import ROOT, SANDBOX, Engine

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
ON_THE_SANDBOX = sorted(
    file.parent.name for file in (ROOT / "examples").glob("*/README.md") if "source ../sandbox.sh\n" in file.read_text()
)
RUN = {
    "README.md",
    "docs/configuration.md",
    "examples/README.md",
    *(f"examples/{name}/README.md" for name in (*ON_THE_SANDBOX, "automation", "gitops", "policies", "webhook")),
    *(documents.name(file) for file in (ROOT / "docs" / "guides").glob("*.md")),
}
"""The documents whose commands are run: here, in test_gitops.py, and in tests/docs/test_commands.py."""
NOT_RUN = [
    pytest.param(block.reason, id=f"{documents.name(file)}-{number}")
    for file in documents.DOCUMENTS
    for number, block in enumerate(blocks(file), 1)
    if block.reason
]


@pytest.fixture
def reader(tmp_path: Path, engine: Engine) -> Reader:
    return Reader(tmp_path / "home", engine)


@pytest.mark.parametrize("name", ON_THE_SANDBOX)
def test_example(name: str, tmp_path: Path, engine: Engine, reader: Reader, api: SandboxApi) -> None:
    root, standing = made_up(tmp_path, engine, api, f"examples/{name}", "examples/sandbox.sh")
    folder = root / "examples" / name
    (folder / ".venv").symlink_to(tmp_path / ".venv")
    (tmp_path / "home" / ".ssh").mkdir()
    (tmp_path / "home" / ".ssh" / "recordings").write_text("a private key\n")
    (folder / "service-account.json").write_text('{"type": "service_account"}\n')
    if engine.name == "pulumi":
        reader.with_pulumi()
    shown = reader.types(folder, [block.commands for block in blocks(folder / "README.md") if not block.reason])
    assert standing.others()
    assert not [recording for recording in standing.others() if recording["active"]]
    standing.assert_untouched()
    assert TYPED not in shown


def test_the_examples_readme(tmp_path: Path, reader: Reader, api: SandboxApi) -> None:
    """Its environment is made as it says, and what it says of an account is done to the stack of the sandbox's."""
    folder = repository(tmp_path, api.port, "examples/README.md", "examples/one-recording") / "examples"
    reader.with_pulumi().with_registry().with_account(api.base_url, tmp_path / "state")
    commands = [block.commands for block in blocks(folder / "README.md")]
    reader.types(folder, commands)
    (recording,) = api.recordings()
    assert (recording["meeting_id"], recording["active"]) == (MEETING, False)


def test_the_readme_of_the_repository(tmp_path: Path, reader: Reader, api: SandboxApi) -> None:
    """The main job is what `.ci/run` runs; the rest is followed by somebody whose account is the sandbox's."""
    main_job, account, storage, program = blocks(ROOT / "README.md")
    assert set(main_job.commands.splitlines()) <= set((ROOT / ".ci" / "run").read_text().splitlines())

    stack_files = sorted(file.name for file in ROOT.glob("Pulumi*.yaml"))
    names = [*stack_files, "__main__.py", "requirements.txt", "constraints.txt"]
    folder = repository(tmp_path / "repository", api.port, *names)
    (folder / ".venv").unlink()
    reader.with_pulumi().with_registry().with_account(api.base_url, tmp_path / "state", stack="mine")
    shown = reader.types(folder, [account.commands])
    assert [recording["meeting_id"] for recording in api.recordings()] == [MEETING]

    stack_file = folder / "Pulumi.mine.yaml"
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


def test_the_webhook(tmp_path: Path, api: SandboxApi) -> None:
    """The service, the program that it deploys and the sandbox, all of them real, from the first line to the last."""
    folder = repository(tmp_path, api.port, "examples/webhook", "constraints.txt") / "examples" / "webhook"
    reader = Reader(tmp_path / "home", SANDBOX).with_registry()
    shown = reader.types(tmp_path, [block.commands for block in blocks(folder / "README.md") if not block.reason])
    told = [line.split() for line in shown.splitlines() if line.split()[:1] == ["standup"]]
    assert [words[1] for words in told] == ["PENDING", "RECORDING"]
    answers = [json.loads(answer) for answer in re.findall(r'\{"(?:accepted|repeated|error)":.*?\}', shown)]
    assert answers[:2] == [{"accepted": "up"}, {"repeated": "try-1"}]
    assert answers[2].keys() == {"error"}
    assert "done stack=webhook:try run=up" in shown
    assert not (folder / ".sandbox").exists()


@pytest.mark.parametrize("file", documents.DOCUMENTS, ids=documents.name)
def test_commands_are_run_or_the_document_says_why_not(file: Path) -> None:
    assert documents.name(file) in RUN or all(block.reason for block in blocks(file))


def code(language: str) -> str:
    """The first block of a language in the repository's README."""
    found = re.search(rf"^```{language}\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("reason", NOT_RUN)
def test_not_run(reason: str) -> None:
    pytest.skip(reason)
