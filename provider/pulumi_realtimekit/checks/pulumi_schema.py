"""The schema of the native plugin, from which Pulumi makes the SDKs of other languages: made from the declarations.

It is pydantic's JSON Schema of them, in the words of Pulumi's metaschema: maps become object types, choices unions and
enums, and every name is in camelCase.
"""

import importlib.metadata
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulumi_realtimekit.checks.camel_case import text_in_camel_case
from pulumi_realtimekit.checks.validators import documented
from pulumi_realtimekit.declarations.recording import DEFAULTS, IDENTITY, TrackRecordingArgs, TrackRecordingOutputs
from pulumi_realtimekit.declarations.settings import NAMESPACE, PROVIDER_KEYS, Config, ProviderArgs
from pulumi_realtimekit.declarations.spelling import to_camel

VERSION: Final = importlib.metadata.version("pulumi-realtimekit")
"""An SDK asks the engine for the version of the schema that it is made from; without one, the engine refuses it."""
RESOURCE: Final = f"{NAMESPACE}:index:TrackRecording"
SECRETS: Final = frozenset({"apiToken", "storages", "downloadUrls"})
"""What is a secret as a whole; credentials are, wherever they are."""

Schema = dict[str, Any]
ANY: Final[Schema] = {"$ref": "pulumi.json#/Any"}


def text() -> str:
    """The schema as it is checked in, printed and served."""
    return json.dumps(package(), indent=2, ensure_ascii=False) + "\n"


def package() -> Schema:
    """The schema of the package."""
    types = _Types()
    config = types.properties(documented(Config).json_schema(), PROVIDER_KEYS)
    declared = types.properties(documented(TrackRecordingArgs).json_schema())
    arguments = {name: _argument(name, made) for name, made in declared.items()}
    outputs = documented(TrackRecordingOutputs).json_schema()
    known = types.properties(outputs)
    return {
        "name": NAMESPACE,
        "version": VERSION,
        "displayName": "RealtimeKit",
        "description": "RealtimeKit track recordings as Pulumi resources",
        "keywords": ["category/infrastructure", "kind/native", "cloudflare", "realtimekit", "recording"],
        "license": "Apache-2.0",
        "language": {
            "csharp": {"respectSchemaVersion": True},
            "go": {"respectSchemaVersion": True, "generateResourceContainerTypes": True},
            "nodejs": {"packageName": "pulumi-realtimekit", "respectSchemaVersion": True},
            "python": {"packageName": "pulumi_realtimekit_native", "respectSchemaVersion": True},
        },
        "config": {"variables": config},
        "provider": {"description": "An account to record in.", "inputProperties": {**config, **_own_inputs(types)}},
        "types": {f"{NAMESPACE}:index:{name}": made for name, made in sorted(types.made.items())},
        "resources": {
            RESOURCE: {
                "description": "A track recording of a RealtimeKit meeting: `pulumi up` starts it, `pulumi destroy` "
                "stops it.",
                "inputProperties": arguments,
                "requiredInputs": ["meetingId"],
                "properties": {**declared, **known},
                "required": sorted(map(to_camel, outputs["required"])),
            }
        },
    }


def _own_inputs(types: "_Types") -> dict[str, Schema]:
    """What an explicit provider is given. The schema requires it of none, since the default one may lack it."""
    declared = documented(ProviderArgs).json_schema()
    own = types.properties(declared, tuple(declared["required"]))
    return {
        name: {**made, "description": f"{made['description']}; required for an explicit provider"}
        for name, made in own.items()
    }


def _argument(name: str, made: Schema) -> Schema:
    """An argument with its default, and whether a change of it replaces.

    The engine takes `replaceOnChanges` literally: not for `layers`, whose credentials can be changed.
    """
    if name in map(to_camel, IDENTITY):
        return {**made, "willReplaceOnChanges" if name == "layers" else "replaceOnChanges": True}
    defaults = {to_camel(argument): value for argument, value in DEFAULTS.items()}
    return {**made, "default": defaults[name]} if name in defaults else made


