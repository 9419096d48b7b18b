"""Values on the wire: protobuf's Struct to and from the engine's own values.

Source: `sdk/go/common/resource/plugin/rpc.go` of pulumi/pulumi.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from sandbox.engine import signatures
from sandbox.engine.errors import UserError
from sandbox.engine.values import (
    UNKNOWN,
    OutputValue,
    PropertyMap,
    ResourceReference,
    Secret,
    Unknown,
    Value,
)

LARGEST_PLAIN_INTEGER = 1e21
"""From here on Go's JSON writes numbers with an exponent."""


class UnknownNotAllowedError(UserError):
    """A plugin returned an unknown value where nothing is unknown: outside of previews."""

    def __init__(self, key: str) -> None:
        super().__init__(f'unexpected unknown property value for "{key}"')


def read_properties(struct: struct_pb2.Struct, *, unknowns: bool = True) -> dict[str, Value]:
    """The Struct as values, secrets, references and output values recognised.

    Raises `UnknownNotAllowedError` for an unknown value unless `unknowns`, `UnsupportedValueError` for an asset.
    """
    return {key: _read(key, struct.fields[key], unknowns) for key in sorted(struct.fields)}


def _read(key: str, value: struct_pb2.Value, unknowns: bool) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        if value.string_value not in signatures.UNKNOWNS:
            return value.string_value
        if not unknowns:
            raise UnknownNotAllowedError(key)
        return UNKNOWN
    if kind == "number_value":
        return number(value.number_value)
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_read(key, member, unknowns) for member in value.list_value.values]
    if kind == "struct_value":
        return recognised(key, read_properties(value.struct_value, unknowns=unknowns))
    return None


def number(value: float) -> int | float:
    """A whole number as an int, as Go's JSON writes it; others as they are."""
    return int(value) if value.is_integer() and abs(value) < LARGEST_PLAIN_INTEGER else value


def recognised(key: str, fields: dict[str, Value]) -> Value:
    """A plain object as it is; one with a mark as what it stands for."""
    mark = fields.get(signatures.KEY)
    if mark is None:
        return fields
    if mark == signatures.SECRET:
        return _secret(fields["value"])
    if mark == signatures.OUTPUT_VALUE:
        return OutputValue(
            fields.get("value", UNKNOWN), bool(fields.get("secret")), tuple(fields.get("dependencies") or ())
        )
    if mark == signatures.RESOURCE_REFERENCE:
        id_ = fields.get("id")
        return ResourceReference(fields["urn"], UNKNOWN if id_ == "" else id_, fields.get("packageVersion") or "")
    kind = signatures.REFUSED.get(mark, f"values marked {mark}")
    raise signatures.UnsupportedValueError(kind, key)


def _secret(value: Value) -> Secret:
    return value if isinstance(value, Secret) else Secret(value)


def write_properties(values: PropertyMap, *, unknowns: bool, secrets: bool, references: bool) -> struct_pb2.Struct:
    """The values as a Struct.

    What is not known is left out unless `unknowns`; secrets are opened unless `secrets`; a reference to a resource
    becomes its id, a component's its URN, unless `references`.
    """
    struct = struct_pb2.Struct()
    writer = _Writer(unknowns, secrets, references)
    for key in sorted(values):
        writer.member(struct, key, values[key])
    return struct


class _Writer:
    def __init__(self, unknowns: bool, secrets: bool, references: bool) -> None:
        self.unknowns, self.secrets, self.references = unknowns, secrets, references

    def member(self, struct: struct_pb2.Struct, key: str, value: Value) -> None:
        value = self.plain(value)
        if self.unknowns or not isinstance(value, Unknown):
            self.fill(struct.fields[key], value)

    def plain(self, value: Value) -> Any:
        """The outermost layer made what a Struct can hold; an unknown stays unless it is written."""
        if isinstance(value, OutputValue):
            return self.plain(Secret(value.value) if value.secret else value.value)
        if isinstance(value, Secret):
            if not self.secrets:
                return self.plain(value.value)
            inner = self.plain(value.value)
            if isinstance(inner, Unknown) and not self.unknowns:
                return inner
            return {signatures.KEY: signatures.SECRET, "value": value.value}
        if isinstance(value, ResourceReference):
            return self.reference(value)
        return value

    def reference(self, value: ResourceReference) -> Any:
        if not self.references:
            return value.urn if value.id is None else self.plain(value.id)
        fields: dict[str, Value] = {signatures.KEY: signatures.RESOURCE_REFERENCE, "urn": value.urn}
        if value.id is not None:
            fields["id"] = "" if isinstance(value.id, Unknown) else value.id
        if value.package_version:
            fields["packageVersion"] = value.package_version
        return fields

    def fill(self, target: struct_pb2.Value, value: Any) -> None:
        if value is None:
            target.null_value = struct_pb2.NULL_VALUE
        elif isinstance(value, bool):
            target.bool_value = value
        elif isinstance(value, int | float):
            target.number_value = value
        elif isinstance(value, str):
            target.string_value = value
        elif isinstance(value, Unknown):
            target.string_value = signatures.UNKNOWN_STRING
        elif isinstance(value, Mapping):
            target.struct_value.SetInParent()
            for key in sorted(value):
                self.member(target.struct_value, key, value[key])
        else:
            target.list_value.SetInParent()
            for member in map(self.plain, value):
                if self.unknowns or not isinstance(member, Unknown):
                    self.fill(target.list_value.values.add(), member)
