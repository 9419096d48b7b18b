"""The stack's config: what only the plugin can know, `ignore_changes`, states of earlier versions."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.api.testing import SandboxApi
from tests.kit.cli import ROOT
from tests.kit.project import ACCOUNT, STACK, Project, Secret, active, base_config, crypter


@pytest.mark.parametrize("program", [None, "import pulumi_realtimekit as r; r.TrackRecording('r', meeting_id='m')"])
def test_a_mistake_in_the_config_is_the_only_error(program: str | None, project: Project, api: SandboxApi) -> None:
    """The CLI adds that an unhandled error occurred, unless the program says that its error has been shown."""
    project.program(program)
    project.configure(
        {**base_config(api), "storages": {"a": {"type": "gcs", "bucket": "b", "secret": "in plain text"}}}
    )
    result = project.deploy("up")
    assert result.code != 0
    assert "storages.a: secret: a secret in plain text in the stack's files" in result.text
    assert "unhandled error" not in result.text
    assert "1 error" in result.text


def test_what_only_the_plugin_can_know_is_told_in_the_preview(project: Project, api: SandboxApi) -> None:
    """No token; two resources with the same meeting, one of them with a provider of its own."""
    project.configure({**base_config(api), "apiToken": "", "recordings": {"r": {"meeting_id": "m"}}})
    result = project.deploy("preview")
    assert result.code != 0
    assert "pulumi config set --secret realtimekit:apiToken" in result.text

    project.program(
        "import pulumi, pulumi_realtimekit as realtimekit\n"
        f"own = realtimekit.Provider('own', account_id='{ACCOUNT}', api_token='{api.token}')\n"
        "realtimekit.TrackRecording('board', pulumi.ResourceOptions(provider=own), meeting_id='m')\n"
        "realtimekit.TrackRecording('standup', meeting_id='m')\n"
    )
    project.configure(base_config(api))
    result = project.deploy("preview")
    assert result.code != 0
    assert "TrackRecording 'standup': the same meeting as TrackRecording 'board'" in result.text
    assert "Traceback" not in result.text
    assert api.requests() == []


IGNORING = """
import pulumi
import pulumi_realtimekit as realtimekit

for name, arguments in realtimekit.load_config().recordings.items():
    realtimekit.TrackRecording(name, pulumi.ResourceOptions(ignore_changes=["layers"]), **arguments)
"""


def test_layers_whose_changes_are_ignored(project: Project, api: SandboxApi) -> None:
    """The engine hands over what `check` itself returned: storages by name, inline, and of the config."""
    project.program(IGNORING)
    archive = {"type": "gcs", "bucket": "b", "secret": Secret("s3cr3t-named")}
    storage = {"type": "gcs", "bucket": "b", "secret": Secret("s3cr3t-inline")}
    inline = {"d": {"outputs": [{"type": "STORAGE_CONFIG", "storage_config": storage}]}}
    recordings: dict[str, dict[str, Any]] = {
        "named": {"meeting_id": "1", "layers": {"d": {"outputs": ["archive", "realtimekit"]}}},
        "inline": {"meeting_id": "2", "layers": inline},
        "config": {"meeting_id": "3"},
    }
    config = {**base_config(api), "storages": {"archive": archive}, "layers": inline, "recordings": recordings}
    project.configure(config)
    started = project.deploy("up")
    assert started.code == 0, started.text
    recordings["named"]["layers"] = {"d": {"file_name_prefix": "other"}}
    project.configure(config)
    assert project.deploy("up", "--json").ops() == dict.fromkeys(recordings, "same")
    assert len(active(api)) == 3


@pytest.mark.parametrize("version", sorted((ROOT / "tests" / "recorded").iterdir()), ids=lambda folder: folder.name)
def test_a_recorded_state_needs_no_change(version: Path, project: Project, api: SandboxApi, tmp_path: Path) -> None:
    """The state of an earlier version, deployed by this one."""
    api.meeting("idle", live=False)
    project.configure(encrypted(yaml.safe_load((version / "config.yaml").read_text("utf-8"))))
    recorded = (version / "state.json").read_text("utf-8").replace("urn:pulumi:dev::", f"urn:pulumi:{STACK}::")
    exported = json.loads(recorded.replace("::recordings-dev", f"::recordings-{STACK}"))
    exported["deployment"]["secrets_providers"] = {"type": "passphrase", "state": {"salt": crypter().salt}}
    state = tmp_path / "state.json"
    state.write_text(json.dumps(exported), "utf-8")
    imported = project.run("stack", "import", "--stack", STACK, "--file", str(state))
    assert imported.code == 0, imported.text

    result = project.deploy("preview", "--expect-no-changes", CLOUDFLARE_BASE_URL=api.base_url)

    assert result.code == 0, result.text


def encrypted(node: Any) -> Any:
    if isinstance(node, dict) and node.keys() == {"secure"}:
        return Secret(node["secure"])
    if isinstance(node, dict):
        return {key: encrypted(item) for key, item in node.items()}
    return [encrypted(item) for item in node] if isinstance(node, list) else node
