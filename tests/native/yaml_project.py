"""A project in YAML, deployed by the real engine with the plugin of the tests' own environment."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kit import cli
from tests.kit.project import STACK, Project

EXECUTABLES = Path(sys.executable).parent
"""Where the plugin is."""
PLUGIN = "pulumi-resource-realtimekit"
HOST = "pulumi-language-yaml"


class YamlProject(Project):
    """Recordings in YAML, in the place of a program."""

    def program(self, source: str | None = None) -> None:
        """The whole program from now on; without one, nothing is declared."""
        self.declare({} if source is None else yaml.safe_load(source))

    def declare(self, resources: Mapping[str, Any], outputs: Mapping[str, str] = {}) -> None:
        """The resources from now on; those without a type are recordings."""
        document = {
            "name": "recordings",
            "runtime": "yaml",
            "plugins": {"providers": [{"name": "realtimekit", "path": str(EXECUTABLES)}]},
            "resources": {
                name: resource if "type" in resource else {"type": "realtimekit:TrackRecording", **resource}
                for name, resource in resources.items()
            },
            "outputs": dict(outputs),
        }
        (self.folder / "Pulumi.yaml").write_text(yaml.safe_dump(document, sort_keys=False))

    def up(self, *options: str, **env: str) -> cli.Result:
        """`up` of the stack, which succeeds."""
        result = self.deploy("up", *options, **env)
        assert result.code == 0, result.text
        return result

    def import_(self, name: str, recording_id: str) -> cli.Result:
        words = ("--yes", "--skip-preview", "--protect=false", "--stack", STACK)
        return self.run("import", "realtimekit:index:TrackRecording", name, recording_id, *words)


@pytest.fixture
def project(tmp_path: Path) -> YamlProject:
    """An empty program in YAML."""
    pulumi = Path(cli.executable())
    if not (shutil.which(HOST) or (pulumi.resolve().parent / HOST).exists()):
        pytest.skip(f"the Pulumi CLI has no {HOST} beside it: run `make cli`")
    return YamlProject(tmp_path / "project")
