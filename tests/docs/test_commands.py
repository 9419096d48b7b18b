"""The commands of the guides are run as they stand; those that are not say why (see tests/examples/test_readmes.py)."""

from pathlib import Path

import pytest
import yaml
from pulumi_realtimekit.declarations.storages import CREDENTIALS

from sandbox.api.testing import SandboxApi
from tests.examples.copies import made_up, repository
from tests.examples.readmes import Reader, blocks
from tests.kit.engines import ROOT, SANDBOX, Engine
from tests.kit.plugin import api, engine, new_api

__all__ = ["api", "engine", "new_api"]

GUIDES = sorted(
    file.stem
    for file in (ROOT / "docs" / "guides").glob("*.md")
    if file.stem != "tutorial" and any(not block.reason for block in blocks(file))
)

STACK = """config:
  realtimekit:accountId: 023e105f4ecef8ad9ca31a8372d0c353
  realtimekit:appId: 2a95132c15732412d22c1476fa83f27a
  realtimekit:recordings:
    standup:
      meeting_id: standup
"""


def test_the_tutorial(tmp_path: Path, engine: Engine, api: SandboxApi) -> None:
    folder, standing = made_up(tmp_path, engine, api, "examples/one-recording", "examples/sandbox.sh")
    (folder / "examples" / "one-recording" / ".venv").symlink_to(folder / ".venv")
    reader = Reader(tmp_path / "home", engine)
    if engine.name == "pulumi":
        reader.with_pulumi()
    commands = [block.commands for block in blocks(ROOT / "docs" / "guides" / "tutorial.md") if not block.reason]
    reader.types(folder, commands)
    (recording,) = standing.others()
    assert not recording["active"]
    standing.assert_untouched()
    actions = [request["body"]["action"] for request in api.requests(method="PUT")]
    assert actions == ["pause", "stop"]


def test_the_configuration(tmp_path: Path, api: SandboxApi) -> None:
    """Its commands set what the examples beside them leave out, and nothing of it in the clear."""
    folder = repository(tmp_path / "project", api.port, "Pulumi.yaml")
    (folder / "service-account.json").write_text("{}\n")
    (folder / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----\n")
    reader = Reader(tmp_path / "home", SANDBOX).with_pulumi().with_account(api.base_url, tmp_path / "state")
    commands = [block.commands for block in blocks(ROOT / "docs" / "configuration.md") if not block.reason]
    reader.types(folder, ["pulumi stack init dev", *commands])
    schema = ROOT / "provider" / "pulumi_realtimekit" / "stack-config.schema.json"
    assert (folder / ".realtimekit.schema.json").read_text() == schema.read_text()
    stack = yaml.safe_load((folder / "Pulumi.dev.yaml").read_text())
    archive = stack["config"]["realtimekit:storages"]["archive"]
    assert archive.keys() == set(CREDENTIALS)
    assert all(value.keys() == {"secure"} for value in archive.values())


@pytest.mark.parametrize("guide", GUIDES)
def test_guide(guide: str, tmp_path: Path, engine: Engine, api: SandboxApi) -> None:
    """In a project with a recording, whose account is the sandbox's, and whose token stands in the config alone."""
    folder = repository(tmp_path / "project", api.port, "Pulumi.yaml", "__main__.py")
    (folder / "Pulumi.dev.yaml").write_text(STACK)
    (folder / "a-file-with-the-secret").write_text("a secret of a file\n")
    reader = Reader(tmp_path / "home", engine).with_pulumi().with_account(api.base_url, tmp_path / "state")
    ready = ["pulumi stack init dev", "pulumi config set --secret realtimekit:apiToken", "pulumi up"]
    commands = [block.commands for block in blocks(ROOT / "docs" / "guides" / f"{guide}.md") if not block.reason]
    shown = reader.types(folder, [*ready, *commands])
    assert "a secret of a file" not in (folder / "Pulumi.dev.yaml").read_text() + shown
    assert len(api.recordings()) == 1
