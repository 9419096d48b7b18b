"""The stacks that are measured: a provider's program, so many recordings, deployed with the Pulumi CLI."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from bench.environment import environment
from bench.memory import Role, Watch
from sandbox.api.testing import SandboxApi
from tests.kit.cli import ROOT
from tests.kit.project import ACCOUNT, PROJECT, Project, Secret

PROVIDERS: Final = ("ours", "native", "sleeping", "usual")
Verb = Literal["up", "no change", "refresh", "destroy"]
VERBS: Final[tuple[Verb, ...]] = ("up", "no change", "refresh", "destroy")

LAST_WORDS: Final = 4000
"""Characters of what a command printed, where it failed."""

STORAGE: Final = {
    "type": "aws",
    "bucket": "meeting-archive",
    "region": "eu-central-1",
    "path": "recordings/bench",
    "access_key": Secret("AKIAIOSFODNN7EXAMPLE"),
    "secret": Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
}
LAYERS: Final = {
    "default": {"file_name_prefix": "audio", "outputs": ["archive"]},
    "default-video": {"file_name_prefix": "video", "outputs": ["realtimekit"]},
}


@dataclass(frozen=True)
class Run:
    """What one command took.

    cpu: seconds of all its processes together. requests: that the API got. peaks: of the resident memory, in bytes, by
    process.
    """

    seconds: float
    cpu: float
    requests: int
    peaks: Mapping[Role, int] = field(default_factory=dict)


class Stack:
    """A stack whose program declares recordings of two layers, one to a storage and one to the service's bucket.

    latency: seconds that the API takes to answer. workers: how many calls the sleeping provider serves at once.
    """

    def __init__(
        self,
        folder: Path,
        provider: str,
        size: int,
        api: SandboxApi,
        latency: float,
        workers: int | None = None,
    ) -> None:
        program = ROOT / "bench" / "programs" / provider
        self.provider, self.size, self._api = provider, size, api
        self._project = Project(folder, (program / "__main__.py").read_text())
        executables = str(environment() / "bin")  # with the native plugin, which the engine finds on PATH
        self._project.env["PATH"] = os.pathsep.join((executables, os.environ["PATH"]))
        runtime = {"name": "python", "options": {"virtualenv": str(environment())}}
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump({**PROJECT, "runtime": runtime}))
        for module in program.glob("*.py"):
            shutil.copy(module, self._project.folder)
        self._project.configure(
            {
                "bench:recordings": size,
                "bench:latency": latency,
                **({"bench:workers": workers} if workers else {}),
                "baseUrl": api.base_url,
                "accountId": ACCOUNT,
                "appId": f"{provider:-<32}",  # an app each: a meeting has one track recording
                "apiToken": Secret(api.token),
                "storages": {"archive": STORAGE},
                "layers": LAYERS,
            }
        )

    def run(self, verb: Verb, *options: str) -> Run:
        """Runs the command. Raises: RuntimeError with what it printed, where it failed."""
        project = self._project
        words = project.words("up" if verb == "no change" else verb, *options)
        self._api.clear_requests()
        began, worked = time.perf_counter(), _cpu_of_children()
        process = project.start(*words)
        with Watch(process.pid) as watch:
            out, err = process.communicate()
            seconds = time.perf_counter() - began
        if process.returncode:
            end = (out + err)[-LAST_WORDS:]
            raise RuntimeError(f"pulumi {' '.join(words)} ended with {process.returncode}:\n{end}")
        return Run(seconds, _cpu_of_children() - worked, len(self._api.requests()), dict(watch.peaks))

    def state_bytes(self) -> int:
        return self._state_file().stat().st_size

    def recording_bytes(self) -> int:
        """Inputs and outputs of one recording together, as they stand in the state."""
        recording = next(self._recordings())
        return sum(len(json.dumps(recording[part], separators=(",", ":"))) for part in ("inputs", "outputs"))

    def provider_pickles(self) -> set[str]:
        """What the resources name to get their provider back; a secret one counts as its ciphertext, none as empty."""
        found = (recording["inputs"].get("__provider", "") for recording in self._recordings())
        return {value if isinstance(value, str) else value["ciphertext"] for value in found}

    def _recordings(self) -> Iterator[dict[str, Any]]:
        resources = json.loads(self._state_file().read_bytes())["checkpoint"]["latest"]["resources"]
        return (resource for resource in resources if resource["type"].endswith(":TrackRecording"))

    def _state_file(self) -> Path:
        return next((self._project.state / ".pulumi" / "stacks").glob("*/*.json"))


def _cpu_of_children() -> float:
    """Seconds that the processes which have ended, and those that they waited for, have worked."""
    times = os.times()
    return times.children_user + times.children_system
