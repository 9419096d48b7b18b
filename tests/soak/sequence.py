"""One sequence: a stack that is declared, deployed, disturbed and killed at random, and held against the oracle."""

from __future__ import annotations

import json
import random
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.api.dialects import DIALECTS
from sandbox.api.testing import SandboxApi
from tests.interruptions.interruptions import INTERRUPTIONS, LOCKED, Running
from tests.kit.audit import shown_by_audit
from tests.kit.cli import Result
from tests.kit.project import STACK, Project, base_config
from tests.kit.service import doubles, until_at_rest
from tests.soak.declarations import MEETINGS, Declarations
from tests.soak.oracle import Oracle

LATENCY: Final = 0.05
JUMPS: Final = (10, 90, 700, 8000)
"""Seconds that the service's clock is put forward: beyond each of the limits that are declared, too."""
UNSAVED: Final = {"two interrupts", "CLI killed", "plugin killed"}
"""Interruptions after which a command may not have saved what it began; the others let it."""
SERVICE_KILLED: Final = {"service killed, back later", "service killed, back at once"}
"""Interruptions after which the service does not know any more what it was asked."""
TIMEOUTS: Final = (1.5, 1.5, 1.5, 8)
"""Seconds of a sequence's calls: lost answers are looked for in proportion, the longest for longer than is told."""
VISIBLE: Final = (0, 0, 0.4)
"""Seconds after which the service's lists have what began: shorter than any look."""
DELAY_SECONDS: Final = 2
"""Of the service, where it is slow: it answers, or even acts, when nobody waits any more."""
COMMAND_SECONDS: Final = 300
"""How long a command may take."""


