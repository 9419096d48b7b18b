"""The checkpoint file of the file backend: JSON to and from a `Snapshot`.

Secrets are opened when it is read and sealed when it is written. What the engine does not use is kept as it stands.
Source: `pkg/resource/stack/{checkpoint,deployment}.go` of pulumi/pulumi.
"""

import hashlib
import json
import math
import struct
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from sandbox.engine import signatures
from sandbox.engine.errors import UserError
from sandbox.engine.state import PendingOperation, ResourceState, Snapshot
from sandbox.engine.values import UNKNOWN, OutputValue, ResourceReference, Secret, Unknown, Value
from sandbox.engine.wire_values import number, recognised
from sandbox.passphrase import Crypter

VERSION = 3
FEATURES_VERSION = 4
"""Of a file that holds what version 3 does not know, and names it in `features`."""
FEATURES: Mapping[str, str] = {"taint": "taint"}
"""The features that are implemented here, and the field of a resource that needs each."""
ENGINE_VERSION = "sandbox"

NAMES = {
    "urn": "urn",
    "custom": "custom",
    "delete": "delete",
    "id": "id",
    "type": "type",
    "inputs": "inputs",
    "outputs": "outputs",
    "parent": "parent",
    "protect": "protect",
    "taint": "taint",
    "external": "external",
    "dependencies": "dependencies",
    "initErrors": "init_errors",
    "provider": "provider",
    "propertyDependencies": "property_dependencies",
    "pendingReplacement": "pending_replacement",
    "additionalSecretOutputs": "additional_secret_outputs",
    "aliases": "aliases",
    "customTimeouts": "custom_timeouts",
    "importID": "import_id",
    "retainOnDelete": "retain_on_delete",
    "created": "created",
    "modified": "modified",
    "sourcePosition": "source_position",
    "ignoreChanges": "ignore_changes",
    "replaceOnChanges": "replace_on_changes",
}
"""Fields of a resource: their names in the file, in its order, and in `ResourceState`."""
LISTS = frozenset(
    {
        "dependencies",
        "init_errors",
        "additional_secret_outputs",
        "aliases",
        "ignore_changes",
        "replace_on_changes",
    }
)
"""Those of them that are lists of texts."""


class CheckpointError(UserError):
    """The file is not a checkpoint that this engine can read; the message says what is wrong with it."""


def load(data: bytes, crypter: Crypter) -> Snapshot:
    """The snapshot in the file's bytes. Raises `CheckpointError`."""
    document = _document(data)
    checkpoint = document.get("checkpoint") or {}
    latest = checkpoint.get("latest")
    snapshot = Snapshot(
        stack=checkpoint.get("stack") or "",
        deployed=latest is not None,
        file_extra=_without(document, "version", "features", "checkpoint"),
        checkpoint_extra=_without(checkpoint, "stack", "latest"),
    )
    if latest is None:
        return snapshot
    try:
        snapshot.resources = [read_resource(fields, crypter) for fields in latest.get("resources") or ()]
        snapshot.pending_operations = [
            PendingOperation(read_resource(operation["resource"], crypter), operation["type"])
            for operation in latest.get("pending_operations") or ()
        ]
    except (KeyError, TypeError, AttributeError, ValueError, struct.error) as error:
        raise CheckpointError(f"the state's resources are malformed: {error!r}") from error
    snapshot.manifest = latest.get("manifest") or {}
    snapshot.secrets_providers = latest.get("secrets_providers")
    snapshot.metadata = latest.get("metadata") or {}
    snapshot.extra = _without(latest, "resources", "pending_operations", "manifest", "secrets_providers", "metadata")
    return snapshot


