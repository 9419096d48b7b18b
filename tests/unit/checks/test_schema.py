"""The JSON Schema of stack files: equal to the declarations, and of the same opinion as the program."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pulumi
import pulumi_realtimekit as realtimekit
import pytest
import yaml
from pulumi_realtimekit.checks import schema as _schema
from pulumi_realtimekit.declarations.settings import KEYS
from pulumi_realtimekit.declarations.storages import STORAGES

from tests.kit.stack import CliLoader, Stack
from tests.unit.checks.broken import BROKEN, Broken

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "provider" / "pulumi_realtimekit" / "stack-config.schema.json"
STACK_FILES = sorted([*ROOT.glob("Pulumi.*.yaml"), *ROOT.glob("examples/*/Pulumi.*.yaml")])
COMMENT = "# yaml-language-server: $schema="

SET_ELSEWHERE = ("environment variable", "; set it with")
"""What is not in the file: the environment, and credentials that may come from an ESC environment."""
BEYOND_A_SCHEMA = (
    "no storage ",
    "the same meeting",
    "this name means",
    "unknown namespace",
    "expected https",
    "expected a URL",
    "must be printable",
    "only the bucket's name",
    "only the host's name",
    "without spaces",
    "without its end",
    "must not contain",
    "half of a surrogate pair",
)
"""What refers to something else in the file, or is a rule for one string."""


def marked(content: Any) -> list[str]:
    """What an editor marks in a stack's file."""
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text("utf-8")))
    return [error.message for error in validator.iter_errors(json.loads(json.dumps(content, default=str)))]


def content_of(stack: Stack) -> Any:
    return yaml.load(stack.file.read_text("utf-8"), CliLoader)


def test_the_file_is_the_schema_of_the_declarations() -> None:
    schema = _schema.stack_schema()

    assert json.loads(SCHEMA.read_text("utf-8")) == schema, (
        f"run `python -m pulumi_realtimekit schema > {SCHEMA.relative_to(ROOT)}`"
    )
    jsonschema.Draft7Validator.check_schema(schema)


