"""`Pulumi.yaml`: what the project is called, where its program is and what runs it.

Source: `sdk/go/common/workspace/{paths,loaders,project}.go` of pulumi/pulumi.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox.engine import interpreter
from sandbox.engine.errors import ProjectNotFoundError, UserError
from sandbox.engine.project_config import ProjectSchema, project_values
from sandbox.engine.yaml_values import read_yaml

_NAMES = ("Pulumi.yaml", "Pulumi.yml")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True)
class Project:
    path: Path
    """Pulumi.yaml itself, absolute."""
    name: str
    main: Path
    """Folder or file of the program."""
    schema: ProjectSchema
    options: Mapping[str, Any] = field(default_factory=dict)
    """`runtime.options`."""
    stack_config_folder: Path = Path()
    """Where stack files are, absolute."""
    backend_url: str = ""
    refresh_always: bool = False
    """`options.refresh: always`: every update begins with a refresh."""

    @property
    def root(self) -> Path:
        """The folder of Pulumi.yaml."""
        return self.path.parent

    @property
    def program_folder(self) -> Path:
        """The working directory of the program."""
        return self.main if self.main.is_dir() else self.main.parent

    @cached_property
    def interpreter(self) -> interpreter.Interpreter:
        """What runs the program and the plugin; UserError where it does not exist."""
        return interpreter.choose(self.root, self.program_folder, self.options, str(self.path))

    @property
    def python(self) -> str:
        """The path of the interpreter."""
        return self.interpreter.path

    def stack_file(self, stack: str) -> Path:
        return self.stack_config_folder / f"Pulumi.{stack}{self.path.suffix}"

    @classmethod
    def find(cls, folder: Path) -> "Project":
        """The project of the folder or of one above it."""
        folder = folder.resolve()
        for candidate in (folder, *folder.parents):
            for name in _NAMES:
                if (candidate / name).is_file():
                    return cls.load(candidate / name)
        raise ProjectNotFoundError(f"no Pulumi.yaml project file found (searching upwards from {folder})")

    @classmethod
    def load(cls, path: Path) -> "Project":
        """The project of this Pulumi.yaml; UserError says what is wrong with it."""
        try:
            content = read_yaml(path.read_bytes().decode("utf-8-sig"), str(path))
        except UnicodeDecodeError as error:
            raise UserError(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from error
        except OSError as error:
            raise UserError(f"could not read {path}: {error.strerror}") from error
        if not isinstance(content, dict):
            raise UserError(f"{path}: a map with `name` and `runtime` is expected")
        name = content.get("name")
        if not isinstance(name, str) or not name:
            raise UserError(f"{path}: project is missing a non-empty string 'name' attribute")
        if not _NAME.fullmatch(name):
            raise UserError(
                f"{path}: the name {name} is not usable: at most 100 letters, digits, hyphens, underscores and periods"
            )
        config = content.get("config")
        folder = content.get("stackConfigDir")
        if isinstance(config, str):
            # The old meaning of the key.
            if folder:
                raise UserError(f"{path}: `config` and `stackConfigDir` both name a folder: use only stackConfigDir")
            folder, config = config, None
        main = path.parent / str(content.get("main") or ".")
        if not main.exists():
            raise UserError(f"{path}: project 'main' could not be read: {main} does not exist")
        return cls(
            path=path,
            name=name,
            main=main.resolve(),
            schema=ProjectSchema(name, project_values(config, name, str(path))),
            options=_runtime_options(content.get("runtime"), str(path)),
            stack_config_folder=path.parent / str(folder or "."),
            backend_url=str(_map(content, "backend", str(path)).get("url") or ""),
            refresh_always=_map(content, "options", str(path)).get("refresh") == "always",
        )


def _runtime_options(runtime: Any, where: str) -> Mapping[str, Any]:
    if isinstance(runtime, str):
        runtime = {"name": runtime}
    if not isinstance(runtime, dict):
        raise UserError(f"{where}: runtime section must be a string or an object with name and options attributes")
    if runtime.get("name") != "python":
        raise UserError(f"{where}: runtime {runtime.get('name')} is not supported here: python alone is")
    return _map(runtime, "options", where)


def _map(content: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    value = content.get(name)
    if value is not None and not isinstance(value, dict):
        raise UserError(f"{where}: {name}: a map is expected")
    return value or {}
