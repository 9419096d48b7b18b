"""A release: the workflow's own commands, run here, the address of the repository, and what Dependabot looks at."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.examples.gitops import document
from tests.kit.cli import ROOT

VERSION = version("pulumi-realtimekit")
(REPOSITORY,) = re.findall(r'^Repository = "(.+)"$', (ROOT / "provider" / "pyproject.toml").read_text(), re.MULTILINE)
SERVER, ORGANIZATION, NAME = REPOSITORY.rsplit("/", 2)

RELEASE = ROOT / ".github" / "workflows" / "release.yaml"
STEPS: Mapping[str, str] = {
    step["name"]: step["run"] for step in document(RELEASE)["jobs"]["build"]["steps"] if "run" in step
}


def release(folder: Path, *steps: str, tag: str, owner: str = ORGANIZATION) -> "subprocess.CompletedProcess[str]":
    """Runs steps of the job `build` as GitHub's runner does, in a copy of what is published."""
    if not (folder / "provider").exists():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "provider", folder / "provider", ignore=ignored)
        shutil.copy(ROOT / "CHANGELOG.md", folder)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_REF_NAME": tag,
        "GITHUB_SERVER_URL": SERVER,
        "GITHUB_REPOSITORY": f"{owner}/{NAME}",
    }
    script = "\n".join(STEPS[step] for step in steps).replace("-m build provider", "-m build --no-isolation provider")
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def released(changelog: str) -> Sequence[str]:
    """The versions with a section of their own, the newest first."""
    return re.findall(r"^## (\d+\.\d+\.\d+) - ", changelog, re.MULTILINE)


def test_building_and_checking(tmp_path: Path) -> None:
    built = release(tmp_path, "Build", "Check", tag=f"v{VERSION}")
    assert built.returncode == 0, built.stdout + built.stderr
    assert len(list((tmp_path / "dist").iterdir())) == 2
    assert release(tmp_path, "Check", tag="v99.0.0").returncode != 0
    assert release(tmp_path, "Check", tag=f"v{VERSION}", owner="somebody-else").returncode != 0


def test_the_version_is_one_that_is_not_released_yet() -> None:
    """Or pip would take an installed release for what stands here, and not install it."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    newest, *earlier = released(changelog)
    assert VERSION not in earlier
    assert (newest != VERSION) == ("\n## Unreleased\n" in changelog)


def test_the_notes_are_the_changelog_s(tmp_path: Path) -> None:
    notes = "Take the notes from the changelog"
    changelog = (ROOT / "CHANGELOG.md").read_text()
    first = released(changelog)[-1]
    taken = release(tmp_path, notes, tag=f"v{first}")
    assert taken.returncode == 0, taken.stderr
    text = (tmp_path / "notes.md").read_text()
    assert text.strip() in changelog
    assert "- `TrackRecording`" in text
    assert "\n## " not in text
    assert release(tmp_path, notes, tag="v99.0.0").returncode != 0


def test_a_release_is_published_once_everything_passed() -> None:
    jobs = document(RELEASE)["jobs"]
    assert set(jobs["pypi"]["needs"]) == {"test", "build", "site"}
    assert {name for name, job in jobs.items() if job.get("needs") == "pypi"} == {"github", "pages"}


def test_the_address_of_the_repository_is_the_same_everywhere() -> None:
    listed = subprocess.run(
        ["git", "grep", "-hoE", r"[a-z+]*://[A-Za-z0-9_.-]+/([A-Za-z0-9_.-]+/)?pulumi-realtimekit\b"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode > 1:
        pytest.skip("this is no git repository")
    addresses = {REPOSITORY, f"git+{REPOSITORY}", REPOSITORY.replace("github.com", "raw.githubusercontent.com")}
    site = f"https://{ORGANIZATION}.github.io/pulumi-realtimekit"
    assert set(listed.stdout.splitlines()) == {*addresses, site}


@pytest.mark.parametrize(
    ("ecosystem", "manifests"),
    [
        ("docker", ("Dockerfile",)),
        ("github-actions", (".github/workflows/*.yaml", "*.yaml")),
        ("gomod", ("go.mod",)),
        ("pip", ("requirements.txt", "pyproject.toml")),
    ],
)
def test_dependabot_looks_where_something_is(ecosystem: str, manifests: Sequence[str]) -> None:
    updates = document(ROOT / ".github" / "dependabot.yml")["updates"]
    (named,) = [update["directories"] for update in updates if update["package-ecosystem"] == ecosystem]
    folders = [ROOT / folder.removeprefix("/") for folder in named]
    assert [folder for folder in folders if not any(list(folder.glob(manifest)) for manifest in manifests)] == []
    if ecosystem == "gomod":
        assert {file.parent for part in ("sandbox", "tests") for file in (ROOT / part).rglob("go.mod")} == set(folders)


def test_the_devcontainer_makes_what_there_is() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    command = [*container["postCreateCommand"].split(), "--dry-run"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
