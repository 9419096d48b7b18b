"""Writes the generated parts of configuration.md from the declarations: `python docs/configuration.py`.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`; all else in the page is written by hand.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pulumi_realtimekit.checks.problems import set_credential
from pulumi_realtimekit.checks.schema import stack_schema
from pulumi_realtimekit.declarations.fields import fields
from pulumi_realtimekit.declarations.settings import DEFAULT_BASE_URL, ENVIRONMENT, NAMESPACE
from pulumi_realtimekit.declarations.storages import CREDENTIALS, STORAGES

PAGE = Path(__file__).with_name("configuration.md")
PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

EXAMPLES: dict[str, dict[str, Any]] = {
    "AmazonS3Args": {"bucket": "meetings", "region": "eu-central-1", "path": "recordings"},
    "AzureBlobStorageArgs": {"bucket": "meetings", "path": "recordings"},
    "CloudflareR2Args": {"bucket": "meetings", "path": "recordings"},
    "DigitalOceanSpacesArgs": {"bucket": "meetings", "region": "fra1", "path": "recordings"},
    "GoogleCloudStorageArgs": {"bucket": "meetings", "path": "recordings"},
    "SftpWithKeyArgs": {"host": "files.example.com", "port": 2222, "username": "recorder", "path": "recordings"},
    "SftpWithPasswordArgs": {"host": "files.example.com", "username": "recorder", "path": "recordings"},
}
"""What each storage's example has, beside its type and its credentials."""


def page(text: str) -> str:
    """The page with its generated parts as the declarations are now."""
    return PART.sub(lambda part: f"{part[1]}{PARTS[part[2]]()}\n{part[3]}", text)


def example(declaration: Any) -> dict[str, Any]:
    """A storage of this type, credentials as the CLI writes them."""
    properties = _definitions()[declaration.__name__]["properties"]
    kinds: dict[str, Any] = {name: properties[name]["const"] for name in ("type", "auth_method") if name in properties}
    required = [name for name in fields(declaration) if name in CREDENTIALS & declaration.__required_keys__]
    return kinds | EXAMPLES[declaration.__name__] | {name: {"secure": "v1:…"} for name in required}


def _definitions() -> Mapping[str, Any]:
    found: Mapping[str, Any] = stack_schema()["definitions"]
    return found


def _keys() -> str:
    keys: Mapping[str, Any] = stack_schema()["properties"]["config"]["properties"]
    rows = [(f"`{key}`", _kind(value), *_environment(value["description"])) for key, value in keys.items()]
    return _table(("key", "value", "meaning", "environment, where the key is absent"), rows)


def _environment(text: str) -> tuple[str, str]:
    meaning, _, variable = text.partition("; environment: ")
    assert not variable or variable in ENVIRONMENT.values()  # noqa: S101
    return meaning.replace("the service's", f"`{DEFAULT_BASE_URL}`") if "client/v4" in meaning else meaning, (
        f"`{variable}`" if variable else ""
    )


def _fields_of(name: str) -> Callable[[], str]:
    def table() -> str:
        definition = _definitions()[name]
        return _table(("field", "value", "meaning"), _rows(definition))

    return table


def _rows(definition: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    required = {*definition.get("required", ())}
    required |= {name for rule in definition.get("allOf", ()) for name in rule["then"]["required"]}
    for name, field in definition["properties"].items():
        if "doNotSuggest" not in field:
            must = "**required**: " if name in required else ""
            yield f"`{name}`", _kind(field), must + field.get("description", "")


def _storages() -> str:
    return "\n".join(_storage(declaration) for declaration in STORAGES)


def _storage(declaration: Any) -> str:
    properties = _definitions()[declaration.__name__]["properties"]
    rows = [
        (
            f"`{name}`",
            "yes" if name in declaration.__required_keys__ else "",
            "secret: " * (name in CREDENTIALS)
            + (properties[name].get("description") or f"`{properties[name]['const']}`"),
        )
        for name in fields(declaration)
    ]
    stored = yaml.safe_dump({f"{NAMESPACE}:storages": {"archive": example(declaration)}}, sort_keys=False)
    stored = stored.replace('"v1:\\u2026"', "v1:…")
    stores = example(declaration)
    commands = [set_credential(("storages", "archive", name), stores) for name in stores if name in CREDENTIALS]
    return "\n".join(
        [
            f"### {declaration.__doc__.rstrip('.')}\n",
            _table(("field", "required", "meaning"), rows),
            "\n```yaml",
            f"config:\n{_indented(stored)}```\n",
            "```sh",
            *commands,
            "```\n",
        ]
    )


def _kind(field: Mapping[str, Any]) -> str:
    """What a field holds, in words."""
    while "else" in field:  # before it stands what may be there instead: an encrypted string, an empty one
        field = field["else"]
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"] if value is not None)
    if "const" in field:
        return "encrypted string" if isinstance(field["const"], dict) else f"`{field['const']}`"
    kind = field.get("type", "object")
    words = {"integer": "whole number", "number": "number", "boolean": "true or false", "array": "list"}
    name = kind if isinstance(kind, str) else kind[0]
    return words.get(name, "string" if name == "string" else "map")


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


PARTS: Mapping[str, Callable[[], str]] = {
    "keys": _keys,
    "recordings": _fields_of("TrackRecordingArgs"),
    "layers": _fields_of("LayerArgs"),
    "storages": _storages,
}


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
