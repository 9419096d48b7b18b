"""Writes plugin-reference.md from the schema of the plugin: `python docs/plugin_reference.py`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pulumi_realtimekit.checks.pulumi_schema import RESOURCE, package

PAGE = Path(__file__).with_name("plugin-reference.md")
HEADING = """# Reference of the plugin

What programs in [other languages](guides/other-languages.md) declare, from the plugin's schema. Python programs have a
[reference](reference.md) of their own.
"""

Properties = Mapping[str, Mapping[str, Any]]


def page() -> str:
    """The whole page."""
    schema = package()
    recording = schema["resources"][RESOURCE]
    parts = [
        HEADING,
        f"## `{RESOURCE}`\n\n{recording['description']}\n",
        "### Inputs\n",
        _table(recording["inputProperties"], recording["requiredInputs"]),
        "### Outputs\n\nThe inputs that were declared, always `layers`, `accountId` and `appId`, and:\n",
        _table(
            {name: one for name, one in recording["properties"].items() if name not in recording["inputProperties"]}
        ),
        "## `pulumi:providers:realtimekit`\n\nThe keys of the config are the same: `realtimekit:accountId`, …\n",
        _table(schema["provider"]["inputProperties"]),
        "## Types\n",
    ]
    for token, made in schema["types"].items():
        if "properties" in made:
            parts += [f"### {_name(token)}\n\n{made['description']}\n", _table(made["properties"], made["required"])]
    return "\n".join(parts)


def _table(properties: Properties, required: list[str] | None = None) -> str:
    rows = ["| | type | |", "| --- | --- | --- |"]
    for name, made in properties.items():
        notes = [made.get("description", ""), *_notes(name, made, required or [])]
        rows.append(f"| `{name}` | {_type(made)} | {'; '.join(filter(None, notes))} |")
    return "\n".join(rows) + "\n"


def _notes(name: str, made: Mapping[str, Any], required: list[str]) -> Iterator[str]:
    if name in required:
        yield "required"
    if made.get("secret"):
        yield "secret"
    if made.get("replaceOnChanges") or made.get("willReplaceOnChanges"):
        yield "a change replaces the recording"


def _type(made: Mapping[str, Any]) -> str:
    if "const" in made:
        return f"`{made['const']}`"
    if "oneOf" in made:
        return " or ".join(map(_type, made["oneOf"]))
    if "$ref" in made:
        return _reference(made["$ref"])
    if made["type"] == "array":
        return f"list of {_type(made['items'])}"
    return f"map of {_type(made['additionalProperties'])}" if made["type"] == "object" else str(made["type"])


def _reference(token: str) -> str:
    """A type's name; the values of an enum."""
    made = package()["types"].get(token.removeprefix("#/types/"), {})
    if "enum" in made:
        return " or ".join(f"`{one['value']}`" for one in made["enum"])
    return "any value" if token.endswith("/Any") else f"[{_name(token)}](#{_name(token).lower()})"


def _name(token: str) -> str:
    return token.rsplit(":", 1)[-1]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
