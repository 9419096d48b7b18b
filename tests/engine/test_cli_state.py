"""A state as the real file backend writes it is read, used, and written back with nothing lost."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.passphrase import PassphraseCrypter
from tests.engine.command_line import Folder
from tests.kit.engines import PASSPHRASE

STACK = "urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev"
PROVIDER = "urn:pulumi:dev::proj::pulumi:providers:pulumi-python::default"
PROVIDER_ID = "3ab15abd-69b3-4f17-bf46-3d2a22245826"
TYPE = "pulumi-python:dynamic/things:Thing"
MAGIC = hashlib.sha256(b"v3.260.0").hexdigest()
TIME = "2026-11-22T14:58:38.136694869Z"
TRACE = [{"sourcePosition": "project:///things.py#49"}, {"sourcePosition": "project:///__main__.py#4"}, {}, {}]
BODY = b"\x8c\x06things\x94\x8c\x04load\x94\x93\x94)R\x94."
PICKLE = base64.b64encode(b"\x80\x04\x95" + len(BODY).to_bytes(8, "little") + BODY).decode()


@pytest.fixture(scope="module")
def crypter() -> PassphraseCrypter:
    return PassphraseCrypter.new(PASSPHRASE)


def sealed(crypter: PassphraseCrypter, value: Any) -> dict[str, str]:
    ciphertext = crypter.encrypt(json.dumps(value, separators=(",", ":")))
    return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": ciphertext}


def written_by_the_cli(crypter: PassphraseCrypter) -> dict[str, Any]:
    def thing(name: str, **inputs: Any) -> dict[str, Any]:
        properties = {"__provider": PICKLE, "name": name, **inputs}
        return {
            "urn": f"urn:pulumi:dev::proj::{TYPE}::{name}",
            "custom": True,
            "id": f"id-{name}",
            "type": TYPE,
            "inputs": properties,
            "outputs": {**properties, "made": "hello"},
            "parent": STACK,
            "provider": f"{PROVIDER}::{PROVIDER_ID}",
            "propertyDependencies": {key: [] for key in properties},
            "created": TIME,
            "modified": TIME,
            "sourcePosition": "project:///things.py#49",
            "stackTrace": TRACE,
            "ofALaterVersion": {"a": [1, None, 1.5]},
        }

    token = sealed(crypter, "hunter2")
    a = thing(
        "a", token=token, deep={"hidden": sealed(crypter, {"of": ["hunter2"]}), "list": [1, 1.5]}, big=12345678901
    )
    return {
        "version": 3,
        "ofALaterVersion": ["x"],
        "checkpoint": {
            "stack": "organization/proj/dev",
            "latest": {
                "manifest": {"time": TIME, "magic": MAGIC, "version": "v3.260.0"},
                "secrets_providers": {"type": "passphrase", "state": {"salt": crypter.salt}},
                "resources": [
                    {
                        "urn": STACK,
                        "custom": False,
                        "type": "pulumi:pulumi:Stack",
                        "outputs": {"made": "hello", "token": sealed(crypter, "hunter2")},
                        "created": TIME,
                        "modified": TIME,
                        "stackTrace": TRACE,
                    },
                    {
                        "urn": PROVIDER,
                        "custom": True,
                        "id": PROVIDER_ID,
                        "type": "pulumi:providers:pulumi-python",
                        "inputs": {"proj:greeting": "hello"},
                        "outputs": {"proj:greeting": "hello"},
                        "created": TIME,
                        "modified": TIME,
                    },
                    a,
                    thing("b", size=1),
                ],
                "metadata": {"ofALaterVersion": True},
            },
        },
    }


@pytest.fixture
def folder(tmp_path: Path, crypter: PassphraseCrypter) -> Folder:
    made = Folder(tmp_path, salt=crypter.salt)
    made.stack_file(f"encryptionsalt: {crypter.salt}\nconfig:\n  greeting: hello\n")
    made.program(PROGRAM.format(size=1))
    made.checkpoint.parent.mkdir(parents=True)
    made.checkpoint.write_text(json.dumps(written_by_the_cli(crypter), separators=(",", ":")))
    made.checkpoint.with_name("dev.json.attrs").write_text('{"md5":"oZ+lm1/8cDrEstqUyZjUmA=="}')
    (made.state / ".pulumi" / "meta.yaml").write_text("version: 1\n")
    return made


PROGRAM = """
secret = pulumi.Output.secret
deep = {{'hidden': secret({{'of': ['hunter2']}}), 'list': [1, 1.5]}}
a = Thing('a', token=secret('hunter2'), deep=deep, big=12345678901)
Thing('b', size={size})
pulumi.export('made', a.made)
pulumi.export('token', secret('hunter2'))
"""
UNSTABLE = {"modified", "sourcePosition", "stackTrace", "propertyDependencies"}
"""Fields that every update writes anew."""


def opened(value: Any, crypter: PassphraseCrypter) -> Any:
    """The JSON with secrets opened, so that two ciphertexts of one text are equal."""
    if isinstance(value, list):
        return [opened(member, crypter) for member in value]
    if not isinstance(value, dict):
        return value
    if "ciphertext" in value:
        return {"<secret>": opened(json.loads(crypter.decrypt(value["ciphertext"])), crypter)}
    return {key: opened(member, crypter) for key, member in value.items() if key not in UNSTABLE}


def test_is_read_and_needs_no_change(folder: Folder) -> None:
    preview = folder.run("preview", "--expect-no-changes")
    assert preview.code == 0, preview.text
    assert "4 unchanged" in preview.out or "3 unchanged" in preview.out
    exported = json.loads(folder.run("stack", "export").out)
    assert exported["deployment"] == json.loads(folder.checkpoint.read_text())["checkpoint"]["latest"]
    assert folder.run("stack", "output", "--show-secrets", "token").out == "hunter2\n"


def test_is_used_and_written_back_with_nothing_lost(folder: Folder, crypter: PassphraseCrypter) -> None:
    before = opened(written_by_the_cli(crypter), crypter)
    folder.program(PROGRAM.format(size=2))
    up = folder.deploy("up")
    assert up.code == 0, up.text
    assert "    ~ 1 updated\n" in up.out
    after = opened(json.loads(folder.checkpoint.read_text()), crypter)
    assert (after["version"], after["ofALaterVersion"]) == (3, ["x"])
    one, other = before["checkpoint"]["latest"], after["checkpoint"]["latest"]
    assert other["metadata"] == {"ofALaterVersion": True}
    assert other["secrets_providers"] == one["secrets_providers"]
    assert other["manifest"].keys() == one["manifest"].keys()
    expected = {resource["urn"]: resource for resource in one["resources"]}
    b = one["resources"][-1]
    expected[b["urn"]] = {**b, "inputs": {**b["inputs"], "size": 2}, "outputs": {**b["outputs"], "size": 2}}
    assert {resource["urn"]: resource for resource in other["resources"]} == expected
    assert "hunter2" not in folder.checkpoint.read_text()
    assert not folder.checkpoint.with_name("dev.json.attrs").exists()


def test_a_destroy_of_it_leaves_the_rest_of_the_file(folder: Folder) -> None:
    assert folder.deploy("destroy").code == 0
    document = json.loads(folder.checkpoint.read_text())
    assert document["ofALaterVersion"] == ["x"]
    latest = document["checkpoint"]["latest"]
    assert (latest.get("resources", []), latest["metadata"]) == ([], {"ofALaterVersion": True})


def test_pending_operations_of_a_killed_cli_are_known_and_stay_as_with_the_cli(folder: Folder) -> None:
    document = json.loads(folder.checkpoint.read_text())
    latest = document["checkpoint"]["latest"]
    gone = {**latest["resources"].pop(), "id": ""}
    latest["pending_operations"] = [{"resource": gone, "type": "creating"}]
    folder.checkpoint.write_text(json.dumps(document))
    up = folder.deploy("up")
    assert up.code == 0, up.text
    assert "interrupted while creating" in up.text
    latest = json.loads(folder.checkpoint.read_text())["checkpoint"]["latest"]
    assert "id-b" in {resource.get("id") for resource in latest["resources"]}
    assert [operation["type"] for operation in latest["pending_operations"]] == ["creating"]


def test_a_resource_tainted_by_the_cli_is_replaced(folder: Folder) -> None:
    document = json.loads(folder.checkpoint.read_text())
    document |= {"version": 4, "features": ["taint"]}
    document["checkpoint"]["latest"]["resources"][-1]["taint"] = True
    folder.checkpoint.write_text(json.dumps(document))
    exported = folder.run("stack", "export").out
    assert (json.loads(exported)["version"], json.loads(exported)["features"]) == (4, ["taint"])
    assert folder.run("stack", "import", stdin=exported).code == 0
    assert json.loads(folder.checkpoint.read_text())["features"] == ["taint"]
    up = folder.deploy("up")
    assert up.code == 0, up.text
    assert "+-1 replaced" in up.out
    after = json.loads(folder.checkpoint.read_text())
    assert (after["version"], "features" in after) == (3, False)


@pytest.mark.parametrize("words", [("refresh",), ("up", "--target", "**::a"), ("destroy",)], ids=" ".join)
def test_dependencies_that_are_null_are_none(folder: Folder, words: tuple[str, ...]) -> None:
    document = json.loads(folder.checkpoint.read_text())
    for resource in document["checkpoint"]["latest"]["resources"][2:]:
        resource["propertyDependencies"] = dict.fromkeys(resource["inputs"])
    folder.checkpoint.write_text(json.dumps(document))
    result = folder.deploy(*words)
    assert result.code == 0, result.text


def test_pending_operations_do_not_outlive_an_export_and_import(folder: Folder) -> None:
    document = json.loads(folder.checkpoint.read_text())
    latest = document["checkpoint"]["latest"]
    gone = {**latest["resources"].pop(), "id": ""}
    latest["pending_operations"] = [{"resource": gone, "type": "creating"}]
    folder.checkpoint.write_text(json.dumps(document))
    assert "`python -m sandbox stack import --file F` clear them" in folder.deploy("up").text
    imported = folder.run("stack", "import", stdin=folder.run("stack", "export").out)
    assert (imported.code, imported.out) == (0, "Import complete.\n")
    assert imported.err == f"warning: removing pending operation 'creating' on '{gone['urn']}' from snapshot\n"
    assert "pending_operations" not in json.loads(folder.checkpoint.read_text())["checkpoint"]["latest"]


def test_a_state_that_contradicts_itself_is_not_used(folder: Folder) -> None:
    document = json.loads(folder.checkpoint.read_text())
    document["checkpoint"]["latest"]["resources"][-1]["dependencies"] = ["urn:pulumi:dev::proj::t:t:T::gone"]
    folder.checkpoint.write_text(json.dumps(document))
    for words in (["preview"], ["up", "--yes"], ["refresh", "--yes"], ["destroy", "--yes"]):
        result = folder.run(*words)
        assert result.code == 1
        assert f"{folder.checkpoint}: snapshot integrity failure; refusing to use it: resource " in result.text
        assert "dependency urn:pulumi:dev::proj::t:t:T::gone refers to missing resource" in result.text
    exported = folder.run("stack", "export")
    assert exported.code == 0
    refused = folder.run("stack", "import", stdin=exported.out)
    assert refused.code == 1
    assert "state file contains errors: resource " in refused.err
    assert "--force imports it all the same" in refused.err
    forced = folder.run("stack", "import", "--force", stdin=exported.out)
    assert (forced.code, forced.out) == (0, "Import complete.\n")
    assert forced.err.startswith("warning: state file contains errors: resource ")
