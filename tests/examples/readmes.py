"""The commands that a README tells its reader to type, and a reader who types them."""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.cli import backend_url
from tests.examples.copies import account_of
from tests.kit import cli
from tests.kit.cli import clean_environment
from tests.kit.waiting import eventually

BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>.+?) -->\n)?^```(?:ba)?sh\n(?P<commands>.*?)^```$", re.MULTILINE | re.DOTALL
)
TYPED = "a-secret-that-is-typed"

TYPIST = """#!/bin/bash
# What a reader types where the CLI asks: a secret's value, and yes.
words=()
for word in "$@"; do case $word in -*) ;; *) words+=("$word") ;; esac; done
case "${words[*]:0:2}" in
    "config set")
        if [ ${#words[@]} = 3 ] && [ ! -s /dev/stdin ]; then exec PULUMI "$@" <<< "$TYPED"; fi ;;
    up* | refresh* | destroy*) exec PULUMI "$@" --yes ;;
esac
exec PULUMI "$@"
"""


@dataclass(frozen=True)
class Block:
    """A block of commands; `reason` where the README says that they are not run, and why."""

    commands: str
    reason: str | None = None


def blocks(file: Path) -> Sequence[Block]:
    """The blocks of a README, in order."""
    return [Block(match["commands"], match["reason"]) for match in BLOCK.finditer(file.read_text())]


class Reader:
    """Types commands, one block after another, in one shell; answers what the CLI asks.

    home: a home folder of its own, where the tools that the commands name are, too.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        tools = home / "bin"
        tools.mkdir(parents=True)
        path = [str(tools), str(Path(sys.executable).parent), clean_environment()["PATH"]]
        self._environment = {
            **clean_environment(),
            "HOME": str(home),
            "PATH": os.pathsep.join(path),
            "TYPED": TYPED,
            "COLUMNS": "200",
        }
        pulumi = tools / "pulumi"
        pulumi.write_text(TYPIST.replace("PULUMI", shlex.quote(cli.executable())))
        pulumi.chmod(0o755)

    def with_account(self, base_url: str, state: Path, stack: str = "dev") -> "Reader":
        """Somebody with an account, which is the sandbox's, a backend, and a stack selected."""
        state.mkdir()
        token = account_of(base_url)["CLOUDFLARE_API_TOKEN"]
        return self.with_environment(
            {
                "CLOUDFLARE_BASE_URL": base_url,
                "PULUMI_BACKEND_URL": backend_url(state),
                "PULUMI_CONFIG_PASSPHRASE": "typed once",
                "PULUMI_HOME": str(self._home / "pulumi"),
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "PULUMI_STACK": stack,
                "TYPED": token,
            }
        )

    def with_registry(self) -> "Reader":
        """`pip install` finds what is installed here already, and needs no network."""
        return self.with_environment(
            {
                "PYTHONPATH": sysconfig.get_path("purelib"),
                "PIP_NO_INDEX": "1",
                "PIP_NO_BUILD_ISOLATION": "0",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            }
        )

    def with_environment(self, more: Mapping[str, str]) -> "Reader":
        self._environment |= more
        return self

    def types(self, folder: Path, commands: Sequence[str], code: int = 0) -> str:
        """What the shell prints; fails with it where they end with another exit code, or leave something running."""
        script = "\n".join(["set -euo pipefail", *commands])
        with tempfile.TemporaryFile("w+") as shown:
            shell = subprocess.Popen(
                ["bash", "-c", script],
                cwd=folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=shown,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                text=True,
            )
            assert shell.stdin
            with contextlib.suppress(BrokenPipeError), shell.stdin as keyboard:
                keyboard.write(f"{TYPED}\n")
            try:
                ended = shell.wait(timeout=300)
                if ended == code:
                    eventually(lambda: not is_there(shell.pid), "what the commands started has ended")
            finally:
                if is_there(shell.pid):
                    os.killpg(shell.pid, signal.SIGKILL)
            shown.seek(0)
            text = shown.read()
        assert ended == code, f"{script}\n---\n{text}"
        return text


def is_there(group: int) -> bool:
    """Whether a process of this group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
