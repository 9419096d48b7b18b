"""What is recording in the apps of a stack and unknown to the stack's state."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pulumi_realtimekit import _config
from pulumi_realtimekit._api import ApiError, App, Recording
from pulumi_realtimekit._session import Session
from pulumi_realtimekit._told import Told

RESOURCE_TYPE: Final = "pulumi-python:dynamic/realtimekit:TrackRecording"
PROVIDER_TYPE: Final = "pulumi:providers:pulumi-python"
SETTINGS: Final = ("apiToken", "accountId", "appId", "baseUrl", "requestLimit", "timeoutSeconds")
"""What asking the service takes; storages and layers, which may be encrypted, say nothing of what is recording."""

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks a secret in an exported state."""


class NotAnExport(Told):
    """What was read is not what `pulumi stack export` writes, or does not tell what is needed of it."""


class Finding(NamedTuple):
    """An active track recording that the state does not know, and the app that it is in."""

    app: App
    recording: Recording


class StackExport:
    """The output of `pulumi stack export`, with or without `--show-secrets`."""

    def __init__(self, text: str) -> None:
        try:
            deployment = json.loads(text)["deployment"] or {}
            resources = list(deployment.get("resources") or [])
            self._resources: list[Mapping[str, Any]] = [one for one in resources if isinstance(one, Mapping)]
            self.pending: tuple[str, ...] = tuple(
                f"{operation['type']} {operation['resource']['urn']}"
                for operation in deployment.get("pending_operations") or []
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            raise NotAnExport("expected the output of `pulumi stack export` on standard input") from None

    def setting(self, key: str) -> Any:
        """A config key as the default provider of the last `up` had it; None where it is absent or encrypted."""
        if key.partition(":")[2] not in SETTINGS:
            return None
        for resource in self._resources:
            if resource.get("type") == PROVIDER_TYPE and str(resource.get("urn")).endswith("::default"):
                return _plain(resource.get("inputs", {}).get(key))
        return None

    def recordings(self) -> Iterator[tuple[App, str]]:
        """Where each recording of the state lives, and its id. Raises NotAnExport where that is encrypted."""
        for resource in self._resources:
            if resource.get("type") == RESOURCE_TYPE:
                outputs = resource.get("outputs") or {}
                account, app = _plain(outputs.get("account_id")), _plain(outputs.get("app_id"))
                if not isinstance(account, str) or not isinstance(app, str):
                    raise NotAnExport(
                        f"{resource.get('urn')}: the export does not tell its account and app; if they are encrypted, "
                        "`pulumi stack export --show-secrets` does"
                    )
                yield App(account, app), str(resource.get("id"))


def audit(export: StackExport) -> list[Finding]:
    """The active track recordings that the stack's state does not know, in every app that it records in.

    The token, and what else the state keeps encrypted, comes from the environment.
    Raises: Told where the service cannot be asked.
    """
    session = Session(export.setting)
    known: dict[App, set[str]] = {}
    account, app = _config.setting(session.config, "accountId"), _config.setting(session.config, "appId")
    if account and app:
        known[App(account, app)] = set()
    for place, recording_id in export.recordings():
        known.setdefault(place, set()).add(recording_id)
    if not known:
        raise Told("no app to look in: the state holds no recording, and no account and app are configured")
    return [finding for place, ids in known.items() for finding in _unknown(session, place, ids)]


def _unknown(session: Session, place: App, known: set[str]) -> Iterator[Finding]:
    try:
        recordings = session.recorder.recordings(place)
    except ApiError as error:
        raise Told(f"app {place.app_id} of account {place.account_id}: {error}") from None
    for recording in recordings:
        if recording.kind != "other" and recording.active and recording.id not in known:
            yield Finding(place, recording)


def _plain(value: Any) -> Any:
    """An input in the clear; secrets are readable where the export shows them."""
    if isinstance(value, Mapping) and SIGNATURE in value:
        return json.loads(value["plaintext"]) if "plaintext" in value else None
    return value
