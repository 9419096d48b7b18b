"""Every fault of a start, and one in each other call, from YAML on the Pulumi CLI: nothing twice, nothing lost."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_realtimekit.declarations.spelling import RECORDING, in_camel_case

from tests.faults.calls import CALLS, FAULTS, TIMEOUT
from tests.faults.deployments import Cell, Deployment
from tests.kit.project import base_config
from tests.native.yaml_project import YamlProject

OTHER_CALLS = [Cell(call, fault) for call, fault in zip(CALLS, FAULTS, strict=False) if call != "start"]


class YamlDeployment(Deployment):
    """The cells as resources of a program in YAML."""

    def __init__(self, folder: Path, project: YamlProject) -> None:
        super().__init__(folder, "live", [*OTHER_CALLS, *(Cell("start", fault) for fault in FAULTS)])
        self._project: YamlProject = project

    def _configure(self, declared: Mapping[Cell, Mapping[str, Any]]) -> None:
        properties = {
            cell.name: in_camel_case({"meeting_id": cell.name, "app_id": cell.name, **arguments}, RECORDING)
            for cell, arguments in declared.items()
        }
        self._project.declare({name: {"properties": one} for name, one in properties.items()})
        self._project.configure(base_config(self._api) | {"timeoutSeconds": TIMEOUT, "requestLimit": 0})


def test_nothing_is_recorded_twice_or_lost(project: YamlProject, tmp_path: Path) -> None:
    found = dict(YamlDeployment(tmp_path / "faults", project).outcomes())
    assert [cell for cell, outcome in found.items() if not cell.call.is_kept(outcome)] == []
    said = " ".join(text for outcome in found.values() for text in outcome.said)
    assert "may still begin another" in said
    assert "when_" not in said
    assert "recording_id" not in said