def _document(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except ValueError as error:
        raise CheckpointError(f"the state is not JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("checkpoint"), dict | None):
        raise CheckpointError("the state is not a checkpoint: it should be an object with a 'checkpoint'")
    version = document.get("version")
    if version not in (VERSION, FEATURES_VERSION):
        raise CheckpointError(
            f"the state has version {version}, this engine reads the versions {VERSION} and {FEATURES_VERSION}"
        )
    features = document.get("features") if version == FEATURES_VERSION else ()
    unknown = [str(feature) for feature in features or () if feature not in FEATURES]
    if unknown:
        names = ", ".join(unknown)
        raise CheckpointError(f"the state needs features that the sandbox engine does not implement: {names}")
    return document


def _without(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key not in names}


def read_resource(fields: Mapping[str, Any], crypter: Crypter) -> ResourceState:
    """One resource from its JSON."""
    known = {NAMES[key]: value for key, value in fields.items() if key in NAMES and value is not None}
    for name in ("inputs", "outputs"):
        if name in known:
            known[name] = {key: read_value(key, value, crypter) for key, value in known[name].items()}
    # A nil slice of the real engine's is null; in a list or a map it means as much as an empty one.
    for name in LISTS & known.keys():
        known[name] = [member for member in known[name] if member is not None]
    if "property_dependencies" in known:
        known["property_dependencies"] = {key: links or [] for key, links in known["property_dependencies"].items()}
    if "custom_timeouts" in known:
        known["custom_timeouts"] = {key: seconds or 0 for key, seconds in known["custom_timeouts"].items()}
    known["extra"] = _without(fields, *NAMES)
    known.setdefault("custom", False)
    return ResourceState(**known)


def read_value(key: str, value: Any, crypter: Crypter) -> Value:
    """A value from its JSON, secrets opened."""
    if isinstance(value, str):
        return UNKNOWN if value == signatures.UNKNOWN_STRING else value
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list):
        return [read_value(key, member, crypter) for member in value]
    if not isinstance(value, dict):
        return value
    if value.get(signatures.KEY) == signatures.SECRET:
        plaintext = value.get("plaintext") or crypter.decrypt(value["ciphertext"])
        return Secret(read_value(key, json.loads(plaintext), crypter))
    if value.get(signatures.KEY) == signatures.NUMBER:
        return struct.unpack(">d", bytes.fromhex(value["value"]))[0]
    return recognised(key, {name: read_value(name, member, crypter) for name, member in value.items()})


def write_value(value: Value, crypter: Crypter | None) -> Any:
    """A value as JSON; without a crypter, inside a secret, nothing is sealed once more."""
    if isinstance(value, OutputValue):
        return write_value(Secret(value.value) if value.secret else value.value, crypter)
    if isinstance(value, Secret):
        inner = write_value(value.value, None)
        if crypter is None:
            return {signatures.KEY: signatures.SECRET, "plaintext": _json(inner)}
        return {signatures.KEY: signatures.SECRET, "ciphertext": crypter.encrypt(_json(inner))}
    if isinstance(value, Unknown):
        return signatures.UNKNOWN_STRING
    if isinstance(value, ResourceReference):
        fields = {signatures.KEY: signatures.RESOURCE_REFERENCE, "packageVersion": value.package_version}
        if value.id is not None:
            fields["id"] = "" if isinstance(value.id, Unknown) else value.id
        return {**fields, "urn": value.urn}
    if isinstance(value, Mapping):
        return {key: write_value(value[key], crypter) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [write_value(member, crypter) for member in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {signatures.KEY: signatures.NUMBER, "value": struct.pack(">d", value).hex()}
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write_resource(state: ResourceState, crypter: Crypter) -> dict[str, Any]:
    """One resource as JSON, empty fields left out as the real engine does."""
    fields: dict[str, Any] = {}
    for key, name in NAMES.items():
        value = getattr(state, name)
        if key in ("inputs", "outputs"):
            value = write_value(value, crypter)
        if value or key in ("urn", "custom", "type"):
            fields[key] = value
    return fields | dict(state.extra)


class Writer:
    """Writes the same stack again and again, serialising and sealing only what changed in between."""

    def __init__(self, crypter: Crypter, base: Snapshot) -> None:
        self.crypter, self.base = crypter, base

    def resource(self, state: ResourceState) -> bytes:
        """The resource's JSON on one line, kept at the state until a field of it is set."""
        if state.serialized is None:
            state.serialized = self.serialized(state)
        return state.serialized

    def serialized(self, state: ResourceState) -> bytes:
        return _json(write_resource(state, self.crypter)).encode()

    def checkpoint(self, resources: Iterable[ResourceState], operations: Iterable[PendingOperation]) -> bytes:
        """The whole file: a resource a line."""
        resources = list(resources)
        features = sorted(name for name, need in FEATURES.items() if any(getattr(state, need) for state in resources))
        latest = {
            "manifest": manifest(),
            "secrets_providers": {"type": "passphrase", "state": {"salt": self.crypter.salt}},
            "metadata": dict(self.base.metadata),
            **self.base.extra,
        }
        head = {
            **self.base.file_extra,
            "version": FEATURES_VERSION if features else VERSION,
            **({"features": features} if features else {}),
            "checkpoint": {"stack": self.base.stack, **self.base.checkpoint_extra, "latest": latest},
        }
        # The resources are appended to the object that closes last, before its three closing braces.
        opening = _json(head)[:-3].encode()
        lines = b",\n".join(map(self.resource, resources))
        pending = b",\n".join(
            b'{"type":' + _json(operation.type).encode() + b',"resource":' + self.resource(operation.resource) + b"}"
            for operation in operations
        )
        parts = [opening]
        if lines:
            parts += [b',\n"resources":[\n', lines, b"\n]"]
        if pending:
            parts += [b',\n"pending_operations":[\n', pending, b"\n]"]
        return b"".join([*parts, b"}}}\n"])


def manifest() -> dict[str, str]:
    """Who wrote the file, and when; `magic` is how the real engine sees that nobody changed the version by hand."""
    return {
        "time": now(),
        "magic": hashlib.sha256(ENGINE_VERSION.encode()).hexdigest(),
        "version": ENGINE_VERSION,
    }


def now() -> str:
    """The present in RFC 3339, UTC."""
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


def dump(snapshot: Snapshot, crypter: Crypter) -> bytes:
    """The snapshot as a file, with the manifest of this engine."""
    return Writer(crypter, snapshot).checkpoint(snapshot.resources, snapshot.pending_operations)