class _Types:
    """The types that were met; made: by their names."""

    def __init__(self) -> None:
        self.made: dict[str, Schema] = {}
        self._definitions: Mapping[str, Schema] = {}

    def properties(
        self, declaration: Schema, names: tuple[str, ...] | None = None, owner: str = ""
    ) -> dict[str, Schema]:
        """The properties of a declaration, or those of these names.

        owner: begins the name of the enum that its `type` may be.
        """
        self._definitions = declaration.get("$defs", self._definitions)
        properties: Mapping[str, Schema] = declaration["properties"]
        return {
            to_camel(name): self._property(name, properties[name], owner)
            for name in names or properties
            if properties[name].get("type") != "null"
        }

    def _property(self, name: str, node: Schema, owner: str) -> Schema:
        kind = next(one for one in node.get("anyOf", [node]) if one != {"type": "null"})
        made = self._type(kind, f"{owner if name == 'type' else ''}{to_camel(f'_{name}')}")
        if "description" in node:
            made["description"] = text_in_camel_case(" ".join(node["description"].split()))
        is_secret = kind.get("writeOnly") or to_camel(name) in SECRETS
        return made | ({"secret": True} if is_secret else {})

    def _type(self, node: Schema, name: str) -> Schema:
        """The type of a value; name: what an enum is called."""
        if "$ref" in node:
            return {"$ref": self._object(node["$ref"])}
        if "oneOf" in node:
            return self._union(node, name)
        if "enum" in node:
            self.made[name] = {"type": "string", "enum": [{"value": value} for value in node["enum"]]}
            return {"$ref": _token(name)}
        if node["type"] == "array":
            return {"type": "array", "items": self._type(node["items"], name)}
        if node["type"] == "object":
            inner = node["additionalProperties"]
            return {
                "type": "object",
                "additionalProperties": ANY if inner is True else self._type(inner, name),
            }
        return {key: node[key] for key in ("type", "const") if key in node}

    def _union(self, node: Schema, name: str) -> Schema:
        kinds = list[Schema]()
        for kind in (self._type(one, name) for one in node["oneOf"]):
            kinds += [one for one in kind.get("oneOf", [kind]) if one not in kinds]
        if len(kinds) == 1:
            return kinds[0]
        tags = {tag: self._object(target) for tag, target in _mapping(node)}
        discriminator = {"discriminator": {"propertyName": "type", "mapping": tags}} if tags else {}
        return {"oneOf": kinds, **discriminator}

    def _object(self, reference: str | Schema) -> str:
        """The reference to an object type, made where it is met first; the two kinds of SFTP are one."""
        if not isinstance(reference, str):
            return self._object(reference["oneOf"][0]["$ref"])
        definition = reference.rsplit("/", 1)[-1]
        is_sftp = definition.startswith("SftpWith")
        name = "Sftp" if is_sftp else definition.replace("OutputArgs", "Output").removesuffix("Args")
        if name not in self.made:
            self.made[name] = {}  # it is known while it is made
            declaration = self._sftp() if is_sftp else self._definitions[definition]
            self.made[name] = {
                "description": declaration["description"],
                "type": "object",
                "properties": self.properties(declaration, owner=name),
                "required": sorted(map(to_camel, declaration.get("required", []))),
            }
        return _token(name)

    def _sftp(self) -> Schema:
        """One type for both ways of logging in: their tag, `type`, is the same."""
        key, password = self._definitions["SftpWithKeyArgs"], self._definitions["SftpWithPasswordArgs"]
        methods = [one["properties"]["auth_method"]["const"] for one in (key, password)]
        return {
            "description": "An SFTP server, logged in to with a private key or a password.",
            "properties": {
                **key["properties"],
                "auth_method": {"enum": methods},
                "password": {
                    **password["properties"]["password"],
                    "description": "the login's password, or the private key's passphrase, where it has one",
                },
            },
            "required": [*{*key["required"]} & {*password["required"]}],
        }


def _mapping(node: Schema) -> Iterator[tuple[str, Any]]:
    """The tags of a union, with what each stands for; those of a union in it are its own."""
    for one in (node, *node["oneOf"]):
        if "discriminator" in one:
            yield from one["discriminator"]["mapping"].items()
            return


def _token(name: str) -> str:
    return f"#/types/{NAMESPACE}:index:{name}"
