"""The Pulumi CLI that deployments run on: the one on PATH, else the one that `make cli` has built on this machine."""

import functools
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

OLDEST: Final = (3, 260)
"""The oldest CLI that this project is run with: its tests and facts about the engine come from 3.260 and newer."""
INSTALL_URL: Final = "https://www.pulumi.com/docs/install/"
CLI_MODULE: Final = Path(__file__).parent
YAML_MODULE: Final = CLI_MODULE / "pulumi-language-yaml"
"""A Go module of its own: it needs an older Pulumi than the CLI does."""
_PINNED: Final = (
    *(folder / name for folder in (CLI_MODULE, YAML_MODULE) for name in ("go.mod", "go.sum")),
    *(CLI_MODULE / command / "main.go" for command in ("pulumi-language-python", "nodejs-sdk-generator")),
    CLI_MODULE / "build.py",
)
_START_SECONDS: Final = 30


def find() -> Path | None:
    """The `pulumi` to run: the one on PATH where it can be used, else the built one; None where there is neither.

    Takes as long as `pulumi version`, once for each `pulumi` that PATH leads to.
    """
    installed = shutil.which("pulumi")
    if installed is not None and _problem(installed) is None:
        return Path(installed)
    return find_built()


def find_built() -> Path | None:
    """The `pulumi` that `make cli` has built from what is pinned here; None where it has not."""
    try:
        pulumi = install_folder() / "pulumi"
        return pulumi if pulumi.is_file() else None
    except OSError:  # no home folder, or one that cannot be read
        return None


def find_problem() -> str | None:
    """Why the `pulumi` on PATH cannot be used, and what is needed; None where it can, or where there is none."""
    installed = shutil.which("pulumi")
    return None if installed is None else _problem(installed)


def backend_url(folder: Path) -> str:
    """A folder's `PULUMI_BACKEND_URL`, without .attrs files: one that a killed CLI leaves empty stops every command."""
    return f"{folder.as_uri()}?metadata=skip"


def install_folder() -> Path:
    """Where `make cli` puts the CLI: in the user's cache folder, under the version and a digest of all that is pinned.

    Raises OSError where there is no cache folder: neither XDG_CACHE_HOME nor a home folder.
    """
    digest = hashlib.sha256(f"{sys.platform} {platform.machine()}".encode())
    for file in _PINNED:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    name = f"{pinned_version(CLI_MODULE, 'github.com/pulumi/pulumi/pkg/v3')}-{digest.hexdigest()[:12]}"
    return _user_cache() / "pulumi-realtimekit" / "cli" / name


def pinned_version(folder: Path, module: str) -> str:
    """The version of a module in the go.mod of a folder, as `v3.274.1`."""
    found = re.search(rf"^(?:require)?\s*{re.escape(module)} (v\S+)", (folder / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise LookupError(f"{folder / 'go.mod'} requires no {module}")
    return found[1]


def _user_cache() -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    if Path(given).is_absolute():  # a relative one is to be ignored, its specification says
        return Path(given)
    try:
        home = Path.home()
    except RuntimeError:
        raise FileNotFoundError("you have no home folder") from None
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache")


@functools.cache
def _problem(pulumi: str) -> str | None:
    oldest = ".".join(map(str, OLDEST))
    needed = f"version {oldest} or newer is needed: {INSTALL_URL}"
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [pulumi, "version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_START_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{pulumi} does not answer within {_START_SECONDS} seconds; {needed}"
    except OSError as error:
        return f"{pulumi} does not start ({error.strerror}); {needed}"
    version = re.match(r"v?(\d+)\.(\d+)\.\S+", answer.stdout)
    if answer.returncode != 0 or version is None:
        said = (answer.stderr or answer.stdout).strip().splitlines()
        reason = said[-1] if said else f"exit code {answer.returncode}"
        return f"{pulumi} does not print its version ({reason}); {needed}"
    if (int(version[1]), int(version[2])) < OLDEST:
        return f"{pulumi} is version {version[0].removeprefix('v')}; {needed}"
    return None
