"""The JSON Schema of a stack file, for editors: `Pulumi.<stack>.yaml` whole, what is not `realtimekit:` left alone.

It is what the declarations accept, written as a file holds it: a string may be encrypted, and a credential must be. It
may also be absent: set later, or left to an ESC environment, whose maps are merged with the file's. Both spellings of
a field are accepted, and the API's is suggested. It is of draft 7, which all editors know.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from pulumi_realtimekit.checks.messages import NAMED
from pulumi_realtimekit.declarations.fields import adapter
from pulumi_realtimekit.declarations.settings import KEYS, NAMESPACE, Config
from pulumi_realtimekit.declarations.spelling import to_camel
from pulumi_realtimekit.declarations.storages import CREDENTIALS

ENCRYPTED: Final = {"$ref": "#/definitions/Encrypted"}
LIMITS: Final = {"gt": "exclusiveMinimum", "ge": "minimum", "le": "maximum"}
"""What pydantic leaves in its own words where a function precedes the check."""
DRAFT: Final = "http://json-schema.org/draft-07/schema#"


class _Generator(GenerateJsonSchema):
    """pydantic's generator, with what a stack file is beyond the models."""

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        union = super().tagged_union_schema(schema)
        union.pop("discriminator", None)  # a word of OpenAPI's
        return union

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False  # the field's name with capitals says nothing more

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        made = super().typed_dict_schema(schema)
        for field in made["properties"].values():
            if "description" in field:
                field["description"] = " ".join(field["description"].split())
        return made if schema["cls"] is Config else _in_both_spellings(made)


def stack_schema() -> dict[str, Any]:
    """The schema of a stack file."""
    config = adapter(Config).json_schema(schema_generator=_Generator, ref_template="#/definitions/{model}")
    definitions = config.pop("$defs")
    properties: Mapping[str, Any] = config["properties"]
    keys = {f"{NAMESPACE}:{key}": _top_level(key, properties[key]) for key in KEYS}
    return {
        "$schema": DRAFT,
        "title": "Stack file of a program that uses pulumi-realtimekit",
        "type": "object",
        "properties": {
            "config": {
                "type": ["object", "null"],
                "properties": _encryptable(keys),
                "patternProperties": {f"^{NAMESPACE}:(?!({'|'.join(KEYS)})$)": False},
            }
        },
        "definitions": {**_encryptable(definitions), "Encrypted": _ENCRYPTED_NODE},
    }


def text() -> str:
    """The schema as it is checked in."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"


_ENCRYPTED_NODE: Final = {
    "description": "written by `pulumi config set --secret`",
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


_MAP_IN_JSON: Final[JsonSchemaValue] = {
    "type": "string",
    "pattern": r'^(?![\s\S]*"(access_?[kK]ey|secret|password|private_?[kK]ey)")\s*\{[\s\S]*\}\s*$',
}
"""One without a credential, which would stand in the clear."""
_TEXTS: Final[Mapping[str, JsonSchemaValue]] = {
    "accountId": {"type": "integer"},
    "appId": {"type": "integer"},
    "requestLimit": {"type": "string", "pattern": r"^(0|[1-9]\d*)(\.0+)?([eE]\+?\d)?$"},
    "timeoutSeconds": {
        "type": "string",
        "pattern": r"^(?!0(\.0+)?$)((0|[1-9]\d{0,3}|[1-7]\d{4}|8[0-5]\d{3}|86[0-3]\d{2})(\.\d+)?|86400(\.0+)?)$",
    },
    "storages": {"type": "string", "pattern": r"^\s*\{\s*\}\s*$"},
    "layers": _MAP_IN_JSON,
    "recordings": _MAP_IN_JSON,
}
"""As what else a key may stand in a file: the CLI hands over a string of digits as such, and decodes numbers and maps
that are strings. A map of storages in a string would hold its credentials in the clear."""


def _top_level(key: str, made: JsonSchemaValue) -> JsonSchemaValue:
    """A key's schema: empty counts as absent, and `pulumi config set` may encrypt maps whole."""
    kinds = [kind for kind in made["anyOf"] if kind != {"type": "null"}]
    kinds += [_TEXTS[key]] if key in _TEXTS else []
    kinds += [ENCRYPTED] if key in NAMED else []
    return {"description": made["description"], "anyOf": [*kinds, {"const": ""}, {"type": "null"}]}


def _in_both_spellings(made: JsonSchemaValue) -> JsonSchemaValue:
    """camelCase beside the API's spelling: accepted, but not suggested."""
    properties: dict[str, Any] = {}
    for name, field in made["properties"].items():
        properties[name] = field
        if to_camel(name) != name:
            properties[to_camel(name)] = {**field, "doNotSuggest": True}
    required = [name for name in made.pop("required", []) if name not in CREDENTIALS]
    simple = [name for name in required if to_camel(name) == name]
    either: list[dict[str, Any]] = [
        {"anyOf": [{"required": [n]}, {"required": [to_camel(n)]}]} for n in required if n not in simple
    ]
    either += [{"not": {"required": [name, to_camel(name)]}} for name in made["properties"] if to_camel(name) != name]
    made["properties"] = properties
    return made | ({"required": simple} if simple else {}) | ({"allOf": either} if either else {})


def _encryptable(node: Any) -> Any:
    """Strings that may be encrypted, and credentials that must be: an empty one, where it may be, is none."""
    if isinstance(node, list):
        return [_encryptable(item) for item in node]
    if not isinstance(node, dict):
        return node
    about = {name: node[name] for name in ("description", "doNotSuggest") if name in node}
    if node.get("writeOnly"):
        return about | {"anyOf": [ENCRYPTED] if node.get("minLength") else [ENCRYPTED, {"const": ""}]}
    if node.get("type") == "string" and not node.keys() & {"const", "enum"}:
        return about | {"anyOf": [{name: item for name, item in node.items() if name not in about}, ENCRYPTED]}
    made = {
        LIMITS.get(name, name): item if name == "propertyNames" else _encryptable(item) for name, item in node.items()
    }
    return made | {"anyOf": [*_flat(made["anyOf"])]} if "anyOf" in made else made


def _flat(kinds: Iterable[JsonSchemaValue]) -> Iterator[JsonSchemaValue]:
    for kind in kinds:
        yield from kind["anyOf"] if kind.keys() == {"anyOf"} else [kind]
