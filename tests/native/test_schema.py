"""The plugin's schema: as it is checked in, valid by Pulumi's own metaschema, and what SDKs are made from."""

import importlib.metadata
import json
import runpy
import subprocess
import sys
from pathlib import Path

from pulumi_realtimekit.checks import pulumi_schema
from pulumi_realtimekit.declarations.storages import CREDENTIALS, STORAGE_TYPES

from tests.kit import cli
from tests.kit.cli import ROOT
from tests.kit.project import settings
from tests.native.yaml_project import EXECUTABLES, PLUGIN

FILE = ROOT / "provider" / "pulumi_realtimekit" / "pulumi-schema.json"
SCHEMA = json.loads(FILE.read_text())
TYPES = {token.rsplit(":", 1)[-1]: made for token, made in SCHEMA["types"].items()}
RECORDING = SCHEMA["resources"]["realtimekit:index:TrackRecording"]


def test_what_is_checked_in_is_what_the_declarations_say() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "pulumi_realtimekit", "schema", "--pulumi"], capture_output=True, text=True, check=True
    )
    assert printed.stdout == FILE.read_text() == pulumi_schema.text(), "run `make generated`"


def test_what_is_served_is_what_is_checked_in(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    served = cli.run(folder, "package", "get-schema", str(EXECUTABLES / PLUGIN), env=settings(folder))
    assert served.code == 0, served.text
    assert json.loads(served.out)["version"] == SCHEMA["version"] == importlib.metadata.version("pulumi-realtimekit")


def test_the_reference_is_made_from_it() -> None:
    page = ROOT / "docs" / "plugin-reference.md"
    made = runpy.run_path(str(page.with_name("plugin_reference.py")))["page"]()
    assert made == page.read_text(), "run `python docs/plugin_reference.py`"


def test_it_is_valid(tmp_path: Path) -> None:
    """By the metaschema that the CLI holds."""
    (tmp_path / "project").mkdir()
    checked = cli.run(tmp_path / "project", "schema", "check", str(FILE), env=settings(tmp_path / "project"))
    assert checked.code == 0, checked.text
    assert "warning" not in checked.text


def test_what_an_explicit_provider_takes_from_nowhere_else_is_said_to_be_required() -> None:
    """Of the stack's config, the same keys have an environment variable."""
    given, config = SCHEMA["provider"]["inputProperties"], SCHEMA["config"]["variables"]
    said = {name: one["description"] for name, one in given.items()}
    required = {name for name, text in said.items() if text.endswith("; required for an explicit provider")}
    assert required == {"accountId", "apiToken"}
    assert {name for name in required if "environment" in said[name]} == set()
    assert {name for name in config if "environment" in config[name]["description"]} == {*required, "appId", "baseUrl"}


def test_outputs_are_a_union_told_apart_by_their_type() -> None:
    outputs = TYPES["Layer"]["properties"]["outputs"]["items"]
    assert outputs["oneOf"][0] == {"type": "string"}
    assert outputs["discriminator"]["propertyName"] == "type"
    assert outputs["discriminator"]["mapping"]["STORAGE_CONFIG"] == "#/types/realtimekit:index:StorageOutput"
    storages = TYPES["StorageOutput"]["properties"]["storageConfig"]["discriminator"]["mapping"]
    assert storages.keys() == {*STORAGE_TYPES}
    assert {TYPES[token.rsplit(":", 1)[-1]]["properties"]["type"]["const"] for token in storages.values()} == {
        *STORAGE_TYPES
    }


def test_credentials_are_secrets() -> None:
    camel = {
        "accessKey" if name == "access_key" else "privateKey" if name == "private_key" else name for name in CREDENTIALS
    }
    found = {
        (name, is_secret)
        for made in TYPES.values()
        for name, field in made.get("properties", {}).items()
        for is_secret in [field.get("secret", False)]
        if name in camel
    }
    assert found == {(name, True) for name in camel}
    assert RECORDING["properties"]["downloadUrls"]["secret"] is True
    assert SCHEMA["provider"]["inputProperties"]["apiToken"]["secret"] is True


def test_what_replaces() -> None:
    """Not `layers`: the engine would restart a recording for a credential."""
    replacing = {name for name, field in RECORDING["inputProperties"].items() if field.get("replaceOnChanges")}
    assert replacing == {"meetingId", "maxSeconds", "userIds", "accountId", "appId"}
