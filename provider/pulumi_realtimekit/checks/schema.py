"""The JSON Schema of a stack file, for editors: `Pulumi.<stack>.yaml` whole, what is not `realtimekit:` left alone.

It is what the declarations accept, written as a file holds it: a string may be encrypted, and a credential must be. It
may also be absent: set later, or left to an ESC environment, whose maps are merged with the file's. Both spellings of
a field are accepted, and the API's is suggested. It is of draft 7, which all editors know.

A validator's message about `anyOf` says only that nothing matched, and most others quote the value, which may be a
secret. So `if` tells alternatives apart, and a `const` stands where the value may be a secret: its message quotes only
what is expected.
"""

import json
from collections.abc import Mapping
from importlib.metadata import metadata
from typing import Any, Final

from pulumi_realtimekit.checks.validators import documented

# isort: split
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from pulumi_realtimekit.checks.problems import NAMED, set_credential, set_value
from pulumi_realtimekit.declarations.layers import with_type
from pulumi_realtimekit.declarations.settings import KEYS, NAMESPACE, Config
from pulumi_realtimekit.declarations.spelling import to_camel
from pulumi_realtimekit.declarations.storages import CREDENTIALS

URLS: Final = dict(url.split(", ") for url in metadata("pulumi-realtimekit").get_all("Project-URL", []))
ADDRESS: Final = f"{URLS['Documentation']}stack-config.schema.json"
"""Where the documentation's site serves the schema."""
DRAFT: Final = "http://json-schema.org/draft-07/schema#"
ENCRYPTED: Final = {"$ref": "#/definitions/Encrypted"}
ABSENT: Final = {"enum": ["", None]}
LIMITS: Final = {"gt": "exclusiveMinimum", "ge": "minimum", "le": "maximum"}
"""What pydantic leaves in its own words where a function precedes the check."""


class _Generator(GenerateJsonSchema):
    """pydantic's generator, with what a stack file is beyond the models."""

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        union = super().tagged_union_schema(schema)
        if "discriminator" not in union:
            return union
        field, refs = union["discriminator"].values()
        choices = {value: {"$ref": ref} if isinstance(ref, str) else ref for value, ref in refs.items()}
        rules = [{"if": _is(field, value), "then": choice} for value, choice in choices.items()]
        made = {"type": "object", "properties": {field: {"enum": [*choices]}}, "allOf": rules, "required": [field]}
        default = with_type({})["type"]
        if default in choices:
            rules += [{"if": {"not": {"required": [field]}}, "then": choices[default]}]
            made["required"] = []
        return _in_both_spellings(made)

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False  # the field's name with capitals says nothing more

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        made = super().typed_dict_schema(schema)
        for name, field in made["properties"].items():
            if "description" in field:
                field["description"] = " ".join(field["description"].split())
            if name in CREDENTIALS:
                command = set_credential(("…", name), {"type": made["properties"]["type"]["const"]})
                credential = _credential(command, required=name in made["required"])
                made["properties"][name] = {"description": field["description"], **credential}
        if schema["cls"] is Config:
            return made
        return _in_both_spellings(made | {"required": [n for n in made.get("required", []) if n not in CREDENTIALS]})


def stack_schema() -> dict[str, Any]:
    """The schema of a stack file."""
    config = documented(Config).json_schema(schema_generator=_Generator, ref_template="#/definitions/{model}")
    properties, definitions = _in_a_file(config["properties"]), _in_a_file(config["$defs"])
    keys = {f"{NAMESPACE}:{key}": _top_level(key, properties[key]) for key in KEYS}
    return {
        "$schema": DRAFT,
        "$id": ADDRESS,
        "title": "Stack file of a program that uses pulumi-realtimekit",
        "type": "object",
        "properties": {
            "config": {
                "type": ["object", "null"],
                "properties": keys,
                "propertyNames": {"if": {"pattern": f"^{NAMESPACE}:"}, "then": {"enum": [*keys]}},
            }
        },
        "definitions": {**definitions, "Encrypted": _ENCRYPTED_NODE},
    }


