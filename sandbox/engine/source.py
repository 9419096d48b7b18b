"""Where registrations come from: the program's process and the services that it calls."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from pulumi.runtime.proto import engine_pb2_grpc, resource_pb2_grpc

from sandbox.engine import program
from sandbox.engine.decisions import Base, Settings
from sandbox.engine.events import Diagnostic
from sandbox.engine.monitor import Engine, Monitor, Request, serve
from sandbox.engine.plugin import ProcessPlugin
from sandbox.engine.processes import Child, environment
from sandbox.engine.project import Project
from sandbox.engine.providers import ProviderRegistry
from sandbox.engine.stack_config import Configuration
from sandbox.engine.values import Secret

ORGANIZATION = "organization"
PATIENCE_SECONDS = 5.0
"""How long a process may take to end once it was asked to."""


@dataclass(frozen=True)
class ProgramEnded:
    code: int


class ProgramSource:
    """Runs the program, the plugins and the services between them."""

    def __init__(
        self, project: Project, settings: Settings, configuration: Configuration, parallel: int, base: Base
    ) -> None:
        self._project, self._settings, self._configuration = project, settings, configuration
        self._parallel = parallel
        self.requests: asyncio.Queue[Request | ProgramEnded | Any] = asyncio.Queue()
        inputs = {
            key: Secret(text) if key in configuration.secret_keys else text
            for key, text in configuration.values.items()
        }
        self._monitor = Monitor(self.requests.put_nowait, str(project.root), inputs)
        self._engine = Engine(self._report_program)
        self.providers = ProviderRegistry(self._start_plugin, base)
        self._server: Any = None
        self._address = ""
        self._child: Child | None = None
        self._ended: asyncio.Task[ProgramEnded] | None = None
        self._stopped = asyncio.Event()

    @property
    def _config(self) -> str:
        return json.dumps(dict(self._configuration.values), separators=(",", ":"))

    async def open(self) -> None:
        """Starts the services, and a plugin process ahead of time."""

        def add(server: Any) -> None:
            resource_pb2_grpc.add_ResourceMonitorServicer_to_server(self._monitor, server)
            engine_pb2_grpc.add_EngineServicer_to_server(self._engine, server)

        self._server, self._address = await serve(add)
        self.providers.prepare()

    async def start_program(self) -> None:
        """Starts the program; from now on `requests` has what it asks, and its end."""
        settings = program.ProgramSettings(
            project=self._settings.project,
            stack=self._settings.stack,
            organization=ORGANIZATION,
            parallel=self._parallel,
            dry_run=self._settings.preview,
            root_directory=str(self._project.root),
            program=str(self._project.main),
        )
        self._child = await program.start(
            self._project,
            settings,
            self._address,
            self._config,
            sorted(self._configuration.secret_keys),
        )
        self._ended = asyncio.create_task(self._watch(self._child))

    async def _watch(self, child: Child) -> ProgramEnded:
        code = await program.run(child, self._report_program)
        ended = ProgramEnded(code)
        self.requests.put_nowait(ended)
        return ended

    async def _start_plugin(self) -> ProcessPlugin:
        async def start() -> Child:
            return await Child.start(
                self._project.python,
                "plugin.py",
                [self._address],
                cwd=self._project.program_folder,
                env=environment(self._project, self._config),
            )

        return await ProcessPlugin.start(start, self._settings.report)

    def _report_program(self, diagnostic: Diagnostic) -> None:
        if not self._stopped.is_set():
            self._settings.report(diagnostic)

    def release_program(self) -> None:
        """Lets the program end: nothing more is asked of it."""
        self._monitor.release_program()

    def stop_program(self) -> None:
        """Answers nothing any more. What the program says about that is not shown."""
        self._stopped.set()
        self._monitor.close()

    async def program_ended(self) -> ProgramEnded | None:
        """Waits for the program to end, and says how it did; None if it did not run, or was stopped before."""
        if self._ended is None:
            return None
        stopped = asyncio.create_task(self._stopped.wait())
        await asyncio.wait({self._ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        return self._ended.result() if self._ended.done() else None

    async def close(self) -> None:
        """Ends program, plugins and services."""
        self.stop_program()
        await asyncio.gather(self._end_program(), self.providers.close(PATIENCE_SECONDS))
        await self._stop_server()

    async def _end_program(self) -> None:
        if self._child is not None and self._ended is not None:
            await asyncio.wait({self._ended}, timeout=PATIENCE_SECONDS)
            self._child.kill()
            await self._ended

    async def abandon(self) -> None:
        """Ends the program at once and leaves plugins to finish the call that they are serving."""
        self.stop_program()
        if self._child is not None:
            self._child.kill()
        if self._ended is not None:
            await asyncio.wait({self._ended}, timeout=PATIENCE_SECONDS)
        await self.providers.let_go()
        await self._stop_server()

    async def _stop_server(self) -> None:
        if self._server is not None:
            await self._server.stop(0)
