"""Config keys and environment variables: the documents name those that there are, and no other."""

import re
from pathlib import Path

import pytest
from pulumi_realtimekit.declarations.settings import ENVIRONMENT, KEYS
from pulumi_realtimekit.plugin.connection import PROVIDER_NAME_KEY

from tests.docs.documents import DOCUMENTS, GUIDES, name
from tests.kit.cli import ROOT

OTHER_NAMES = {"TrackRecording", "index", PROVIDER_NAME_KEY.partition(":")[2]}
"""What stands behind `realtimekit:` without being a key: the resource's types, and what a provider tells itself."""


def keys_in(file: Path) -> set[str]:
    return set(re.findall(r"realtimekit:([A-Za-z]+)", file.read_text())) - OTHER_NAMES


@pytest.mark.parametrize("file", DOCUMENTS, ids=name)
def test_keys_exist(file: Path) -> None:
    assert keys_in(file) <= set(KEYS)


@pytest.mark.parametrize("file", [ROOT / "README.md", ROOT / "docs" / "configuration.md"], ids=name)
def test_every_key_is_named(file: Path) -> None:
    assert keys_in(file) >= set(KEYS)
    assert set(re.findall(r"`((?:CLOUDFLARE|REALTIMEKIT)_[A-Z_]+)`", file.read_text())) >= set(ENVIRONMENT.values())


@pytest.mark.parametrize("file", [file for file in DOCUMENTS if "webhook" not in file.parts], ids=name)
def test_environment_variables_exist(file: Path) -> None:
    named = set(re.findall(r"\b(?:CLOUDFLARE|REALTIMEKIT)_[A-Z_]+\b", file.read_text()))
    assert named - {"REALTIMEKIT_BUCKET"} <= set(ENVIRONMENT.values())


def test_the_guides_name_every_input() -> None:
    text = "".join(file.read_text() for file in GUIDES)
    for argument in ("desired_status", "when_idle", "when_active", "when_ended", "recording_id", "keep_download_urls"):
        assert text.count(f"`{argument}") > 1
