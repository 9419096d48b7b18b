"""Reports what has become of a stack's recordings since its last `up` or `refresh`, and changes nothing.

    pulumi stack export --stack prod | python drift.py

The engine does not tell: to `pulumi refresh --preview-only`, outputs that changed are no change. So the statuses of the
state are compared with the service's. The token comes from CLOUDFLARE_API_TOKEN. Exit code: 0 where all is as the state
says, 1 where something differs, 2 where the service cannot be asked.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import httpx

TYPE = "pulumi-python:dynamic/realtimekit:TrackRecording"
BASE_URL = "https://api.cloudflare.com/client/v4"
PHASES = {"INVOKED": "RECORDING", "UPLOADING": "UPLOADED"}
"""A status that becomes the other one by itself, within seconds: no difference."""


class Difference(NamedTuple):
    name: str
    recording: str
    state: str
    service: str


def recordings(export: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Name, id and outputs of each recording of the state that was started."""
    for resource in export["deployment"].get("resources") or []:
        if resource["type"] == TYPE and not resource["id"].startswith("pending-"):
            yield resource["urn"].rsplit("::", 1)[-1], resource["id"], resource["outputs"]


def status(client: httpx.Client, recording: str, outputs: Mapping[str, Any]) -> str:
    """What the service says of a recording."""
    app = f"accounts/{outputs['account_id']}/realtime/kit/{outputs['app_id']}"
    answer = client.get(f"{app}/recordings/{recording}")
    if answer.status_code == 404:
        return "unknown"
    data = answer.raise_for_status().json()["data"]
    return str((data.get("recording") or data)["status"])


def differences(client: httpx.Client, export: Mapping[str, Any]) -> Iterator[Difference]:
    """The recordings whose status is another one than the state says."""
    for name, recording, outputs in recordings(export):
        known, now = outputs["status"], status(client, recording, outputs)
        if PHASES.get(known, known) != PHASES.get(now, now):
            yield Difference(name, recording, known, now)


def main() -> int:
    token = os.environ["CLOUDFLARE_API_TOKEN"]
    client = httpx.Client(
        base_url=os.environ.get("CLOUDFLARE_BASE_URL", BASE_URL),
        headers={"Authorization": f"Bearer {token}"},
        transport=httpx.HTTPTransport(retries=3),
        timeout=30,
    )
    try:
        found = list(differences(client, json.load(sys.stdin)))
    except httpx.HTTPError as error:
        print(f"the service cannot be asked: {error}", file=sys.stderr)
        return 2
    if not found:
        print("Every recording is as the state says.")
        return 0
    print("| recording | id | the state says | the service says |\n| --- | --- | --- | --- |")
    for difference in found:
        print(f"| {' | '.join(difference)} |")
    return 1


if __name__ == "__main__":
    sys.exit(main())
