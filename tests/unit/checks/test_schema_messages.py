"""What check-jsonschema says of typical mistakes in a stack file: each one by name, and never a credential's value."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.checks.test_schema import SCHEMA

SECRET = "s3cr3t-canary"
STORAGE = "$.config['realtimekit:storages'].archive"
LAYER = "$.config['realtimekit:layers'].default"
RECORDING = "$.config['realtimekit:recordings'].standup"
TYPES = "['aws', 'azure', 'cloudflare', 'digitalocean', 'gcs', 'sftp']"
KEYS = (
    "['realtimekit:apiToken', 'realtimekit:accountId', 'realtimekit:appId', 'realtimekit:baseUrl', "
    "'realtimekit:requestLimit', 'realtimekit:timeoutSeconds', 'realtimekit:storages', 'realtimekit:layers', "
    "'realtimekit:recordings']"
)
MAP = "'a map, with each credential in it encrypted' was expected"


def storage(fields: str) -> str:
    return f"realtimekit:storages: {{archive: {{{fields}}}}}"


def layer(fields: str) -> str:
    return f"realtimekit:layers: {{default: {{{fields}}}}}"


def recording(fields: str) -> str:
    return f"realtimekit:recordings: {{standup: {{{fields}}}}}"


def encrypted(command: str) -> str:
    expected = {"secure": f"written by `pulumi config set --secret {command}`"}
    return f"{expected} was expected"


MISTAKES: dict[str, tuple[str, str]] = {
    "realtimekit:storage: {}": ("$.config", f"'realtimekit:storage' is not one of {KEYS}"),
    f"realtimekit:apiToken: {SECRET}": ("$.config['realtimekit:apiToken']", encrypted("realtimekit:apiToken")),
    "realtimekit:timeoutSeconds: soon": (
        "$.config['realtimekit:timeoutSeconds']",
        "'soon' is not of type 'number', 'null'",
    ),
    storage("type: s3, bucket: b, region: r"): (f"{STORAGE}.type", f"'s3' is not one of {TYPES}"),
    storage("type: aws, bucket: b"): (STORAGE, "'region' is a required property"),
    storage("type: gcs, bucket: ''"): (f"{STORAGE}.bucket", "'' should be non-empty"),
    storage(f"type: aws, bucket: b, region: r, secret: {SECRET}"): (
        f"{STORAGE}.secret",
        encrypted("--path 'realtimekit:….secret'"),
    ),
    storage(f"type: gcs, bucket: b, secret: {SECRET}"): (
        f"{STORAGE}.secret",
        encrypted("--path 'realtimekit:….secret' < service-account.json"),
    ),
    storage(f"type: sftp, auth_method: KEY, host: h, username: u, privateKey: {SECRET}"): (
        f"{STORAGE}.privateKey",
        encrypted("--path 'realtimekit:….private_key' < key.pem"),
    ),
    storage("type: sftp, auth_method: key, host: h, username: u"): (
        f"{STORAGE}.auth_method",
        "'key' is not one of ['KEY', 'PASSWORD']",
    ),
    f"""realtimekit:storages: '{{"archive": {{"type": "gcs", "bucket": "b", "secret": "{SECRET}"}}}}'""": (
        "$.config['realtimekit:storages']",
        MAP,
    ),
    layer("outputs: [{type: S3}]"): (
        f"{LAYER}.outputs[0].type",
        "'S3' is not one of ['REALTIMEKIT_BUCKET', 'STORAGE_CONFIG', 'DYTE_BUCKET', 'RTMP_OUT', 'WEBSOCKET']",
    ),
    layer(f"outputs: [{{storage_config: {{type: gcs, bucket: b, secret: {SECRET}}}}}]"): (
        f"{LAYER}.outputs[0].storage_config",
        "'nothing; a storage takes type: STORAGE_CONFIG' was expected",
    ),
    layer("outputs: [{type: STORAGE_CONFIG}]"): (f"{LAYER}.outputs[0]", "'storage_config' is a required property"),
    layer("file_name_prefix: a, fileNamePrefix: b"): (
        f"{LAYER}.fileNamePrefix",
        "'nothing, since file_name_prefix is given' was expected",
    ),
    recording("max_seconds: 60"): (RECORDING, "'meeting_id' is a required property"),
    recording("meeting_id: m, max_second: 60"): (
        RECORDING,
        "Additional properties are not allowed ('max_second' was unexpected)",
    ),
    recording("meeting_id: m, when_active: replace"): (
        f"{RECORDING}.when_active",
        "'replace' is not one of ['adopt', 'fail', None]",
    ),
    recording("meeting_id: 123"): (f"{RECORDING}.meeting_id", "123 is not of type 'string', 'object'"),
}


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[tuple[str, str]]]:
    """What one run of check-jsonschema says of each mistake, and where; a file for each."""
    folder = tmp_path_factory.mktemp("mistakes")
    files = {config: folder / f"{index}.yaml" for index, config in enumerate(MISTAKES)}
    for config, file in files.items():
        file.write_text(f"config:\n  {config}\n", "utf-8")
    script = Path(sys.executable).with_name("check-jsonschema")
    command = [script, "--output-format", "json", "--schemafile", SCHEMA, *files.values()]
    checked = subprocess.run(command, check=False, capture_output=True, text=True)
    errors = json.loads(checked.stdout)["errors"]
    return {
        config: [(error["path"], error["message"]) for error in errors if error["filename"] == str(file)]
        for config, file in files.items()
    }


@pytest.mark.parametrize("config", MISTAKES)
def test_a_mistake_is_told_by_name(config: str, messages: Mapping[str, list[tuple[str, str]]]) -> None:
    assert messages[config] == [MISTAKES[config]]
    assert SECRET not in str(messages[config])
