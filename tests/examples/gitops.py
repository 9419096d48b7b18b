"""The repository to copy that the pipelines deploy, and what its files hold."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.kit.cli import ROOT

GITOPS = ROOT / "examples" / "gitops"
WORKFLOWS = [*sorted((ROOT / ".github" / "workflows").glob("*")), *sorted((GITOPS / ".github" / "workflows").glob("*"))]
PIPELINES = [*sorted((GITOPS / ".github" / "workflows").glob("*")), GITOPS / ".gitlab-ci.yml"]
MANIFESTS = sorted((GITOPS / "kubernetes").glob("*.yaml"))
ACCESS = sorted((GITOPS / "kubernetes" / "access").glob("*.yaml"))
STACKS = sorted(re.fullmatch(r"Pulumi\.(.+)\.yaml", file.name)[1] for file in GITOPS.glob("Pulumi.*.yaml"))  # type: ignore[index]
SECRETS = {"CLOUDFLARE_API_TOKEN", "PULUMI_CONFIG_PASSPHRASE"}


def document(file: Path) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load(file.read_text())
    return content


def values(node: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a document, by the name that it stands under."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from values(value, str(key))
    elif isinstance(node, list):
        for value in node:
            yield from values(value, name)
    else:
        yield name, node
