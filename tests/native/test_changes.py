"""The change table of a recording, row by row, from a program in YAML."""

from collections.abc import Callable, Mapping
from typing import Any

from pulumi_realtimekit.declarations.spelling import RECORDING, in_camel_case

from sandbox.api.testing import SandboxApi
from tests.kit.project import base_config
from tests.lifecycle.test_changes import DIALECT, Table
from tests.native.yaml_project import YamlProject


class YamlTable(Table):
    """The rows as resources of a program, in camelCase; `up --replace` stops first where an option says so."""

    type = "realtimekit:index:TrackRecording"
    project: YamlProject

    def declare(self, config: Mapping[str, Any], number: int) -> None:
        resources = {}
        for name, steps in self.rows.items():
            declared = steps[min(number, len(steps) - 1)].declared
            more = declared(self.api, name) if callable(declared) else declared
            properties = in_camel_case(_plain({"meeting_id": name, "app_id": name, **more}), RECORDING)
            resources[name] = {"properties": properties, "options": {"deleteBeforeReplace": True}}
        self.project.declare(resources)
        self.project.configure({**base_config(self.api), **config})


def test_every_row(project: YamlProject, new_api: Callable[..., SandboxApi]) -> None:
    YamlTable(project, new_api(dialect=DIALECT)).play()


def _plain(value: Any) -> Any:
    """Declarations as YAML has them: a secret is its text."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [*map(_plain, value)]
    return str(value) if isinstance(value, str) else value
