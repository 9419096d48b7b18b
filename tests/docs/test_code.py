"""Code in the documents is right: Python compiles, with arguments that exist, and stack files hold no mistake."""

import ast
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from pulumi_realtimekit.checks.settings import mistakes
from pulumi_realtimekit.declarations.fields import fields
from pulumi_realtimekit.declarations.recording import ARGUMENTS
from pulumi_realtimekit.declarations.settings import ProviderArgs, read

from tests.docs.documents import DOCUMENTS, blocks, name

FIELDS = {"TrackRecording": set(ARGUMENTS), "Provider": set(fields(ProviderArgs))}
PYTHON = [pytest.param(code, id=name(file)) for file in DOCUMENTS for code in blocks(file, "python")]
STACK_FILES = [
    pytest.param(code, id=name(file)) for file in DOCUMENTS for code in blocks(file, "yaml") if "config:\n" in code
]


@pytest.mark.parametrize("code", PYTHON)
def test_python(code: str) -> None:
    for call in calls(ast.parse(code)):
        known = FIELDS.get(call.func.attr if isinstance(call.func, ast.Attribute) else "")
        if known is not None:
            assert {keyword.arg for keyword in call.keywords if keyword.arg} <= known | {"opts"}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


@pytest.mark.parametrize("code", STACK_FILES)
def test_stack_files(code: str) -> None:
    document = yaml.safe_load(code)
    config = {key: decrypted(value) for key, value in document["config"].items()}
    declared = {
        key: value["value"] if isinstance(value, dict) and "value" in value else value for key, value in config.items()
    }
    storages = {"archive": {"type": "gcs", "bucket": "archive", "secret": "{}"}}
    found = map(str, mistakes(read(({"realtimekit:storages": storages} | declared).get)))
    assert [mistake for mistake in found if "but absent" not in mistake] == []  # a block shows a part


def decrypted(value: Any) -> Any:
    if isinstance(value, dict):
        return "a-secret" if value.keys() == {"secure"} else {key: decrypted(item) for key, item in value.items()}
    return [decrypted(item) for item in value] if isinstance(value, list) else value
