"""What `pulumi stack export` writes, and the commands that read it, each a process of its own."""

import json
import os
import subprocess
import sys
from typing import Any

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, Resource

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
CIPHERTEXT = {**SECRET, "ciphertext": "v1:abc:def"}
RECORDING, PROVIDER = "pulumi-python:dynamic/realtimekit:TrackRecording", "pulumi:providers:pulumi-python"
URN = f"urn:pulumi:prod::p::{RECORDING}::"


def export(api: SandboxApi, **inputs: Any) -> dict[str, Any]:
    """A stack's export: the default provider; None takes a key of its config away."""
    config = {
        "realtimekit:baseUrl": api.base_url,
        "realtimekit:accountId": ACCOUNT,
        "realtimekit:appId": APP,
        "realtimekit:apiToken": CIPHERTEXT,
        "realtimekit:storages": CIPHERTEXT,
        "realtimekit:layers": json.dumps({"default": {"outputs": ["archive"]}}),
        **{f"realtimekit:{key}": value for key, value in inputs.items()},
    }
    provider = {"urn": f"urn:pulumi:prod::p::{PROVIDER}::default", "type": PROVIDER, "inputs": config}
    stack = {"urn": "urn:pulumi:prod::p::pulumi:pulumi:Stack::p-prod", "type": "pulumi:pulumi:Stack"}
    return {"version": 3, "deployment": {"resources": [stack, provider]}}


def exported(api: SandboxApi, **resources: Resource) -> dict[str, Any]:
    """An export with these recordings by name."""
    whole = export(api)
    whole["deployment"]["resources"] += [
        {
            "urn": f"{URN}{name}",
            "type": RECORDING,
            "id": resource.id,
            "inputs": resource.inputs,
            "outputs": resource.outputs,
        }
        for name, resource in resources.items()
    ]
    return whole


def with_provider(exported: dict[str, Any], **inputs: Any) -> str:
    """Adds an explicit provider; a reference to it."""
    urn = f"urn:pulumi:prod::p::{PROVIDER}::{inputs['provider']}"
    keys = {f"realtimekit:{key}": value for key, value in inputs.items()}
    exported["deployment"]["resources"].append({"urn": urn, "type": PROVIDER, "id": "4b-5c", "inputs": keys})
    return f"{urn}::4b-5c"


def run(command: str, given: Any, *options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A command that is given an export, or any text."""
    return subprocess.run(
        [sys.executable, "-m", "pulumi_realtimekit", command, *options],
        input=given if isinstance(given, str) else json.dumps(given),
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