@pytest.mark.parametrize("file", STACK_FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_stack_file_follows_the_schema_that_its_first_line_names(file: Path) -> None:
    first, *_ = file.read_text("utf-8").splitlines()

    assert first.startswith(COMMENT)
    assert (file.parent / first.removeprefix(COMMENT)).resolve() == SCHEMA
    assert marked(yaml.safe_load(file.read_text("utf-8"))) == []


def told_by_the_file(broken: Broken) -> list[str]:
    beyond = (*SET_ELSEWHERE, *BEYOND_A_SCHEMA)
    return [line for line in broken.lines if not any(words in line for words in beyond)]


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_the_editor_marks_what_the_program_refuses(broken: Broken, stack: Stack) -> None:
    stack.configure(broken.config)

    assert marked(content_of(stack)) or not told_by_the_file(broken)


VALID = {
    "nothing": "{}",
    "everything": """
        realtimekit:apiToken: {secure: t}
        realtimekit:accountId: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        realtimekit:appId: 0a1b2c3d-77fb-4c9c-95df-fa092896f8be
        realtimekit:baseUrl: http://localhost:8700/client/v4
        realtimekit:requestLimit: "1000"
        realtimekit:timeoutSeconds: 2.5
        realtimekit:storages:
          one: {type: aws, bucket: b, region: r, path: p, access_key: {secure: k}, secret: {secure: s}}
          two: {type: azure, bucket: b, region: "", secret: "", accessKey: {secure: k}}
          three: {type: cloudflare, bucket: {secure: b}, accountId: a, access_key: {secure: k}, secret: {secure: s}}
          four: {type: digitalocean, bucket: b, region: r, access_key: {secure: k}, secret: {secure: s}}
          five: {type: gcs, bucket: b, secret: {secure: s}}
          six: {type: sftp, host: h, username: u, authMethod: KEY, privateKey: {secure: k}, password: {secure: p}}
          seven: {type: sftp, host: h, port: 2222, username: u, auth_method: PASSWORD, password: {secure: p}}
        realtimekit:layers:
          default: {fileNamePrefix: x, outputs: [one, realtimekit, {type: REALTIMEKIT_BUCKET}, {type: RTMP_OUT}]}
          bare: {outputs: [{}, {storageConfig: ~}, {type: DYTE_BUCKET, storage_config: ~}]}
          default-video: {media_kind: audio}
        realtimekit:recordings:
          first:
            meetingId: {secure: m}
            max_seconds: 60
            user_ids: [a, {secure: b}]
            desiredStatus: PAUSED
            when_idle: wait
            waitSeconds: 0
            when_active: fail
            when_ended: restart
            start_seconds: 0
            keep_download_urls: true
            recording_id: r
            account_id: other
            layers:
              default:
                outputs:
                - type: STORAGE_CONFIG
                  storageConfig: {type: gcs, bucket: b, secret: {secure: s}}
        aws:region: eu-central-1
        recordings:own: {whatever: [1]}
        """,
    "encrypted whole": """
        realtimekit:storages: {secure: '{"a": {"type": "gcs", "bucket": "b", "secret": "s"}}'}
        realtimekit:recordings: {secure: '{"r": {"meeting_id": "m", "layers": {"default": {"outputs": ["a"]}}}}'}
        """,
    "as the CLI writes it": """
        realtimekit:accountId: 12345
        realtimekit:requestLimit: '1e3'
        realtimekit:timeoutSeconds: '10.5'
        realtimekit:storages: '{}'
        realtimekit:layers: '{"default": {}}'
        realtimekit:recordings: '{"r": {"meeting_id": "m"}}'
        """,
    "empty strings": """
        realtimekit:apiToken: ''
        realtimekit:accountId: ''
        realtimekit:baseUrl: ''
        realtimekit:requestLimit: ''
        realtimekit:timeoutSeconds: ''
        realtimekit:storages: ''
        realtimekit:layers: ''
        realtimekit:recordings: ''
        """,
    "empty": """
        realtimekit:storages: {}
        realtimekit:layers: {}
        realtimekit:recordings: {r: {meeting_id: m, layers: {}, max_seconds: ~}}
        """,
}


@pytest.mark.parametrize("config", VALID.values(), ids=VALID.keys())
def test_both_accept_what_is_right(config: str, stack: Stack) -> None:
    stack.configure(config, rest="encryptionsalt: v1:x\nenvironment: [a/b]")

    assert marked(content_of(stack)) == []
    realtimekit.load_config()
    assert stack.warnings == []


def test_every_key_and_every_field_is_documented() -> None:
    schema = _schema.stack_schema()
    declarations = [*STORAGES, realtimekit.LayerArgs, realtimekit.TrackRecordingArgs]
    fields = [
        (name, field)
        for declaration in declarations
        for name, field in schema["definitions"][declaration.__name__]["properties"].items()
    ]

    keys = schema["properties"]["config"]["properties"]
    assert [*keys] == [f"realtimekit:{key}" for key in KEYS]
    assert all(key["description"] for key in keys.values())
    assert {name for name, field in fields if "description" not in field} <= {"type", "auth_method", "authMethod"}


MINE_TO_SET = {
    "dev": (),
    "staging": ("storages.archive: access_key", "storages.archive: secret"),
    "prod": ("storages.archive: access_key", "storages.archive: secret"),
}


@pytest.mark.parametrize(("name", "missing"), MINE_TO_SET.items())
def test_an_environment_lacks_what_is_the_readers_alone(name: str, missing: tuple[str, ...], stack: Stack) -> None:
    content = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text("utf-8"))
    stack.configure(yaml.safe_dump(content["config"]))
    try:
        assert realtimekit.load_config().recordings
        lines = []
    except pulumi.RunError as error:
        _, *lines = str(error).splitlines()

    assert [line.partition(": required")[0].strip() for line in lines] == [*missing]
    assert all("pulumi config set" in line for line in lines)


def test_the_command_prints_the_schema() -> None:
    command = [sys.executable, "-m", "pulumi_realtimekit", "schema"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True)

    assert printed.stdout == SCHEMA.read_text("utf-8")
