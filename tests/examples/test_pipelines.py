"""The pipelines hold what their README says; tests/release has their systems' own checks."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.examples.gitops import ACCESS, GITOPS, MANIFESTS, PIPELINES, SECRETS, STACKS, document, values
from tests.kit.cli import ROOT

CHANGING = re.compile(r"pulumi (up|refresh|destroy|import|state|cancel|config set|stack (init|rm|import))")


VERSION = re.compile(r"3\.\d+\.\d+")
"""Of the Pulumi CLI, in full."""


def test_every_pipeline_has_the_same_cli() -> None:
    """In one place of each file: what it names there, its steps take from there."""
    webhook = ROOT / "examples" / "webhook" / "Dockerfile"
    named = {file: VERSION.findall(file.read_text()) for file in [*PIPELINES, *MANIFESTS, webhook]}
    assert {len(versions) for versions in named.values()} == {1}
    assert len({version for versions in named.values() for version in versions}) == 1
    for _, job in jobs():
        pulumi = [step for step in job["steps"] if str(step.get("uses")).startswith("pulumi/actions@")]
        assert pulumi
        assert all(step["with"]["pulumi-version"] == "${{ env.PULUMI_VERSION }}" for step in pulumi)


def workflow(name: str) -> dict[Any, Any]:
    return document(GITOPS / ".github" / "workflows" / f"{name}.yaml")


def jobs() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in ("recordings", "drift"):
        yield from workflow(name)["jobs"].items()


def test_every_stack_is_deployed_everywhere() -> None:
    assert all(job["strategy"]["matrix"]["stack"] == STACKS for _, job in jobs())
    gitlab = document(GITOPS / ".gitlab-ci.yml")
    assert gitlab["drift"]["parallel"]["matrix"] == [{"STACK": STACKS}]
    for job in ("preview", "up"):
        assert [gitlab[f"{job}-{stack}"]["variables"]["STACK"] for stack in STACKS] == STACKS
    assert [file.stem for file in MANIFESTS] == [file.stem for file in ACCESS] == STACKS


def test_forks_and_dependabot_get_no_secret() -> None:
    """GitLab runs a fork's pipeline in the fork, where CI_PROJECT_ID is the fork's own."""
    triggers = workflow("recordings")[True]  # YAML 1.1 reads the key `on` so
    assert "pull_request_target" not in triggers
    preview = workflow("recordings")["jobs"]["preview"]
    assert preview["if"].split(" && ") == [
        "github.event_name == 'pull_request'",
        "github.event.pull_request.head.repo.full_name == github.repository",
        "github.actor != 'dependabot[bot]'",
    ]
    gitlab = document(GITOPS / ".gitlab-ci.yml")
    for (rule,) in (gitlab[f"preview-{stack}"]["rules"] for stack in STACKS):
        assert rule["if"].split(" && ") == [
            '$CI_PIPELINE_SOURCE == "merge_request_event"',
            "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID",
        ]


def test_each_kind_of_job_has_an_environment_of_its_own() -> None:
    """What a branch can run has none of a deployment's secrets, and a schedule waits for no reviewer."""
    assert {name: job["environment"] for name, job in jobs()} == {
        "preview": "${{ matrix.stack }}-preview",
        "up": "${{ matrix.stack }}",
        "report": "${{ matrix.stack }}-drift",
    }
    gitlab = document(GITOPS / ".gitlab-ci.yml")
    named = [gitlab[job]["environment"]["name"] for job in (".preview", ".up", "drift")]
    assert named == ["$STACK-preview", "$STACK", "$STACK-drift"]
    table = (GITOPS / "README.md").read_text()
    assert [
        name for stack in STACKS for name in (stack, f"{stack}-preview", f"{stack}-drift") if f"`{name}`" not in table
    ] == []