def text() -> str:
    """The schema as it is checked in."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"


_ENCRYPTED_NODE: Final[JsonSchemaValue] = {
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
    """A key's schema: empty counts as absent, and `pulumi config set` may encrypt any value whole."""
    about = {"description": made.pop("description")}
    if key == "apiToken":
        return about | _credential(set_value((key,), secret=True), required=False)
    if key in NAMED:  # a string may hold a credential in plain text
        expected = {"const": "a map, with each credential in it encrypted"}
        about["properties"], made = {}, {"if": {"not": {"type": "object"}}, "then": expected, "else": made}
    else:
        about["type"] = ["string", "number", "object", "null"]
    return about | _unless([ENCRYPTED, ABSENT, *([_TEXTS[key]] if key in _TEXTS else [])], made)


def _credential(command: str, *, required: bool) -> JsonSchemaValue:
    """A credential, which must be encrypted; the message about any other value has the command that does it.

    The command has `…` for the path, which the message begins with.
    """
    kinds = [_ENCRYPTED_NODE] if required else [_ENCRYPTED_NODE, ABSENT]
    expected = {"const": {"secure": f"written by `{command}`"}}
    return {"properties": {"secure": {"description": f"`{command}`"}}} | _unless(kinds, expected)


def _unless(kinds: list[JsonSchemaValue], rule: JsonSchemaValue) -> JsonSchemaValue:
    """The rule for what is of none of these kinds."""
    return {"if": {"anyOf": kinds}, "else": rule}


def _is(field: str, value: str) -> JsonSchemaValue:
    """Whether a map has this value in a field, in either spelling."""
    spellings = sorted({field, to_camel(field)})
    return {"type": "object", "anyOf": [{"properties": {n: {"const": value}}, "required": [n]} for n in spellings]}


def _in_both_spellings(made: JsonSchemaValue) -> JsonSchemaValue:
    """camelCase beside the API's spelling: accepted, but not suggested."""
    fields, required = made["properties"], made["required"]
    camel = {name: to_camel(name) for name in fields if to_camel(name) != name}
    others = {camel[name]: {**fields[name], "doNotSuggest": True} for name in camel}
    once = {name: {"properties": {camel[name]: {"const": f"nothing, since {name} is given"}}} for name in camel}
    either = [
        {"if": {"not": {"required": [camel[name]]}}, "then": {"required": [name]}} for name in required if name in camel
    ]
    return made | {
        "properties": fields | others,
        "required": [name for name in required if name not in camel],
        "allOf": made.get("allOf", []) + either,
        "dependencies": once,
    }


def _in_a_file(node: Any) -> Any:
    """Strings that may be encrypted, credentials that must be, and one schema for the kinds of a value."""
    if isinstance(node, list):
        return [_in_a_file(item) for item in node]
    if not isinstance(node, dict):
        return node
    about = {name: node[name] for name in ("description", "doNotSuggest") if name in node}
    if node == {"type": "null"} | about:  # of an output; what stands there may hold a credential
        return about | _unless([{"type": "null"}], {"const": "nothing; a storage takes type: STORAGE_CONFIG"})
    made = {
        LIMITS.get(name, name): item if name in {"if", "propertyNames"} else _in_a_file(item)
        for name, item in _merged(node).items()
        if item not in ([], {})
    }
    types = [made["type"]] if isinstance(made.get("type"), str) else made.get("type", [])
    if "string" not in types or made.keys() & {"const", "enum"}:
        return made
    if "object" in types:
        return about | _unless([ENCRYPTED], made)
    # Editors complete a field by the first type.
    return made | {"type": [*types, "object"], "if": {"type": "object"}, "then": ENCRYPTED}


def _merged(node: JsonSchemaValue) -> JsonSchemaValue:
    """The kinds of a value, which are of different types, as one schema: a keyword concerns only one type."""
    kinds = node.get("anyOf") or node.get("oneOf") or [node]
    merged = {name: item for kind in [node, *kinds] for name, item in kind.items() if name not in {"anyOf", "oneOf"}}
    types = [kind["type"] for kind in kinds if "type" in kind]
    if "null" in types and merged.keys() & {"const", "enum"}:
        merged["enum"] = [*(merged.get("enum") or [merged.pop("const")]), None]
    return merged | ({"type": types if types[1:] else types[0]} if types else {})
