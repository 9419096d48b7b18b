"""`make up`, `preview`, `refresh`, `destroy` and `clean`: the stack `sandbox`, with or without a Pulumi CLI.

All that this writes is in `.sandbox`: no login, stack or account of yours is touched.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import click
import yaml

from sandbox import cli
from sandbox.background import BackgroundApi
from sandbox.passphrase import PassphraseError
from sandbox.table import table

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / ".sandbox"
BACKEND: Final = FOLDER / "state"
TOUR_STATE: Final = FOLDER / "tour.state"
STACK: Final = "sandbox"
PASSPHRASE: Final = "sandbox"  # noqa: S105 known to everybody: it protects nothing
FOREIGN: Final = ("PULUMI_", "CLOUDFLARE_", "REALTIMEKIT_")
"""What the environment may hold of your own stacks and accounts."""
Recordings = Mapping[str, Mapping[str, Any]]
"""The outputs of recordings, by name; what is secret as `[secret]`."""
NEXT: Final[Mapping[str, str]] = {
    "up": "`make preview` (what would change), `make refresh` (what has changed), `make destroy` (stop recording)",
    "refresh": "`make up` (put right what has changed), `make destroy` (stop recording)",
    "destroy": "`make up` (record again), `make clean` (stop the sandbox API and remove all that was installed)",
}


class Cli:
    """Deploys with the Pulumi CLI, to a backend in a folder of this repository."""

    def __init__(self, pulumi: Path) -> None:
        self._pulumi = str(pulumi)
        self._environment = {
            **os.environ,
            "PATH": f"{pulumi.parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "PULUMI_BACKEND_URL": cli.backend_url(BACKEND),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_HOME": str(FOLDER / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def deploy(self, verb: str) -> Recordings:
        """Ends this process with the CLI's exit code where the CLI fails."""
        BACKEND.mkdir(exist_ok=True)
        if not _checkpoint().exists():
            self._run("stack", "init", STACK)
        words = [verb, "--stack", STACK]
        if verb != "preview":
            self._unlock()
            words += ["--yes", "--skip-preview"]
        if verb == "refresh":
            words.append("--run-program")  # or the stack's outputs stay as they were
        if verb == "destroy":
            words += ["--target", "**"]  # everything, and without the advice to remove the stack from your own backend
        if not sys.stdout.isatty():
            words.append("--non-interactive")
        self._run(*words)
        return {
            resource["urn"].rsplit("::", 1)[-1]: resource["outputs"]
            for resource in _resources()
            if resource["type"].endswith(":TrackRecording")
        }

    def _unlock(self) -> None:
        """Frees the stack where a deployment was killed. Raises click.ClickException where one is going on."""
        project = _checkpoint().parent.name
        locks = [*(BACKEND / ".pulumi" / "locks" / "organization" / project / STACK).glob("*.json")]
        for lock in locks:
            pid = json.loads(lock.read_text())["pid"]
            if _is_alive(pid):
                raise click.ClickException(f"process {pid} is deploying this stack: wait until it is done")
        if locks:
            click.echo("The last deployment was killed: unlocking the stack.")
            self._run("cancel", STACK, "--yes")

    def _run(self, *words: str) -> None:
        """Waits for the CLI whatever interrupts it: the terminal interrupts the CLI, too, which saves what it does."""
        with subprocess.Popen([self._pulumi, *words], env=self._environment) as process:
            before = {
                signal.SIGINT: signal.signal(signal.SIGINT, lambda *_: None),
                signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: process.terminate()),
            }
            code = process.wait()
            for number, handler in before.items():
                signal.signal(number, handler)
        if code:
            sys.exit(code)


def _tour(verb: str) -> Recordings:
    """Deploys without a CLI, in this process."""
    from sandbox import tour

    try:
        return tour.run(verb, ROOT, TOUR_STATE, PASSPHRASE)
    except PassphraseError as error:
        raise click.ClickException(
            f"{error}. Pulumi.{STACK}.yaml and {TOUR_STATE} are encrypted with '{PASSPHRASE}'"
        ) from None


def _choose() -> Callable[[str], Recordings]:
    """What deploys: a CLI that can be used, else the tour; neither takes over what the other has deployed."""
    pulumi, problem = cli.find(), cli.find_problem()
    if problem:
        click.echo(f"Not used: {problem}")
    if TOUR_STATE.exists():
        after = "; after `make destroy`, the Pulumi CLI is next" if pulumi else ""
        click.echo(f"Deploying with the tour, as before{after}.")
        return _tour
    if pulumi:
        click.echo(f"Deploying with the Pulumi CLI: {pulumi}")
        return Cli(pulumi).deploy
    if _resources():
        raise click.ClickException("a Pulumi CLI has deployed this stack, and is no longer here: `make cli` builds one")
    click.echo(
        "There is no Pulumi CLI here; `make cli` builds one. Deploying with the tour: same program, same provider."
    )
    return _tour


@click.command()
@click.argument("verb", type=click.Choice(["up", "preview", "refresh", "destroy", "clean"]))
def main(verb: str) -> None:
    """Deploy the stack `sandbox`. `clean` stops the sandbox API and removes its data."""
    api = BackgroundApi(FOLDER)
    try:
        if verb == "clean":
            api.stop()
            shutil.rmtree(FOLDER, ignore_errors=True)
            return
        FOLDER.mkdir(exist_ok=True)
        base_url = api.ensure()
        click.echo(f"The sandbox API: {base_url}")
        _use_environment(base_url)
        recordings = _choose()(verb)
    except OSError as error:
        raise click.ClickException(f"{error.filename or FOLDER}: {error.strerror or error}") from None
    if verb in {"up", "refresh"}:
        click.echo(f"\n{table(recordings)}")
    if verb in NEXT:
        click.echo(f"\nNext: {NEXT[verb]}")


def _use_environment(base_url: str) -> None:
    """Leaves out your own accounts, and any proxy before the sandbox API."""
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1,localhost"]))
    os.environ["CLOUDFLARE_BASE_URL"] = base_url


def _checkpoint() -> Path:
    """Where the CLI keeps the state."""
    project: str = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["name"]
    return BACKEND / ".pulumi" / "stacks" / project / f"{STACK}.json"


def _resources() -> list[dict[str, Any]]:
    """What the CLI has deployed; what is secret as `[secret]`."""
    if not _checkpoint().exists():
        return []
    deployment = json.loads(
        _checkpoint().read_text(), object_hook=lambda found: "[secret]" if "ciphertext" in found else found
    )
    return (deployment["checkpoint"].get("latest") or {}).get("resources") or []


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return isinstance(error, PermissionError)  # somebody else's
    return True


if __name__ == "__main__":
    os.chdir(ROOT)
    main(prog_name="make")