def test_somebody_looks_before_prod_is_previewed() -> None:
    """GitHub asks the environment's reviewers by itself; on GitLab those who may deploy start the job."""
    (rule,) = document(GITOPS / ".gitlab-ci.yml")["preview-prod"]["rules"]
    assert (rule["when"], rule["allow_failure"]) == ("manual", True)


def test_the_drift_run_has_no_passphrase() -> None:
    assert "PULUMI_CONFIG_PASSPHRASE" not in (GITOPS / ".github" / "workflows" / "drift.yaml").read_text()


def test_a_pull_request_gets_a_comment() -> None:
    preview = workflow("recordings")["jobs"]["preview"]
    (step,) = [step for step in preview["steps"] if str(step.get("uses")).startswith("pulumi/actions@")]
    assert step["with"] | {"command": "preview", "comment-on-pr": True} == step["with"]
    assert preview["permissions"]["pull-requests"] == "write"


def test_a_deployment_is_alone_and_never_cancelled() -> None:
    up = workflow("recordings")["jobs"]["up"]
    assert up["concurrency"] == {"group": "recordings-${{ matrix.stack }}", "cancel-in-progress": False}
    assert up["strategy"]["max-parallel"] == 1
    job = document(GITOPS / ".gitlab-ci.yml")[".up"]
    assert (job["resource_group"], job["interruptible"]) == ("$STACK", False)


def test_a_stack_is_deployed_when_those_before_it_are() -> None:
    gitlab = document(GITOPS / ".gitlab-ci.yml")
    assert gitlab["up-prod"]["needs"] == ["up-dev"]
    ups = {name: job for name, job in gitlab.items() if name.startswith("up")}
    assert all(job["extends"] == ".up" and "parallel" not in job for job in ups.values())
    assert workflow("recordings")["jobs"]["up"]["strategy"].get("fail-fast", True)


def test_a_drift_run_only_reports() -> None:
    text = (GITOPS / ".github" / "workflows" / "drift.yaml").read_text()
    scripts = [text, *document(GITOPS / ".gitlab-ci.yml")["drift"]["script"]]
    assert not [script for script in scripts if CHANGING.search(script)]
    assert not [step for step in workflow("drift")["jobs"]["report"]["steps"] if "command" in step.get("with", {})]


@pytest.mark.parametrize("file", PIPELINES, ids=lambda file: file.name)
def test_secrets_are_the_system_s(file: Path) -> None:
    found = {(name, value) for name, value in values(document(file)) if name in SECRETS}
    assert found <= {(name, f"${{{{ secrets.{name} }}}}") for name in SECRETS}
    assert "AWS_SECRET_ACCESS_KEY" not in file.read_text()


@pytest.mark.parametrize("name", ["recordings", "drift"])
def test_a_secret_is_given_to_the_step_that_needs_it(name: str) -> None:
    found = workflow(name)
    jobs = found["jobs"].values()
    given = [*found.get("env", {}), *(variable for job in jobs for variable in job.get("env", {}))]
    assert SECRETS.isdisjoint(given)
    steps = [step for job in jobs for step in job["steps"] if SECRETS & step.get("env", {}).keys()]
    assert steps
    assert [step for step in steps if "command" not in step.get("with", {}) and "run" not in step] == []
    assert [step for step in steps if "pip install" in step.get("run", "")] == []


@pytest.mark.parametrize("file", sorted(GITOPS.glob("Pulumi.*.yaml")), ids=lambda file: file.name)
def test_stack_files_hold_no_secret(file: Path) -> None:
    names = {name for name, _ in values(document(file))}
    assert names.isdisjoint({"realtimekit:apiToken", "access_key", "secret", "password", "private_key", "secure"})


def test_every_file_is_in_the_readme() -> None:
    text = (GITOPS / "README.md").read_text()
    for file in [*PIPELINES, *MANIFESTS, *ACCESS, *GITOPS.glob("*.py"), *GITOPS.glob("Pulumi.*.yaml")]:
        if file.name != "__main__.py":
            assert f"({file.relative_to(GITOPS)})" in text
