"""Which Python runs the program and the plugin: the one that the CLI's language host would take.

Source: `sdk/python/toolchain/{toolchain,pip,uv}.go` of pulumi/pulumi.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.engine.errors import UserError

_TOOLCHAINS = ("pip", "poetry", "uv")


@dataclass(frozen=True)
class Interpreter:
    path: str
    virtualenv: Path | None = None
    """None: the Python found on PATH, because the project names no virtual environment."""


def choose(root: Path, program: Path, options: Mapping[str, Any], where: str) -> Interpreter:
    """The interpreter for `runtime.options`; `program` is the program's folder. UserError says how to make it."""
    virtualenv, toolchain = (_text(options, name, where) for name in ("virtualenv", "toolchain"))
    if toolchain and toolchain not in _TOOLCHAINS:
        raise UserError(f"{where}: unsupported toolchain option: {toolchain}")
    if not toolchain:
        toolchain = next((name for name in ("uv", "poetry") if _above(program, f"{name}.lock")), "pip")
    if toolchain == "poetry":
        raise UserError(f"{where}: toolchain poetry is not supported here: name its environment with `virtualenv`")
    if toolchain == "uv":
        folder = root / virtualenv if virtualenv else _uv_environment(program)
        return _in_virtualenv(folder, f"uv's environment {folder} does not exist: run `uv sync`")
    if virtualenv:
        folder = root / virtualenv
        return _in_virtualenv(
            folder,
            f"the 'virtualenv' option in {where} is set to \"{virtualenv}\", but {folder} is no virtual environment;"
            f" make it:\n    python3 -m venv {folder}\n    {folder}/bin/python -m pip install -r requirements.txt",
        )
    return Interpreter(_on_path())


def _text(options: Mapping[str, Any], name: str, where: str) -> str:
    value = options.get(name, "")
    if not isinstance(value, str):
        raise UserError(f"{where}: {name} option must be a string")
    return value


def _in_virtualenv(folder: Path, otherwise: str) -> Interpreter:
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.is_file():
        raise UserError(otherwise)
    return Interpreter(str(python), folder)


def _uv_environment(program: Path) -> Path:
    beside = _above(program, "uv.lock") or _above(program, "pyproject.toml") or program
    return beside / (os.environ.get("UV_PROJECT_ENVIRONMENT") or ".venv")


def _above(folder: Path, name: str) -> Path | None:
    """The nearest folder from here upwards that holds the file."""
    return next((candidate for candidate in (folder, *folder.parents) if (candidate / name).exists()), None)


def _on_path() -> str:
    named = os.environ.get("PULUMI_PYTHON_CMD")
    names = [named] if named else ["python", "python3"] if os.name == "nt" else ["python3", "python"]
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise UserError(
        f"no Python found on PATH (looked for {', '.join(names)}): name a virtual environment in Pulumi.yaml"
    )
