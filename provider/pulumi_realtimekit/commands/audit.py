"""What is recording in the apps of a stack and unknown to the stack's state."""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

from pulumi_realtimekit.api.client import App
from pulumi_realtimekit.api.recordings import Recording
from pulumi_realtimekit.declarations import settings as _config
from pulumi_realtimekit.errors import ApiError, NotAnExport, NotAsked, RealtimeKitError
from pulumi_realtimekit.plugin.connection import TOKEN_VARIABLE, Connection
from pulumi_realtimekit.plugin.engine import Engine

RESOURCE_TYPE: Final = "pulumi-python:dynamic/realtimekit:TrackRecording"
PROVIDER_TYPE: Final = "pulumi:providers:pulumi-python"
SETTINGS: Final = ("apiToken", "accountId", "appId", "baseUrl", "requestLimit", "timeoutSeconds")
"""What asking the service takes; storages and layers, which may be encrypted, say nothing of what is recording."""

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks a secret in an exported state."""


class Finding(NamedTuple):
    """An active track recording that the state does not know, and the app that it is in."""

    app: App
    recording: Recording


class Audit(NamedTuple):
    """What was found, and, a line each, what could not be looked into."""

    findings: list[Finding]
    problems: list[str]


class Provider:
    """A provider as the last `up` saved it; without inputs it is what the environment says.

    A token of the environment serves each of them whose own is encrypted.
    """

    def __init__(self, urn: str = "", inputs: Mapping[str, Any] | None = None) -> None:
        self.urn, self._inputs = urn, inputs or {}
        self.is_default = urn.endswith("::default")
        self._is_explicit = bool(urn) and not self.is_default

    def setting(self, key: str) -> Any:
        """A config key; None where it is absent or encrypted."""
        return _plain(self._inputs.get(key)) if key.partition(":")[2] in SETTINGS else None

    def places(self) -> Iterator["Place"]:
        """The app for recordings that name none, where one is configured. An explicit provider's account is its own."""
        if self._is_explicit and not self._has("accountId"):  # of another package
            return
        config = self._connection.config
        account = config.get("accountId") if self._is_explicit else _config.setting(config, "accountId")
        app = _config.setting(config, "appId")
        if account and app:
            yield Place(self.urn, App(account, app), self)
        elif (account or self._has("accountId")) and (app or self._has("appId")):
            yield Place(self.urn, None, self)

    @property
    def base_url(self) -> str:
        return (_config.setting(self._connection.config, "baseUrl") or _config.DEFAULT_BASE_URL).rstrip("/")

    def recordings(self, app: App) -> list[Recording]:
        """All recordings of an app. Raises: RealtimeKitError, ApiError."""
        if _config.setting(self._connection.config, "apiToken") is None:
            raise NotAsked(f"set {TOKEN_VARIABLE} in the environment: the export keeps the config's token encrypted")
        return self._connection.api.recordings(app)

    @cached_property
    def _connection(self) -> Connection:
        return Connection(self.setting, Engine.of_this_process())

    def _has(self, key: str) -> bool:
        return bool(self._inputs.get(f"realtimekit:{key}"))


class Place(NamedTuple):
    """Where a stack records, or may.

    urn: what records there. app: None where the export does not tell it. provider: what asks the service.
    """

    urn: str
    app: App | None
    provider: Provider


class StackExport:
    """The output of `pulumi stack export`, with or without `--show-secrets`."""

    def __init__(self, text: str) -> None:
        try:
            deployment = json.loads(text)["deployment"] or {}
            resources = [one for one in deployment.get("resources") or () if isinstance(one, Mapping)]
            operations = [(one["type"], one["resource"]) for one in deployment.get("pending_operations") or ()]
            self.pending: tuple[str, ...] = tuple(f"{what} {resource['urn']}" for what, resource in operations)
            self._creating = [resource for what, resource in operations if what == "creating" and _is_ours(resource)]
            self._recordings = [resource for resource in resources if _is_ours(resource)]
            self._providers = {
                f"{one.get('urn')}::{one.get('id')}": Provider(str(one.get("urn")), one.get("inputs"))
                for one in resources
                if one.get("type") == PROVIDER_TYPE
            }
        except (ValueError, TypeError, KeyError, AttributeError):
            raise NotAnExport("expected the output of `pulumi stack export` on standard input") from None
        defaults = (provider for provider in self._providers.values() if provider.is_default)
        self._default = next(defaults, None) or Provider()
        self.known = frozenset(str(resource.get("id")) for resource in self._recordings)
        """The ids of all recordings that the state knows."""

    def places(self) -> Iterator[Place]:
        """Where the stack's providers record, its recordings are, and one may be whose start was interrupted."""
        for provider in dict.fromkeys((self._default, *self._providers.values())):
            yield from provider.places()
        for resource in self._recordings:
            yield self._place(resource, "outputs")
        for resource in self._creating:
            yield self._place(resource, "inputs")

    def _place(self, resource: Mapping[str, Any], properties: str) -> Place:
        values = resource.get(properties) or {}
        account, app = _plain(values.get("account_id")), _plain(values.get("app_id"))
        told = isinstance(account, str) and isinstance(app, str)
        provider = self._providers.get(str(resource.get("provider")), self._default)
        return Place(str(resource.get("urn")), App(account, app) if told else None, provider)


def audit(export: StackExport) -> Audit:
    """The active track recordings that the stack's state does not know, in every app that it records in.

    Tokens, and what else the state keeps encrypted, come from the environment.
    Raises: RealtimeKitError where there is no app to look in.
    """
    findings: dict[tuple[App, str], Finding] = {}
    problems: list[str] = []
    asked: set[tuple[str, App]] = set()
    for urn, app, provider in export.places():
        if app is None:
            problems.append(
                f"{urn}: the export does not tell its account and app; if they are encrypted, "
                "`pulumi stack export --show-secrets` does"
            )
        elif (provider.base_url, app) not in asked:
            asked.add((provider.base_url, app))
            try:
                unknown = [*_unknown(provider.recordings(app), export.known)]
            except (ApiError, RealtimeKitError) as error:
                problems.append(f"app {app.app_id} of account {app.account_id}: {'; '.join(str(error).splitlines())}")
            else:
                findings.update({(app, recording.id): Finding(app, recording) for recording in unknown})
    if not asked and not problems:
        raise RealtimeKitError(
            "no app to look in: the state has no recording, and no account and app are configured; name them in "
            "CLOUDFLARE_ACCOUNT_ID and REALTIMEKIT_APP_ID"
        )
    return Audit([*findings.values()], problems)


def _unknown(recordings: list[Recording], known: frozenset[str]) -> Iterator[Recording]:
    for recording in recordings:
        if recording.kind != "other" and recording.active and recording.id not in known:
            yield recording


def _is_ours(resource: Mapping[str, Any]) -> bool:
    return resource.get("type") == RESOURCE_TYPE


def _plain(value: Any) -> Any:
    """An input in the clear; secrets are readable where the export shows them."""
    if isinstance(value, Mapping) and SIGNATURE in value:
        return json.loads(value["plaintext"]) if "plaintext" in value else None
    return value
