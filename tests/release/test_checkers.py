"""What the checkers that others rely on say of what people install and copy: nothing."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.examples.gitops import GITOPS, WORKFLOWS
from tests.kit.cli import ROOT
from tests.release.command_line import run

ACTIONLINT = ROOT / "tests" / "release" / "actionlint"
TOOLS = Path(sys.executable).parent
COPIED = ("provider", "examples", "templates")
"""What ends up on other people's machines."""


def check(*words: str | Path, cwd: Path = ROOT) -> None:
    run(*words, cwd=cwd, env={**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"})


def test_zizmor() -> None:
    """Workflows: actions that are no commits, credentials that a checkout keeps, expressions in shells."""
    check("zizmor", "--offline", "--quiet", "--no-progress", ".github", "examples/gitops/.github")


def test_actionlint() -> None:
    """Workflows: syntax, expressions, the types of contexts."""
    if shutil.which("go") is None:
        pytest.skip("actionlint is a Go module, and there is no go on PATH")
    check("go", "tool", "actionlint", *WORKFLOWS, cwd=ACTIONLINT)


def test_bandit() -> None:
    """Python: findings of medium and high severity. One that is none says why where it stands (`# nosec`)."""
    check("bandit", "--quiet", "--severity-level", "medium", "--exclude", "*/.venv/*", "--recursive", *COPIED)


def test_pyroma() -> None:
    """The package's metadata: a rating of ten in ten."""
    check("pyroma", "--min", "10", "provider")


def test_yamllint() -> None:
    check("yamllint", "--strict", ".")


def test_codespell() -> None:
    check("codespell")


def test_workflows_are_github_s() -> None:
    check("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)


def test_the_gitlab_pipeline_is_gitlab_s() -> None:
    file = GITOPS / ".gitlab-ci.yml"
    check("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", file)


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("dependabot", "dependabot.yml"),
        ("github-issue-config", "ISSUE_TEMPLATE/config.yml"),
        ("github-issue-forms", "ISSUE_TEMPLATE/bug.yml"),
        ("github-issue-forms", "ISSUE_TEMPLATE/feature.yml"),
    ],
)
def test_github_s_own_files(schema: str, file: str) -> None:
    check("check-jsonschema", "--builtin-schema", f"vendor.{schema}", f".github/{file}")
