"""The environment that is measured: what users install, and nothing of the tests'.

httpx imports click, rich and pygments where they are installed, which takes three times as long as httpx itself.
"""

from __future__ import annotations

import atexit
import functools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.kit.cli import ROOT

UV: Final = str(Path(sys.executable).with_name("uv"))
"""It is among the requirements of the tests."""


@functools.cache
def environment() -> Path:
    """A new virtual environment with this package, compiled as pip does it. It is removed with the process."""
    folder = tempfile.mkdtemp(prefix="bench-environment-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    install = [UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", folder]
    # Or uv builds the package again only where its pyproject.toml has changed.
    fresh = ["--refresh-package", "pulumi-realtimekit"]
    subprocess.run([*install, *fresh, "--constraint", ROOT / "constraints.txt", ROOT / "provider"], check=True)
    return Path(folder)
