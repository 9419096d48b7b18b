"""The commands of the guides are run as they stand; those that are not say why (see tests/examples/test_readmes.py)."""

from pathlib import Path

import yaml
from pulumi_realtimekit.declarations.storages import CREDENTIALS

from sandbox.api.testing import SandboxApi
from tests.examples.copies import repository
from tests.examples.readmes import Reader, blocks
from tests.kit.cli import ROOT
from tests.kit.plugin import api, new_api

__all__ = ["api", "new_api"]

GUIDES = sorted(
    file.stem
    for file in (ROOT / "docs" / "guides").glob("*.md")
    if file.stem not in {"first-pipeline", "tutorial"} and any(not block.reason for block in blocks(file))
)
"""Those of the first pipeline are run where templates are tested."""

STACK = """config:
  realtimekit:accountId: 023e105f4ecef8ad9ca31a8372d0c353
  realtimekit:appId: 2a95132c15732412d22c1476fa83f27a
  realtimekit:storages:
    archive: {type: aws, bucket: meeting-archive, region: eu-central-1}
  realtimekit:recordings:
    standup:
      meeting_id: standup
"""
READY = """pulumi stack init dev
pulumi config set --secret realtimekit:apiToken
pulumi config set --secret --path realtimekit:storages.archive.access_key
pulumi config set --secret --path realtimekit:storages.archive.secret
pulumi up"""


def commands(page: Path) -> list[str]:
    return [block.commands for block in blocks(page) if not block.reason]


def test_the_tutorial(tmp_path: Path, api: SandboxApi) -> None:
    folder = repository(tmp_path, api, "examples/one-recording", "examples/sandbox.sh")
    (folder / "examples" / "one-recording" / ".venv").symlink_to(folder / ".venv")
    Reader(tmp_path / "home").types(folder, commands(ROOT / "docs" / "guides" / "tutorial.md"))
    (recording,) = api.recordings()
    assert not recording["active"]
    actions = [request["body"]["action"] for request in api.requests(method="PUT", path="*/recordings/*")]
    assert actions[0] == "pause"


def test_the_configuration(tmp_path: Path, api: SandboxApi) -> None:
    """Its commands set what the examples beside them leave out, and nothing of it in clear."""
    folder = repository(tmp_path / "project", api, "Pulumi.yaml")
    (folder / "service-account.json").write_text("{}\n")
    (folder / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----\n")
    reader = Reader(tmp_path / "home").with_account(api.base_url, tmp_path / "state")
    reader.types(folder, ["pulumi stack init dev", *commands(ROOT / "docs" / "configuration.md")])
    schema = ROOT / "provider" / "pulumi_realtimekit" / "stack-config.schema.json"
    assert (folder / ".realtimekit.schema.json").read_text() == schema.read_text()
    stack = yaml.safe_load((folder / "Pulumi.dev.yaml").read_text())
    archive = stack["config"]["realtimekit:storages"]["archive"]
    assert archive.keys() == set(CREDENTIALS)
    assert all(value.keys() == {"secure"} for value in archive.values())


def test_the_guides(tmp_path: Path, api: SandboxApi) -> None:
    """In a project with a recording, whose account is the sandbox's, and whose token stands in the config alone."""
    folder = repository(tmp_path / "project", api, "Pulumi.yaml", "__main__.py")
    (folder / "Pulumi.dev.yaml").write_text(STACK)
    (folder / "a-file-with-the-secret").write_text("the-secret-of-a-file\n")
    reader = Reader(tmp_path / "home").with_account(api.base_url, tmp_path / "state")
    shown = reader.types(folder, [READY])
    for guide in GUIDES:
        shown += reader.types(folder, commands(ROOT / "docs" / "guides" / f"{guide}.md"))
    assert "the-secret-of-a-file" not in (folder / "Pulumi.dev.yaml").read_text() + shown
    assert len(api.recordings()) == 1
