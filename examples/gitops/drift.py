"""Reports what has become of a stack's recordings since its last `up` or `refresh`, and changes nothing.

    pulumi stack export --stack prod | python drift.py

The engine does not tell: to `pulumi refresh --preview-only`, outputs that changed are no change. So the statuses of the
state are compared with the service's. The token comes from CLOUDFLARE_API_TOKEN; the service is the one that the config
of the stack names, else CLOUDFLARE_BASE_URL.

A recording that has ended since, as each does with its meeting, is told as `ended`, and is no failure. `differs` is
what nobody deployed: paused or resumed by hand, ERRORED, or unknown to the service. Exit code: 0 where all is as the
state says or has ended, 1 where something differs, 2 where something cannot be asked, which is told in a line for each
app; what has become of the others is told all the same.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from urllib.parse import quote, urlsplit

import httpx

RECORDING = "pulumi-python:dynamic/realtimekit:TrackRecording"
PROVIDER = "pulumi:providers:pulumi-python"
BASE_URL = "https://api.cloudflare.com/client/v4"
PHASES = {"INVOKED": "RECORDING", "UPLOADING": "UPLOADED"}
"""A status that becomes the other one by itself, within seconds: no difference."""
ACTIVE = {"RECORDING", "PAUSED"}


class CannotBeAskedError(Exception):
    """Why the service does not tell, in one line."""


class Recording(NamedTuple):
    """One of the state that was started."""

    name: str
    id: str
    account: str
    app: str
    status: str


class Difference(NamedTuple):
    name: str
    recording: str
    state: str
    service: str
    kind: Literal["ended", "differs"]


def resources(text: str) -> Sequence[Mapping[str, Any]]:
    """What `pulumi stack export` wrote."""
    try:
        return [dict(resource) for resource in (json.loads(text)["deployment"] or {}).get("resources") or []]
    except (ValueError, LookupError, TypeError, AttributeError):
        raise CannotBeAskedError("expected the output of `pulumi stack export` on standard input") from None


def base_url(state: Sequence[Mapping[str, Any]]) -> str:
    """Where the service is: the token is not for any other host."""
    for resource in state:
        if resource.get("type") == PROVIDER and str(resource.get("urn")).endswith("::default"):
            configured = (resource.get("inputs") or {}).get("realtimekit:baseUrl")
            if isinstance(configured, str) and configured:
                return configured
    return os.environ.get("CLOUDFLARE_BASE_URL") or BASE_URL


def connected(url: str) -> httpx.Client:
    """A client of the service, with the token of the environment."""
    token = os.environ.get("CLOUDFLARE_API_TOKEN")
    if not token:
        raise CannotBeAskedError("the service cannot be asked: CLOUDFLARE_API_TOKEN is not set")
    address = urlsplit(url)
    if address.scheme != "https" and address.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise CannotBeAskedError(
            "the service cannot be asked: a token does not cross a network in clear, expected https"
        )
    transport = httpx.HTTPTransport(retries=3)
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, transport=transport, timeout=30)


def recordings(state: Sequence[Mapping[str, Any]]) -> Iterator[Recording]:
    """The recordings of the state that were started."""
    for resource in state:
        if resource.get("type") == RECORDING and not str(resource.get("id")).startswith("pending-"):
            name, outputs = str(resource["urn"]).rsplit("::", 1)[-1], resource.get("outputs") or {}
            where = [outputs.get(field) for field in ("account_id", "app_id", "status")]
            if not all(isinstance(part, str) for part in where):
                raise CannotBeAskedError(
                    f"{name}: the export does not tell where it is; if that is encrypted, "
                    "`pulumi stack export --show-secrets` does"
                )
            yield Recording(name, str(resource["id"]), *where)


def status(client: httpx.Client, recording: Recording) -> str:
    """What the service says of a recording."""
    path = ["accounts", recording.account, "realtime", "kit", recording.app, "recordings", recording.id]
    try:
        answer = client.get("/".join(quote(part, safe="") for part in path))
    except httpx.HTTPError as error:
        raise CannotBeAskedError(str(error) or type(error).__name__) from None
    try:
        body = answer.json()
    except ValueError:
        raise CannotBeAskedError(f"answered {answer.status_code}, and not the service itself") from None
    own = body if isinstance(body, dict) else {}
    if answer.status_code == 404 and own.get("success") is False and own.get("error"):  # a gateway's has `errors`
        return "unknown"
    data = own.get("data")
    found = (data.get("recording") or data) if isinstance(data, dict) else {}
    if not answer.is_success or not isinstance(found.get("status"), str):
        raise CannotBeAskedError(f"answered {answer.status_code}, and not with a recording")
    return str(found["status"])


def difference(recording: Recording, now: str) -> Difference | None:
    """What the service's status means beside the state's; None where both say the same."""
    before, after = PHASES.get(recording.status, recording.status), PHASES.get(now, now)
    if before == after:
        return None
    ended = before in ACTIVE and after == "UPLOADED"
    return Difference(recording.name, recording.id, recording.status, now, "ended" if ended else "differs")


def compare(client: httpx.Client, asked: Sequence[Recording]) -> tuple[list[Difference], list[str]]:
    """The recordings whose status is another one than the state says, and why an app could not be asked."""
    different: list[Difference] = []
    problems: dict[tuple[str, str], str] = {}
    for recording in asked:
        place = (recording.account, recording.app)
        if place in problems:
            continue
        try:
            now = status(client, recording)
        except CannotBeAskedError as error:
            problems[place] = f"app {recording.app} of account {recording.account} cannot be asked: {error}"
        else:
            different += filter(None, [difference(recording, now)])
    return different, list(problems.values())


def main() -> int:
    try:
        state = resources(sys.stdin.read())
        with connected(base_url(state)) as client:
            different, problems = compare(client, list(recordings(state)))
    except CannotBeAskedError as error:
        print(error, file=sys.stderr)
        return 2
    for problem in problems:
        print(problem, file=sys.stderr)
    if different:
        print("| recording | id | the state says | the service says | |\n| --- | --- | --- | --- | --- |")
        for one in different:
            print(f"| {' | '.join(one)} |")
    elif not problems:
        print("Every recording is as the state says.")
    return 2 if problems else int(any(one.kind == "differs" for one in different))


if __name__ == "__main__":
    sys.exit(main())
