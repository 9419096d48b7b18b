"""Child processes that do not outlive the engine, whatever ends it.

Each child inherits the reading end of a pipe whose writing end nobody but the engine holds: when the engine is gone,
however it went, the pipe closes, and the child goes too (see `children/lifeline.py`).
"""

import asyncio
import contextlib
import errno
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

from sandbox.engine.errors import UserError
from sandbox.engine.project import Project

CHILDREN = Path(__file__).parent / "children"
LIFELINE = "SANDBOX_LIFELINE"
"""The environment variable that tells a child the pipe's file descriptor."""
LONGEST_LINE = 64 * 1024 * 1024


class Child:
    """A Python process in a session of its own, so that an interrupt at the terminal reaches the engine alone."""

    def __init__(self, process: asyncio.subprocess.Process, lifeline: int) -> None:
        self._process = process
        self._lifeline: int | None = lifeline
        self._readers: set[asyncio.Task[None]] = set()

    @classmethod
    async def start(
        cls, python: str, script: str, words: Sequence[str], *, cwd: Path, env: Mapping[str, str]
    ) -> "Child":
        """Runs one of the scripts in `children/` under the project's interpreter."""
        theirs, ours = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                python,
                "-u",
                str(CHILDREN / script),
                *words,
                cwd=cwd,
                env={**env, LIFELINE: str(theirs)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=(theirs,),
                start_new_session=True,
                limit=LONGEST_LINE,
            )
        except OSError as error:
            os.close(ours)
            raise UserError(f"could not start {python}: {_reason(error)}") from error
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        return cls(process, ours)

    async def line(self) -> str:
        """The next line of standard output; empty at its end."""
        return await _line(self._process.stdout)

    def forward(self, out: Callable[[str], None], err: Callable[[str], None]) -> None:
        """Hands every further line of standard output and standard error on."""
        for stream, to in ((self._process.stdout, out), (self._process.stderr, err)):
            task = asyncio.create_task(_forward(stream, to))
            self._readers.add(task)
            task.add_done_callback(self._readers.discard)

    async def wait(self) -> int:
        """The exit code, once the process has ended and all its lines were handed on."""
        code = await self._process.wait()
        await asyncio.gather(*self._readers, return_exceptions=True)
        self.let_go()
        return code

    async def exit_code(self, patience: float) -> int | None:
        """The exit code, if the process ends within `patience` seconds."""
        try:
            return await asyncio.wait_for(self._process.wait(), patience)
        except asyncio.TimeoutError:
            return None

    def let_go(self) -> None:
        """Closes the pipe: the process ends by itself, as soon as what it does is done."""
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None

    def kill(self) -> None:
        """Ends the process at once, and what it started itself."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self.let_go()

    async def discard(self) -> None:
        """Ends the process at once and waits until it has: what it still says is lost.

        A loop that closes over a process that runs, or over pipes that were not read to their end, leaves a traceback.
        """
        self.kill()
        self.forward(_lose, _lose)
        await self.wait()

    async def stop(self, patience: float) -> None:
        """Lets the process end by itself, and kills it if it has not after `patience` seconds."""
        self.let_go()
        if await self.exit_code(patience) is None:
            self.kill()
        await self.wait()


def _reason(error: OSError) -> str:
    if error.errno != errno.E2BIG:
        return error.strerror or str(error)
    return (
        "the stack's configuration is too large for the environment of a process, in which Pulumi hands it over "
        "(128 KB on Linux, with the Pulumi CLI too): keep what is large in a file that the program reads"
    )


async def _line(stream: asyncio.StreamReader | None) -> str:
    return (await stream.readline()).decode(errors="replace").rstrip("\r\n") if stream else ""


def _lose(line: str) -> None:
    """Shows nothing."""


async def _forward(stream: asyncio.StreamReader | None, to: Callable[[str], None]) -> None:
    async for line in _lines(stream):
        to(line)


async def _lines(stream: asyncio.StreamReader | None) -> AsyncIterator[str]:
    while stream is not None:
        try:
            line = await stream.readline()
        except ValueError:  # longer than the buffer: what came so far is lost, the rest is another line
            continue
        if not line:
            return
        yield line.decode(errors="replace").rstrip("\r\n")


def environment(project: Project, config: str, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The engine's own environment with what programs and plugins of Pulumi look for, the project's tools first."""
    inherited = dict(os.environ)
    virtualenv = project.interpreter.virtualenv
    if virtualenv is not None:
        inherited.pop("PYTHONHOME", None)
        path = os.pathsep.join(filter(None, [str(Path(project.python).parent), inherited.get("PATH")]))
        inherited |= {"PATH": path, "VIRTUAL_ENV": str(virtualenv)}
    return {**inherited, "PULUMI_PROJECT": project.name, "PULUMI_CONFIG": config, **(extra or {})}
