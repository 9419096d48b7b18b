"""The program in TypeScript, with the SDK that Pulumi generates from the plugin's schema.

What generates it is built with the CLI. Beside another CLI it is compiled here, which takes minutes the first time.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.api.testing import SandboxApi
from sandbox.cli import CLI_MODULE, find_built
from tests.examples.copies import Example
from tests.kit import cli
from tests.kit.cli import ROOT, clean_environment
from tests.kit.project import active

EXAMPLE = ROOT / "examples" / "typescript"
GENERATOR = "nodejs-sdk-generator"
SCHEMA = ROOT / "provider" / "pulumi_realtimekit" / "pulumi-schema.json"
HOST = "pulumi-language-nodejs"
NO_NETWORK = re.compile(r"dial tcp|no such host|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH")
OLD_GO = re.compile(r"requires go >= \S+ \(running go \S+")

pytestmark = pytest.mark.timeout(900)

MISTAKES: Mapping[str, tuple[str, str, str]] = {
    "a misspelt property": ("maxSeconds: 3600", "maxSecond: 3600", "Did you mean to write 'maxSeconds'?"),
    "a property that is absent": ('meetingId: config.require("meetingId"),', "", "Property 'meetingId' is missing"),
    "a string for a number": ("maxSeconds: 3600", 'maxSeconds: "3600"', "Type 'string' is not assignable to type"),
    "no such status": (
        'config.require<realtimekit.DesiredStatus>("desiredStatus")',
        '"PAUSE"',
        """Type '"PAUSE"' is not assignable to type""",
    ),
    "no such layer property": ("fileNamePrefix", "filePrefix", "'filePrefix' does not exist in type"),
    "no such output": ('"STORAGE_CONFIG"', '"STORAGE"', """Type '"STORAGE"' is not assignable to type"""),
    "a storage of the wrong type": ('"aws"', '"sftp"', """Type '"sftp"' is not assignable to type 'Input<"aws">'"""),
    "a name for a storage": (
        "storageConfig: archive",
        'storageConfig: "archive"',
        "Type 'string' is not assignable to",
    ),
    "half a storage": ('secret: config.requireSecret("secret"),', "", "Property 'secret' is missing"),
}
"""What is replaced in the program, by what, and what the compiler says of it."""


def run(*words: str | Path, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        list(map(str, words)),
        cwd=cwd,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )


def install(folder: Path) -> None:
    """Generates the SDK in `sdks/`, and installs what the program needs: `pulumi install` without its language host."""
    quick_to_build = ("-gcflags=all=-N -l", "-ldflags=-s -w")  # it runs for a second: optimising it takes longer
    generate: list[str | Path] = ["go", "run", *quick_to_build, f"./{GENERATOR}"]
    if (built := find_built()) is not None:
        generate = [built.with_name(GENERATOR)]
    commands = (
        ([*generate, SCHEMA, folder / "sdks" / "realtimekit"], CLI_MODULE),
        (["npm", "install", "--prefer-offline", "--no-audit", "--no-fund"], folder),
    )
    for words, cwd in commands:
        if shutil.which(words[0]) is None:
            pytest.skip(f"there is no {words[0]} on PATH")
        done = run(*words, cwd=cwd)
        said = done.stdout + done.stderr
        if done.returncode != 0 and (found := NO_NETWORK.search(said) or OLD_GO.search(said)):
            pytest.skip(f"{words[0]}: {found[0]}")
        assert done.returncode == 0, said


def test_versions_are_exact() -> None:
    package = json.loads((EXAMPLE / "package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert versions.pop("pulumi-realtimekit") == "file:sdks/realtimekit"
    assert [version for version in versions.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_the_guide_shows_the_program() -> None:
    guide = (ROOT / "docs" / "guides" / "other-languages.md").read_text()
    assert f"```typescript\n{(EXAMPLE / 'index.ts').read_text()}```\n" in guide


def test_the_compiler_takes_the_program_and_refuses_mistakes(tmp_path: Path) -> None:
    folder = tmp_path / "typescript"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("node_modules", "sdks"))
    install(folder)
    package = json.loads((folder / "sdks" / "realtimekit" / "package.json").read_text())
    assert package["version"] == json.loads(SCHEMA.read_text())["version"]
    tsc = folder / "node_modules" / ".bin" / "tsc"
    accepted = run(tsc, "--noEmit", cwd=folder)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr

    program = (folder / "index.ts").read_text()
    wrong = {f"wrong{number}.ts": mistake for number, mistake in enumerate(MISTAKES.values())}
    for name, (right, mistaken, _) in wrong.items():
        assert program.count(right) == 1, right
        (folder / name).write_text(program.replace(right, mistaken))
    settings = json.loads((folder / "tsconfig.json").read_text())
    (folder / "tsconfig.json").write_text(json.dumps({**settings, "files": [*wrong]}))
    refused = run(tsc, "--noEmit", "--pretty", "false", cwd=folder)
    errors = dict.fromkeys(wrong, "")
    for name, error in re.findall(r"^(\w+\.ts)(.+(?:\n .+)*)", refused.stdout, re.MULTILINE):
        errors[name] += error
    unexpected = {name: said for name, said in errors.items() if wrong[name][2] not in said}
    assert unexpected == {}, refused.stdout


def test_it_records(tmp_path: Path, api: SandboxApi) -> None:
    """The program, deployed where the CLI has its language host for Node.js."""
    if not (shutil.which(HOST) or (Path(cli.executable()).resolve().parent / HOST).exists()):
        pytest.skip(f"the Pulumi CLI has no {HOST} beside it, which only the released CLI has")
    example = Example(tmp_path, "typescript", api)
    install(example.folder)
    example.env["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    project = example.folder / "Pulumi.yaml"
    project.write_text(re.sub(r"packages:\n  .+\n", "", project.read_text()))  # the plugin is on PATH instead
    outputs = example.up()
    (recording,) = active(api)
    assert outputs == {"recording": recording["id"], "status": "RECORDING"}
    assert recording["layers"]["default"]["outputs"][0]["storage_config"]["bucket"] == "meeting-archive"
    assert b"amazon-secret-key" not in example.written()
    example.deploy("destroy")
    assert active(api) == []
