"""The program's process."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.engine.events import Diagnostic
from sandbox.engine.processes import Child, environment
from sandbox.engine.project import Project

ERROR_WAS_SHOWN = 32
"""The exit code of a program that has said itself what is wrong."""


@dataclass(frozen=True)
class ProgramSettings:
    """What the program is told about the deployment."""

    project: str
    stack: str
    organization: str
    parallel: int
    dry_run: bool
    root_directory: str
    program: str
    """The file or folder to run."""


async def start(
    project: Project, settings: ProgramSettings, address: str, config: str, secret_keys: Sequence[str]
) -> Child:
    """Runs the program under the project's interpreter, against the services at the address."""
    words = json.dumps({**vars(settings), "monitor": address, "engine": address})
    env = environment(project, config, {"PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(secret_keys))})
    return await Child.start(project.python, "program.py", [words], cwd=project.program_folder, env=env)


async def run(child: Child, report: Callable[[Diagnostic], None]) -> int:
    """Shows what the program prints, as messages of the stack, until it ends; its exit code."""
    child.forward(
        lambda line: report(Diagnostic("", "info", f"{line}\n")),
        lambda line: report(Diagnostic("", "info#err", f"{line}\n")),
    )
    return await child.wait()
