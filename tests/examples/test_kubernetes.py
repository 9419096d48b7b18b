"""The cluster's files are what the operator expects, and the README deletes them in the order that stops recordings."""

import shlex
from pathlib import Path

import pytest
import yaml

from tests.examples.gitops import GITOPS, MANIFESTS, SECRETS, document
from tests.examples.readmes import blocks


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.name)
def test_the_operator_s_stack(file: Path) -> None:
    """Alone in its file, so that deleting what the file says takes nothing away that the destroy needs."""
    stack = document(file)
    account, binding = yaml.safe_load_all((file.parent / "access" / file.name).read_text())
    assert [one["kind"] for one in (account, binding, stack)] == ["ServiceAccount", "ClusterRoleBinding", "Stack"]
    assert stack["apiVersion"] == "pulumi.com/v1"
    spec = stack["spec"]
    project = document(GITOPS / "Pulumi.yaml")["name"]
    assert spec["stack"] == f"organization/{project}/{file.stem}"
    assert spec["serviceAccountName"] == account["metadata"]["name"] == binding["subjects"][0]["name"]
    assert spec["destroyOnFinalize"] is True
    assert spec["envRefs"].keys() == SECRETS
    given = {(reference["type"], reference["secret"]["name"]) for reference in spec["envRefs"].values()}
    assert given == {("Secret", f"recordings-{file.stem}")}


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.name)
def test_the_cluster_s_secret_is_what_the_readme_makes(file: Path) -> None:
    stack = document(file)
    name, namespace = f"recordings-{file.stem}", stack["metadata"]["namespace"]
    keys = {reference["secret"]["key"] for reference in stack["spec"]["envRefs"].values()}
    (command,) = [words for words in kubectl() if words[1:5] == ["create", "secret", "generic", name]]
    assert command[5:7] == ["-n", namespace]
    assert {word.split("=")[1] for word in command if word.startswith("--from-literal=")} == keys


def test_the_readme_ends_a_stack_before_what_its_destroy_needs() -> None:
    """kubectl waits for each object that it deletes to be gone, unless it is told not to."""
    deleted = [words[2:] for words in kubectl() if words[1] == "delete"]
    assert deleted == [
        ["-f", "kubernetes/prod.yaml"],
        ["-f", "kubernetes/access/prod.yaml"],
        ["secret", "recordings-prod", "-n", "recordings"],
    ]
    assert [path for words in deleted if words[0] == "-f" for path in words[1:] if not (GITOPS / path).is_file()] == []


def kubectl() -> list[list[str]]:
    """The commands of the README that talk to a cluster."""
    lines = "".join(block.commands for block in blocks(GITOPS / "README.md")).replace("\\\n", "").splitlines()
    return [words for words in map(shlex.split, lines) if words[0] == "kubectl"]
