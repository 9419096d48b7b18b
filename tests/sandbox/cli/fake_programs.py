"""Programs for PATH that behave as Go, uv and pulumi do, as far as the build sees them."""

import os
import sys
from pathlib import Path

# Stands for Go: notes its calls, and does what a file `told` beside it says: "fail MESSAGE", or "wait FILE".
GO = """
import os, sys, time
from pathlib import Path

here = Path(__file__).parent
words = sys.argv[1:]
with (here / "calls").open("a") as calls:
    calls.write(" ".join(words) + "\\n")
told = (here / "told").read_text() if (here / "told").exists() else ""
if words == ["env", "GOVERSION"]:
    print("go" + (here / "version").read_text())
elif words[:2] == ["list", "-m"]:
    print(here / "sdk")
elif words[0] == "list":
    print("go: downloading example.com/module v1.0.0", file=sys.stderr)
    print("first/package\\nsecond/package")
elif words[0] == "build":
    assert os.environ["GOTOOLCHAIN"] == "local", "would download another Go"
    if told.startswith("fail"):
        sys.exit("# example.com/module\\n" + told.removeprefix("fail "))
    output = Path(words[words.index("-o") + 1])
    output.mkdir(exist_ok=True)
    for command in words[words.index("-o") + 2:]:
        name = command.rpartition("/")[2]
        (output / name).write_text("#!/bin/sh\\necho v0.0.0\\n")
        (output / name).chmod(0o755)
    if told.startswith("wait"):
        (here / "waits").touch()
        deadline = time.monotonic() + 60
        while not Path(told.removeprefix("wait ")).exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
"""

# Stands for uv: installs the Go above under another name.
UV = """
import shutil, sys
from pathlib import Path

here = Path(__file__).parent
(here / "calls").write_text(" ".join(sys.argv[1:]))
if (here / "told").exists():
    sys.exit((here / "told").read_text())
target = Path(sys.argv[sys.argv.index("--target") + 1], "go", "bin")
target.mkdir(parents=True)
shutil.copytree(here / "newer", target, dirs_exist_ok=True)
"""


def install(folder: Path, name: str, source: str) -> Path:
    """An executable in Python, in a folder that is made for it."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!{sys.executable}\n{source}")
    program.chmod(0o755)
    return program


def install_go(folder: Path, version: str = "1.99.0") -> Path:
    """The folder, with a `go` of a version, and the scripts of the SDK that it knows."""
    install(folder, "go", GO)
    (folder / "version").write_text(version)
    for script in ("dist/pulumi-resource-pulumi-python", "cmd/pulumi-language-python-exec"):
        path = folder / "sdk" / "python" / script
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
    return folder


def path_of(*folders: Path) -> str:
    """PATH with these folders and what every system has; no Go, uv or pulumi but theirs."""
    return os.pathsep.join([*map(str, folders), "/usr/bin", "/bin"])