@dataclass
class Figures:
    """What was done, and what has come of it."""

    sequences: int = 0
    commands: int = 0
    faults: int = 0
    kills: int = 0
    recordings: int = 0
    left: int = 0
    duplicates: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class Sequence:
    """A sequence; the same seed gives the same one, but for the moments at which processes are."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.figures = Figures(sequences=1)
        self.story: list[str] = []
        self._seed, self._dice = seed, random.Random(seed)
        self._declarations = Declarations(self._dice)
        self._oracle = Oracle()
        dialect = self._dice.choice([*DIALECTS])
        self._api = SandboxApi(
            dialect,
            state=folder / "service.json",
            latency=LATENCY,
            start_seconds=0.5,
            upload_seconds=1,
            short_recordings="uploaded",
        )
        self._timeout = self._dice.choice(TIMEOUTS)
        self._folder = folder
        self._live = set(MEETINGS)
        self._note(f"seed {seed}, dialect {dialect}, timeout {self._timeout} s")

    def run(self, steps: int) -> Figures:
        """So many steps, then all is settled, destroyed, and settled again. A sequence that ends early has failed."""
        try:
            with self._api:
                self._go(steps)
        except (Exception, pytest.fail.Exception):
            self.figures.failures.append(self._told(f"it ended early: {traceback.format_exc().rstrip()}"))
        return self.figures

    def _go(self, steps: int) -> None:
        for meeting in MEETINGS:
            visible = self._dice.choice(VISIBLE)
            self._api.meeting(meeting, live=True, participants=2, visible_seconds=visible)
        for number in range(steps):
            self._step()
            if number % 4 == 3:
                self._settle("up")
        self._settle("up")
        self._settle("destroy")
        self.figures.recordings = len(self._api.recordings())

    @cached_property
    def _project(self) -> Project:
        return Project(self._folder / "project")

    def _step(self) -> None:
        for _ in range(self._dice.randint(0, 2)):
            self._note(self._declarations.change())
        if self._dice.random() < 0.5:
            self._world()
        if self._dice.random() < 0.7:
            probability = self._dice.choice((0.2, 0.5))
            self._note(f"faults: {probability:.0%}")
            self._api.random_faults(
                probability, seed=self._dice.randrange(2**32), seconds=DELAY_SECONDS, retry_after=0.2
            )
        verb = self._dice.choice(("up", "up", "up", "up --refresh", "refresh", "destroy"))
        interruption = self._dice.choice([*INTERRUPTIONS]) if self._dice.random() < 0.5 else None
        self._command(verb, interruption, calls=self._dice.randint(1, 5), pause=self._dice.random() * LATENCY)

    def _world(self) -> None:
        """What the service's clock, the participants, or somebody's hand does."""
        active = [one["id"] for one in self._api.recordings() if one["active"]]
        match self._dice.choice(("clock", "clock", "meeting", "pause", "stop", "forget")):
            case "clock":
                seconds = self._dice.choice(JUMPS)
                self._note(f"{seconds} s pass")
                self._api.advance(seconds)
            case "meeting":
                meeting = self._dice.choice(MEETINGS)
                self._live ^= {meeting}
                live = meeting in self._live
                self._note(f"{meeting} {'begins' if live else 'ends'}")
                self._api.meeting(meeting, live=live, participants=2 if live else 0)
            case "pause" if active:
                self._note(f"{active[0]} is paused by hand")
                self._api.set_status(active[0], "PAUSED")
            case "stop" if active:
                self._note(f"{active[0]} is stopped by hand")
                self._oracle.touched.add(active[0])
                self._api.set_status(active[0], "UPLOADING")
            case "forget" if active:
                self._note(f"{active[0]} is forgotten")
                self._api.forget(active[0])

    def _settle(self, verb: str) -> None:
        """Nothing goes wrong any more: a command has to end well, and the oracle is asked."""
        self._api.clear_faults()
        result = self._command("up --refresh" if verb == "up" else verb, None)
        if result.code != 0:
            self.figures.failures.append(self._told(f"{verb} ended with {result.code}:\n{result.text}"))
            return
        declared = self._declarations.config() if verb == "up" else {}
        recordings, shown = self._api.recordings(), shown_by_audit(self._project, self._api)
        losses = self._oracle.losses(recordings, declared, self._state(), self._live, shown)
        self.figures.losses += map(self._told, losses)
        self.figures.duplicates += map(self._told, doubles(recordings))
        self.figures.left = max(self.figures.left, len(self._oracle.left))

    def _command(self, verb: str, interruption: str | None, calls: int = 0, pause: float = 0) -> Result:
        config = base_config(self._api) | {"timeoutSeconds": self._timeout}
        self._project.configure(config | {"recordings": self._declarations.config()})
        self._oracle.before(verb, self._declarations.config(), self._state())
        before = {one["id"] for one in self._api.recordings()}
        self._api.clear_requests()
        command, *options = verb.split()
        words = self._project.words(command, *options)
        running = Running(self._project.start(*words), self._api)
        with running.cli:
            try:
                killed = interruption is not None and self._interrupt(running, interruption, calls, pause)
                out, err = running.cli.communicate(timeout=COMMAND_SECONDS)
            finally:
                if running.cli.poll() is None:
                    running.find()
                    running.cli.kill()
                running.wait_for_children(60)
        result = Result(running.cli.returncode, out, err)
        self._note(f"{verb}{f', {interruption} after call {calls}' if killed else ''}: {result.code}")
        self._recover(interruption if killed else None)
        began = {one["id"] for one in self._api.recordings()} - before
        unsaved = (killed and interruption in UNSAVED) or "may be running" in result.text
        self._oracle.after(began, saved=not unsaved)
        self.figures.commands += 1
        self.figures.kills += killed
        return result

    def _interrupt(self, running: Running, interruption: str, calls: int, pause: float) -> bool:
        """Interrupts once so many calls have come to the service; False where the command ended before."""
        while running.cli.poll() is None:
            running.find()
            if len(self._api.requests()) >= calls:
                time.sleep(pause)
                if interruption in SERVICE_KILLED:
                    self._count_faults()
                INTERRUPTIONS[interruption](running)
                return True
            time.sleep(0.01)
        return False

    def _recover(self, interruption: str | None) -> None:
        """What a user does before the next command: the service is back, and at rest, and a lock is let go."""
        if interruption == "service killed, back later":
            self._api.start()
        until_at_rest(self._api)
        if interruption not in SERVICE_KILLED:
            self._count_faults()
        self._api.clear_faults()
        if interruption in LOCKED:
            self._project.run("cancel", "--yes", "--stack", STACK)

    def _count_faults(self) -> None:
        self.figures.faults += sum(request["fault"] is not None for request in self._api.requests())

    def _state(self) -> dict[str, dict[str, Any]]:
        """The recordings of the state, by name; those that are still to be deleted under a name of their own."""
        return {
            resource["urn"].rsplit("::", 1)[-1] + (" (to be deleted)" if resource.get("delete") else ""): resource
            for resource in self._checkpoint().get("resources") or ()
            if resource["type"].endswith(":TrackRecording")
        }

    def _checkpoint(self) -> dict[str, Any]:
        (file,) = (self._project.state / ".pulumi" / "stacks").glob("*/*.json")
        latest: dict[str, Any] = json.loads(file.read_bytes())["checkpoint"].get("latest") or {}
        return latest

    def _note(self, what: str) -> None:
        self.story.append(what)

    def _told(self, what: str) -> str:
        return "\n    ".join([what, *self._tail()])

    def _tail(self) -> Iterator[str]:
        yield f"in the sequence of seed {self._seed}:"
        yield from self.story
