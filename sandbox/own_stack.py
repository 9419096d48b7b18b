"""`make up` and its kin: the stack `sandbox` on a machine that has nothing but Python.

Starts the sandbox API where it does not run yet, chooses the engine (a Pulumi CLI on PATH, else the sandbox engine),
and shows what is recording. All that this writes is in `.sandbox`: nobody's login, stacks or accounts are touched.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click
import yaml
from rich.console import Console
from rich.table import Table

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / ".sandbox"
STATE: Final = FOLDER / "state"
API_STATE, API_LOG, API_PROCESS = FOLDER / "api.sqlite", FOLDER / "api.log", FOLDER / "api.pid"
STACK: Final = "sandbox"
PASSPHRASE: Final = "sandbox"  # noqa: S105 known to everybody: it protects nothing
START_SECONDS: Final = 20
FOREIGN: Final = ("PULUMI_", "CLOUDFLARE_", "REALTIMEKIT_")
"""What the environment may hold of somebody's own stacks and accounts."""

console = Console(highlight=False)


class SandboxApi:
    """The API's process in the background; it outlives the command that starts it, as recordings outlive an update."""

    def __init__(self) -> None:
        config = yaml.safe_load((ROOT / f"Pulumi.{STACK}.yaml").read_text())["config"]
        self.base_url: str = config["realtimekit:baseUrl"]
        self.port = urlsplit(self.base_url).port or 80

    def ensure(self) -> None:
        """Starts it where it does not run. Raises click.ClickException where its port is somebody else's."""
        if self._pid() is not None and self._answers():
            return
        if self._port_is_taken():
            raise click.ClickException(
                f"port {self.port} is taken by another program, perhaps the sandbox of another checkout: stop it, "
                f"or name a free port in realtimekit:baseUrl of Pulumi.{STACK}.yaml"
            )
        FOLDER.mkdir(exist_ok=True)
        with API_LOG.open("ab") as log:
            options = [f"--port={self.port}", f"--state={API_STATE}", "--start-seconds=1"]
            process = subprocess.Popen(
                [sys.executable, "-m", "sandbox", "api", *options],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        API_PROCESS.write_text(str(process.pid))
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise click.ClickException(f"the sandbox API did not start; see {API_LOG.relative_to(ROOT)}")
            time.sleep(0.05)

    def stop(self) -> None:
        pid = self._pid()
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
        API_PROCESS.unlink(missing_ok=True)

    def _answers(self) -> bool:
        url = urlsplit(self.base_url)
        try:
            with urllib.request.urlopen(f"{url.scheme}://{url.netloc}/_sandbox/recordings", timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False

    def _port_is_taken(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _pid(self) -> int | None:
        """The process that an earlier command started; None where it is gone."""
        try:
            pid = int(API_PROCESS.read_text())
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return pid


class Engine:
    """What deploys: a Pulumi CLI on PATH, else the sandbox engine. Both take the same words."""

    def __init__(self) -> None:
        pulumi = shutil.which("pulumi")
        self.name = f"the Pulumi CLI ({pulumi})" if pulumi else "the sandbox engine (there is no Pulumi CLI on PATH)"
        self._command = [pulumi] if pulumi else [sys.executable, "-m", "sandbox"]
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)},
            "PULUMI_BACKEND_URL": STATE.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_HOME": str(FOLDER / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def ensure_stack(self) -> None:
        STATE.mkdir(parents=True, exist_ok=True)
        if not list((STATE / ".pulumi" / "stacks").glob(f"*/{STACK}.json")):
            subprocess.run([*self._command, "stack", "init", STACK], cwd=ROOT, env=self._environment, check=True)

    def deploy(self, verb: str, options: Sequence[str]) -> int:
        if verb != "preview":
            options = ["--yes", "--skip-preview", *options]
        if not sys.stdout.isatty():
            options = ["--non-interactive", *options]
        words = [*self._command, verb, "--stack", STACK, *options]
        return subprocess.run(words, cwd=ROOT, env=self._environment, check=False).returncode

    def recordings(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The recordings of the state: the name and the outputs of each."""
        words = [*self._command, "stack", "export", "--stack", STACK]
        answer = subprocess.run(words, cwd=ROOT, env=self._environment, check=True, stdout=subprocess.PIPE)
        resources = json.loads(answer.stdout)["deployment"].get("resources") or []
        return [
            (r["urn"].rsplit("::", 1)[-1], r["outputs"]) for r in resources if r["type"].endswith(":TrackRecording")
        ]


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("verb", type=click.Choice(["up", "preview", "refresh", "destroy", "clean"]))
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def main(verb: str, options: tuple[str, ...]) -> None:
    """Deploy the stack `sandbox`; OPTIONS go to the engine. `clean` stops the API and removes all of it."""
    api = SandboxApi()
    if verb == "clean":
        api.stop()
        shutil.rmtree(FOLDER, ignore_errors=True)
        return
    api.ensure()
    engine = Engine()
    console.print(f"{verb} of stack [bold]{STACK}[/bold] with {engine.name}", soft_wrap=True)
    console.print(f"the sandbox API is {api.base_url}", soft_wrap=True)
    engine.ensure_stack()
    code = engine.deploy(verb, options)
    if code == 0 and verb in {"up", "refresh"}:
        show(engine.recordings())
    sys.exit(code)


def show(recordings: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """What is recording now, and what to do next."""
    table = Table(title="Track recordings", title_justify="left")
    for column in ("recording", "meeting", "status", "layers", "files go to"):
        table.add_column(column, overflow="fold")
    for name, recording in sorted(recordings, key=lambda named: named[0]):
        layers: Mapping[str, Any] = recording["layers"]
        places = dict.fromkeys(place(output) for layer in layers.values() for output in layer["outputs"])
        table.add_row(name, recording["meeting_id"], recording["status"], "\n".join(layers), "\n".join(places))
    console.print()
    console.print(table)
    console.print(
        "Next: [bold]make preview[/bold] (what would change), [bold]make refresh[/bold] (what has become of them), "
        "[bold]make destroy[/bold] (stop them), [bold]make clean[/bold] (stop the sandbox API)"
    )


def place(output: Mapping[str, Any]) -> str:
    """Where an output's files go, in words."""
    storage = output.get("storage_config")
    if not storage:
        return "the service's own bucket" if output["type"] == "REALTIMEKIT_BUCKET" else str(output["type"])
    where = storage.get("bucket") or storage.get("host")
    return f"{storage['type']} {'/'.join(part for part in (where, storage.get('path')) if part)}"


if __name__ == "__main__":
    main()
