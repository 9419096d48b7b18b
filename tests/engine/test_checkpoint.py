"""The checkpoint file: what is read, what is written back, and what of it is kept."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine import checkpoint, signatures
from sandbox.engine.checkpoint import CheckpointError, Writer
from sandbox.engine.state import ResourceState, Snapshot
from sandbox.engine.values import UNKNOWN, ResourceReference, Secret
from sandbox.passphrase import PassphraseCrypter

STACK = "urn:pulumi:test::conf::pulumi:pulumi:Stack::conf-test"
PROBE = "urn:pulumi:test::conf::pulumi-python:dynamic/conformance:Probe::a"


@pytest.fixture(scope="module")
def crypter() -> PassphraseCrypter:
    return PassphraseCrypter.new("passphrase")


def sealed(crypter: PassphraseCrypter, value: Any) -> dict[str, str]:
    return {signatures.KEY: signatures.SECRET, "ciphertext": crypter.encrypt(json.dumps(value))}


def written_by_the_real_engine(crypter: PassphraseCrypter) -> dict[str, Any]:
    """A file as the CLI writes it, with fields that only it uses."""
    version = "v3.260.0"
    return {
        "version": 4,
        "checkpoint": {
            "stack": "organization/conf/test",
            "config": {"k:a": {"value": "1", "secret": False}},
            "latest": {
                "manifest": {
                    "time": "2026-08-21T19:18:00.123456789+02:00",
                    "magic": hashlib.sha256(version.encode()).hexdigest(),
                    "version": version,
                },
                "secrets_providers": {"type": "passphrase", "state": {"salt": crypter.salt}},
                "resources": [
                    {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": {"o": [1, None]}},
                    {
                        "urn": PROBE,
                        "custom": True,
                        "delete": True,
                        "id": "id-a",
                        "type": "pulumi-python:dynamic/conformance:Probe",
                        "inputs": {"n": 22.0, "f": 1.5, "big": 1e21, "s": sealed(crypter, {"deep": ["x"]})},
                        "outputs": {"l": [sealed(crypter, "y"), True], "unknown": signatures.UNKNOWN_STRING},
                        "parent": STACK,
                        "protect": True,
                        "taint": True,
                        "external": True,
                        "dependencies": [STACK],
                        "initErrors": ["one"],
                        "provider": "urn:pulumi:test::conf::pulumi:providers:pulumi-python::default::1",
                        "propertyDependencies": {"n": [STACK], "f": []},
                        "pendingReplacement": True,
                        "additionalSecretOutputs": ["l"],
                        "aliases": ["urn:old"],
                        "customTimeouts": {"create": 300, "delete": 1.5},
                        "importID": "imported",
                        "retainOnDelete": True,
                        "created": "2026-08-21T17:18:00Z",
                        "modified": "2026-08-21T17:18:01Z",
                        "sourcePosition": "project:///__main__.py#3",
                        "stackTrace": [{"sourcePosition": "project:///__main__.py#3"}],
                        "ignoreChanges": ["n"],
                        "replaceOnChanges": ["f"],
                        "hideDiff": ["f"],
                        "ofTheFuture": {"kept": [1, {"deep": None}]},
                    },
                ],
                "pending_operations": [
                    {"type": "creating", "resource": {"urn": PROBE, "custom": True, "type": "t", "future": 1}}
                ],
                "metadata": {"integrity_error": {"version": "3"}},
                "ofTheFuture": True,
            },
            "alsoOfTheFuture": [1],
        },
        "features": ["taint"],
        "thirdOfTheFuture": "x",
    }


def opened(value: Any, crypter: PassphraseCrypter) -> Any:
    if isinstance(value, dict) and value.get(signatures.KEY) == signatures.SECRET:
        return {"<secret>": json.loads(crypter.decrypt(value["ciphertext"]))}
    if isinstance(value, dict):
        return {key: opened(member, crypter) for key, member in value.items()}
    return [opened(member, crypter) for member in value] if isinstance(value, list) else value


def test_a_file_of_the_real_engine_comes_back_whole(crypter: PassphraseCrypter) -> None:
    original = written_by_the_real_engine(crypter)
    again = json.loads(checkpoint.dump(checkpoint.load(json.dumps(original).encode(), crypter), crypter))
    manifest = again["checkpoint"]["latest"].pop("manifest")
    original["checkpoint"]["latest"].pop("manifest")
    assert opened(again, crypter) == opened(original, crypter)
    assert manifest["magic"] == hashlib.sha256(manifest["version"].encode()).hexdigest()


def test_values_are_recognised(crypter: PassphraseCrypter) -> None:
    snapshot = checkpoint.load(json.dumps(written_by_the_real_engine(crypter)).encode(), crypter)
    probe = snapshot.resources[1]
    assert probe.inputs == {"n": 22, "f": 1.5, "big": 1e21, "s": Secret({"deep": ["x"]})}
    assert type(probe.inputs["n"]) is int
    assert probe.outputs == {"l": [Secret("y"), True], "unknown": UNKNOWN}
    assert (probe.delete, probe.taint, probe.protect, probe.pending_replacement) == (True, True, True, True)
    assert probe.custom_timeouts == {"create": 300, "delete": 1.5}
    assert probe.extra["ofTheFuture"] == {"kept": [1, {"deep": None}]}
    assert [operation.type for operation in snapshot.pending_operations] == ["creating"]
    assert snapshot.deployed


def test_a_stack_without_deployments_is_empty(crypter: PassphraseCrypter) -> None:
    data = json.dumps({"version": 3, "checkpoint": {"stack": "organization/conf/test"}}).encode()
    snapshot = checkpoint.load(data, crypter)
    assert (snapshot.stack, snapshot.resources, snapshot.deployed) == ("organization/conf/test", [], False)


def test_references_and_nested_secrets_survive(crypter: PassphraseCrypter) -> None:
    inputs = {
        "r": ResourceReference(PROBE, "id-a", "1.0"),
        "c": ResourceReference(STACK),
        "s": Secret({"inner": Secret("x"), "r": ResourceReference(PROBE, "id")}),
        "inf": float("inf"),
    }
    state = ResourceState(urn=PROBE, type="t", custom=True, inputs=inputs)
    data = checkpoint.dump(Snapshot(resources=[state]), crypter)
    assert checkpoint.load(data, crypter).resources[0].inputs == inputs


def test_no_plaintext_of_a_secret_is_written(crypter: PassphraseCrypter) -> None:
    inputs = {"a": [Secret({"deep": "CANARY"})], "b": Secret("CANARY")}
    state = ResourceState(urn=PROBE, type="t", custom=True, inputs=inputs, outputs=inputs)
    assert b"CANARY" not in checkpoint.dump(Snapshot(resources=[state]), crypter)


def test_a_shown_secret_is_read_and_sealed_again(crypter: PassphraseCrypter) -> None:
    file = written_by_the_real_engine(crypter)
    file["checkpoint"]["latest"]["resources"][1]["inputs"]["s"] = {
        signatures.KEY: signatures.SECRET,
        "plaintext": '"shown"',
    }
    snapshot = checkpoint.load(json.dumps(file).encode(), crypter)
    assert snapshot.resources[1].inputs["s"] == Secret("shown")
    assert b"shown" not in checkpoint.dump(snapshot, crypter)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not JSON"),
        (b'{"version": 3, "chec', "not JSON"),
        (b"[]", "not a checkpoint"),
        (b'{"version": 3, "checkpoint": []}', "not a checkpoint"),
        (b'{"version": 5, "checkpoint": {}}', "version 5"),
        (b'{"version": 4, "features": ["taint", "hooks", "views"], "checkpoint": {}}', "implement: hooks, views"),
        (b'{"checkpoint": {}}', "version None"),
        (b'{"version": 3, "checkpoint": {"latest": {"resources": [{"custom": true}]}}}', "malformed"),
        (b'{"version": 3, "checkpoint": {"latest": {"resources": [1]}}}', "malformed"),
        (b'{"version": 3, "checkpoint": {"latest": {"pending_operations": [{}]}}}', "malformed"),
    ],
)
def test_what_is_no_checkpoint_is_said_so(data: bytes, says: str, crypter: PassphraseCrypter) -> None:
    with pytest.raises(CheckpointError, match=says):
        checkpoint.load(data, crypter)


def test_version_4_lasts_as_long_as_something_needs_it(crypter: PassphraseCrypter) -> None:
    snapshot = checkpoint.load(json.dumps(written_by_the_real_engine(crypter)).encode(), crypter)
    snapshot.resources[1].taint = False
    again = json.loads(checkpoint.dump(snapshot, crypter))
    assert (again["version"], again.get("features")) == (3, None)


def test_null_is_an_empty_list_wherever_a_list_may_be(crypter: PassphraseCrypter) -> None:
    file = written_by_the_real_engine(crypter)
    fields = file["checkpoint"]["latest"]["resources"][1]
    fields |= {"propertyDependencies": {"n": None, "f": [STACK]}, "dependencies": None, "aliases": [None]}
    fields |= {"customTimeouts": {"create": None}, "initErrors": None, "inputs": {"n": None}}
    state = checkpoint.load(json.dumps(file).encode(), crypter).resources[1]
    assert state.property_dependencies == {"n": [], "f": [STACK]}
    assert (list(state.dependencies), list(state.aliases), list(state.init_errors)) == ([], [], [])
    assert state.custom_timeouts == {"create": 0}
    assert state.inputs == {"n": None}


def test_what_did_not_change_is_not_serialised_again(crypter: PassphraseCrypter) -> None:
    states = [ResourceState(urn=f"{PROBE}{i}", type="t", custom=True, inputs={"s": Secret(i)}) for i in range(3)]
    writer = Writer(crypter, Snapshot())
    first = writer.checkpoint(states, [])
    kept = [state.serialized for state in states]
    states[1].delete = True
    second = writer.checkpoint(states, [])
    assert [state.serialized == before for state, before in zip(states, kept, strict=True)] == [True, False, True]
    assert json.loads(first)["checkpoint"]["latest"]["resources"][1].get("delete") is None
    assert json.loads(second)["checkpoint"]["latest"]["resources"][1]["delete"] is True


def test_the_file_is_a_resource_a_line(crypter: PassphraseCrypter, tmp_path: Path) -> None:
    states = [ResourceState(urn=f"{PROBE}{i}", type="t", custom=True) for i in range(3)]
    lines = checkpoint.dump(Snapshot(resources=states), crypter).decode().splitlines()
    assert sum(PROBE in line for line in lines) == 3
