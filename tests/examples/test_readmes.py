"""Whoever follows a README by the letter gets what it promises: its commands are run as they stand.

A block that is not run says so in the README, in a comment before it (`<!-- not run: … -->`), and counts as skipped.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.api.testing import SandboxApi
from tests.docs import documents
from tests.examples.copies import repository
from tests.examples.readmes import TYPED, Reader, blocks
from tests.kit.cli import ROOT
from tests.kit.project import ACCOUNT, active

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
ON_THE_SANDBOX = sorted(
    file.parent.name for file in (ROOT / "examples").glob("*/README.md") if "source ../sandbox.sh\n" in file.read_text()
)
RUN = {
    "README.md",
    "docs/configuration.md",
    "examples/README.md",
    *(f"examples/{name}/README.md" for name in (*ON_THE_SANDBOX, "automation", "gitops", "policies", "webhook")),
    *(documents.name(file) for file in (ROOT / "templates").glob("*/README.md")),
    *(documents.name(file) for file in (ROOT / "docs" / "guides").glob("*.md")),
}
"""The documents whose commands are run: here, in test_gitops.py, in tests/docs/test_commands.py, and in
tests/release/test_templates.py."""
NOT_RUN = [
    pytest.param(block.reason, id=f"{documents.name(file)}-{number}")
    for file in documents.DOCUMENTS
    for number, block in enumerate(blocks(file), 1)
    if block.reason
]
SERVICE_BUCKET = [{"type": "REALTIMEKIT_BUCKET"}]
CREDENTIALS = [
    {"access_key": "AKIASANDBOXACCESSKEY", "secret": "amazon-secret-key"},
    {"access_key": "DefaultEndpointsProtocol=https;AccountName=sandbox;AccountKey=c2FuZGJveA=="},
    {"access_key": "r2-access-key-id", "secret": "r2-secret-access-key"},
    {"access_key": "DO00SANDBOX", "secret": "spaces-secret-key"},
    {"secret": '{"type": "service_account", "project_id": "sandbox", "private_key_id": "sandbox"}'},
    {"private_key": "-----BEGIN OPENSSH PRIVATE KEY-----\nsandbox\n-----END OPENSSH PRIVATE KEY-----\n"},
    {"password": "open-sesame"},
]

Starts = list[Mapping[str, Any]]
"""The bodies of the requests that started recordings."""


def one_recording(starts: Starts, shown: str) -> None:
    (start,) = starts
    assert start["layers"] == {
        "default": {"file_name_prefix": "standup-audio", "outputs": SERVICE_BUCKET},
        "default-video": {"file_name_prefix": "standup-video", "outputs": SERVICE_BUCKET},
    }
    assert "RECORDING" in shown


def from_config(starts: Starts, _: str) -> None:
    """One is paused, and one is replaced when its `max_seconds` changes."""
    meetings = [start["meeting_id"] for start in starts]
    assert (len(meetings), len(set(meetings))) == (5, 4)
    outputs = [output["type"] for start in starts for layer in start["layers"].values() for output in layer["outputs"]]
    assert {"REALTIMEKIT_BUCKET", "STORAGE_CONFIG"} == set(outputs)


def storages(starts: Starts, shown: str) -> None:
    sent = [start["layers"]["default"]["outputs"][0]["storage_config"] for start in starts]
    assert {storage["type"] for storage in sent} == {"aws", "azure", "cloudflare", "digitalocean", "gcs", "sftp"}
    secret = {"access_key", "secret", "password", "private_key"}
    given = [{name: value for name, value in storage.items() if name in secret} for storage in sent]
    assert sorted(map(json.dumps, given)) == sorted(map(json.dumps, CREDENTIALS))
    assert not [value for credentials in CREDENTIALS for value in credentials.values() if value in shown]


def team(starts: Starts, shown: str) -> None:
    assert len(starts) == 4
    assert re.search(r"Team +platform", shown)


def two_accounts(starts: Starts, shown: str) -> None:
    assert len(starts) == 2
    assert ACCOUNT in shown
    assert "9a7806061c88ada191ed06f989cc3dac" in shown


def from_client(starts: Starts, shown: str) -> None:
    """The script starts it; the declaration takes it over."""
    assert len(starts) == 1
    assert re.search(r"adopted +true", shown)


def in_yaml(starts: Starts, shown: str) -> None:
    """Paused and resumed, not started again."""
    (start,) = starts
    assert start["layers"] == {"default": {"file_name_prefix": "standup-audio", "outputs": SERVICE_BUCKET}}
    assert re.findall(r"^(PAUSED|RECORDING)$", shown, re.MULTILINE) == ["PAUSED", "RECORDING"]


PROMISED: Mapping[str, Callable[[Starts, str], None]] = {
    "from-client": from_client,
    "from-config": from_config,
    "one-recording": one_recording,
    "storages": storages,
    "team": team,
    "two-accounts": two_accounts,
    "yaml": in_yaml,
}


def test_every_example_on_the_sandbox_is_followed() -> None:
    assert [*PROMISED] == ON_THE_SANDBOX


@pytest.mark.parametrize("name", PROMISED)
def test_example(name: str, tmp_path: Path, api: SandboxApi) -> None:
    """From its first `up` to its end, as its README says."""
    folder = repository(tmp_path, api, f"examples/{name}", "examples/sandbox.sh") / "examples" / name
    (folder / ".venv").symlink_to(tmp_path / ".venv")
    reader = Reader(tmp_path / "home")
    (tmp_path / "home" / ".ssh").mkdir()
    (tmp_path / "home" / ".ssh" / "recordings").write_text("a private key\n")
    (folder / "service-account.json").write_text('{"type": "service_account"}\n')
    shown = reader.types(folder, [block.commands for block in blocks(folder / "README.md") if not block.reason])
    assert not active(api)
    assert TYPED not in shown
    PROMISED[name]([start["body"] for start in api.requests(method="POST", path="*/recordings/track")], shown)


def test_the_examples_readme(tmp_path: Path, api: SandboxApi) -> None:
    """Its environment is made as it says, and what it says of an account is done to the stack of the sandbox's."""
    folder = repository(tmp_path, api, "examples/README.md", "examples/one-recording") / "examples"
    reader = Reader(tmp_path / "home").with_registry().with_account(api.base_url, tmp_path / "state")
    reader.types(folder, [block.commands for block in blocks(folder / "README.md")])
    (recording,) = api.recordings()
    assert (recording["meeting_id"], recording["active"]) == (MEETING, False)


