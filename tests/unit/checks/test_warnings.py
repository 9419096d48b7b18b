"""What is probably wrong is said in the preview, by its place and without its value, and what is right is not."""

import json
from typing import Any

import pytest
from pulumi.output import Unknown
from pulumi_realtimekit.checks.warnings import warnings

ACCOUNT = "0123456789abcdef0123456789abcdef"
CANARY = "s3cr3t-canary"
CONNECTION = f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={CANARY};EndpointSuffix=core.windows.net"
PEM = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\n-----END OPENSSH PRIVATE KEY-----\n"
SERVICE_ACCOUNT = json.dumps({"type": "service_account", "private_key": PEM})


def recording(storage: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    outputs = [{"type": "STORAGE_CONFIG", "storage_config": storage}] if storage else []
    return {"meeting_id": "m", "account_id": ACCOUNT, "layers": {"default": {"outputs": outputs}}, **fields}


def prefixed(prefix: str) -> dict[str, Any]:
    return recording(layers={"default": {"file_name_prefix": prefix, "outputs": []}})


RIGHT: dict[str, dict[str, Any]] = {
    "a meeting, an account": recording(),
    "a prefix": prefixed("team_1-weekly standup"),
    "aws": recording({"type": "aws", "bucket": "b", "region": "r", "access_key": "k", "secret": "s"}),
    "cloudflare": recording({"type": "cloudflare", "bucket": "b", "account_id": ACCOUNT}),
    "azure": recording({"type": "azure", "bucket": "b", "access_key": CONNECTION, "secret": ""}),
    "azure with a signature": recording({"type": "azure", "access_key": "BlobEndpoint=x;SharedAccessSignature=y"}),
    "gcs": recording({"type": "gcs", "bucket": "b", "secret": SERVICE_ACCOUNT}),
    "sftp": recording({"type": "sftp", "host": "h", "private_key": PEM}),
    "not known yet": recording(
        {"type": "azure", "bucket": Unknown(), "access_key": Unknown()}, meeting_id=Unknown(), account_id=Unknown()
    ),
    "layers that are not known yet": recording(layers=Unknown()),
    "a layer that is not known yet": recording(layers={"default": Unknown()}),
    "an output that is not known yet": recording(layers={"default": {"outputs": [Unknown(), "archive"]}}),
    "layers that are wrong": recording(layers={"default": 5}),
}

PREFIX = (
    "layers.default.file_name_prefix: the documented service accepts only the letters a to z, digits, spaces, `-` and "
    "`_`"
)
SERVICE_ACCOUNT_EXPECTED = (
    'does not look like a service account\'s key, a JSON document with `"type": "service_account"`'
)
CONNECTION_EXPECTED = (
    "does not look like a connection string, such as `DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…`"
)
STORAGE = "layers.default.outputs[0].storage_config"
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a meeting's URL": (
        recording(meeting_id="https://meet.example.com/m"),
        "meeting_id: looks like a URL; expected only the meeting's id",
    ),
    "half an account's id": (
        recording(account_id=ACCOUNT[:8]),
        "account_id: does not look like an account's id, which has 32 hexadecimal digits",
    ),
    "a prefix with a slash": (prefixed("team/standup"), PREFIX),
    "a prefix with an umlaut": (prefixed("Prüfung"), PREFIX),
    "an address for a bucket": (
        recording({"type": "aws", "bucket": "meetings.s3.eu-central-1.amazonaws.com"}),
        f"{STORAGE}.bucket: looks like an address; expected only the bucket's name",
    ),
    "an account key of azure": (
        recording({"type": "azure", "bucket": "b", "access_key": CANARY + "=="}),
        f"{STORAGE}.access_key: {CONNECTION_EXPECTED}",
    ),
    "a key of gcs": (
        recording({"type": "gcs", "bucket": "b", "secret": CANARY}),
        f"{STORAGE}.secret: {SERVICE_ACCOUNT_EXPECTED}",
    ),
    "JSON of another kind": (
        recording({"type": "gcs", "bucket": "b", "secret": json.dumps({"key": CANARY})}),
        f"{STORAGE}.secret: {SERVICE_ACCOUNT_EXPECTED}",
    ),
    "a public key": (
        recording({"type": "sftp", "host": "h", "private_key": f"ssh-ed25519 {CANARY}"}),
        f"{STORAGE}.private_key: does not look like a private key, which begins with `-----BEGIN … PRIVATE KEY-----`",
    ),
    "half an account's id for R2": (
        recording({"type": "cloudflare", "bucket": "b", "account_id": ACCOUNT[:8]}),
        f"{STORAGE}.account_id: does not look like an account's id, which has 32 hexadecimal digits",
    ),
}


@pytest.mark.parametrize("given", RIGHT.values(), ids=RIGHT.keys())
def test_nothing_is_said_of_what_is_right_or_not_known_yet(given: dict[str, Any]) -> None:
    assert warnings(given) == []


@pytest.mark.parametrize(("given", "line"), WRONG.values(), ids=WRONG.keys())
def test_what_is_probably_wrong_is_said(given: dict[str, Any], line: str) -> None:
    assert [str(problem) for problem in warnings(given)] == [line]
    assert CANARY not in line