def test_the_readme_of_the_repository(tmp_path: Path, api: SandboxApi) -> None:
    """Its first two commands are what `.ci/run` runs; the rest is followed by somebody with the sandbox's account."""
    main_job, every_test, account, storage, program = blocks(ROOT / "README.md")
    ci = (ROOT / ".ci" / "run").read_text()
    assert [line for line in (main_job.commands + every_test.commands).splitlines() if line not in ci] == []

    stack_files = sorted(file.name for file in ROOT.glob("Pulumi*.yaml"))
    names = [*stack_files, "__main__.py", "requirements.txt", "constraints.txt"]
    folder = repository(tmp_path / "repository", api, *names)
    (folder / ".venv").unlink()
    reader = Reader(tmp_path / "home").with_registry().with_account(api.base_url, tmp_path / "state", stack="mine")
    shown = reader.types(folder, [account.commands])
    assert [recording["meeting_id"] for recording in api.recordings()] == [MEETING]

    stack_file = folder / "Pulumi.mine.yaml"
    stack_file.write_text(stack_file.read_text().replace("config:\n", code("yaml")))
    (folder / "program.py").write_text(code("python"))
    activate = 'export PATH="$PWD/.venv/bin:$PATH"'
    commands = [storage.commands, activate, program.commands, "mv program.py __main__.py", "pulumi up"]
    shown += reader.types(folder, commands)
    first, second = api.recordings()
    assert not first["active"]
    assert second["active"]
    assert set(second["layers"]) == {"default", "default-video"}
    shown += reader.types(folder, ["pulumi destroy"])
    assert not active(api)
    assert "sandbox-token" not in shown


def test_the_webhook(tmp_path: Path, api: SandboxApi) -> None:
    """The service, the program that it deploys, the CLI and the sandbox API, from the first line to the last."""
    folder = repository(tmp_path, api, "examples/webhook", "constraints.txt") / "examples" / "webhook"
    reader = Reader(tmp_path / "home").with_registry()
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
