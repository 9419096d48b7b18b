"""What `pulumi stack export` writes, as far as it is about recordings."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import starmap
from typing import Any, Final, NamedTuple

from pulumi_realtimekit.api.client import App, RecordingsApi
from pulumi_realtimekit.checks.pulumi_schema import RESOURCE
from pulumi_realtimekit.checks.settings import mistakes_in_connection
from pulumi_realtimekit.declarations import settings
from pulumi_realtimekit.declarations.recording import PENDING_PREFIX
from pulumi_realtimekit.declarations.spelling import PROPERTIES, SIGNATURE, in_api_spelling
from pulumi_realtimekit.errors import ApiError, NotAnExport, NotAsked, Unauthorized
from pulumi_realtimekit.plugin.connection import OWN_KEYS, TOKEN_VARIABLE
from pulumi_realtimekit.plugin.native_config import is_default

RESOURCE_TYPES: Final = ("pulumi-python:dynamic/realtimekit:TrackRecording", RESOURCE)
PROVIDER_TYPES: Final = ("pulumi:providers:pulumi-python", "pulumi:providers:realtimekit")
"""Of Python programs, and of all others."""

NO_APP: Final = (
    "the export does not show its account and app; if they are encrypted, use `pulumi stack export --show-secrets`"
)


class SavedProvider:
    """A provider as the last `up` saved it; without inputs it is what the environment says.

    A token of the environment serves each provider whose own is encrypted.
    default: the stack's default provider, from whose config an explicit one of the native plugin takes what it is not
    given; one of a Python program has that in its inputs.
    """

    def __init__(
        self, urn: str = "", inputs: Mapping[str, Any] | None = None, default: "SavedProvider | None" = None
    ) -> None:
        is_native = PROVIDER_TYPES[1] in urn
        self.urn = urn
        self._inputs = {f"realtimekit:{key}" if is_native else key: value for key, value in (inputs or {}).items()}
        self.is_default = is_default(urn) if is_native else urn.endswith("::default")
        self._is_explicit = bool(urn) and not self.is_default
        if is_native and self._is_explicit and default is not None:
            self._inputs = {**default.shared, **self._inputs}
        self._config = settings.read(lambda key: plain(self._inputs.get(key)), settings.CONNECTION)

    def apps(self) -> Iterator[App | None]:
        """The app for recordings that name none, where one is configured; None where the export does not show it.

        The environment's account is never an explicit provider's.
        """
        if self._is_explicit and not self._has("accountId"):  # of another package
            return
        config = self._config
        account = config.get("accountId") if self._is_explicit else settings.setting(config, "accountId")
        app = settings.setting(config, "appId")
        if account and app:
            yield App(account, app)
        elif (account or self._has("accountId")) and (app or self._has("appId")):
            yield None

    @property
    def shared(self) -> dict[str, Any]:
        """The inputs that are the stack's, not the account's."""
        return {key: value for key, value in self._inputs.items() if key.removeprefix("realtimekit:") not in OWN_KEYS}

    @property
    def base_url(self) -> str:
        return (settings.setting(self._config, "baseUrl") or settings.DEFAULT_BASE_URL).rstrip("/")

    @cached_property
    def api(self) -> RecordingsApi:
        """Asks the service. Raises NotAsked where something is missing for that."""
        token = settings.setting(self._config, "apiToken")
        if token is None:
            raise NotAsked(f"set {TOKEN_VARIABLE} in the environment: the export keeps the config's token encrypted")
        if self._hides_base_url:
            raise NotAsked(
                "the export does not show realtimekit:baseUrl, which is encrypted: use `pulumi stack export "
                f"--show-secrets`, or set {settings.ENVIRONMENT['baseUrl']} in the environment"
            )
        mistakes = mistakes_in_connection(self._config)
        if mistakes:
            raise NotAsked("; ".join(map(str, mistakes)))
        return RecordingsApi(
            base_url=self.base_url,
            token=token,
            fallback_token=None if self._is_explicit else os.environ.get(TOKEN_VARIABLE),
            timeout=self._config.get("timeoutSeconds", settings.DEFAULT_TIMEOUT_SECONDS),
            request_limit=self._config.get("requestLimit", settings.DEFAULT_REQUEST_LIMIT),
            advice=_advice,
            on_slowed=lambda reason: print(reason, file=sys.stderr),
        )

    @property
    def _hides_base_url(self) -> bool:
        """Whether it is not known where the API is. The service's own is not it, and is not sent the token."""
        is_encrypted = self._has("baseUrl") and "baseUrl" not in self._config
        return is_encrypted and settings.setting(self._config, "baseUrl") is None

    def _has(self, key: str) -> bool:
        return bool(self._inputs.get(f"realtimekit:{key}"))


class Resource(NamedTuple):
    """A recording of the stack, or one whose start was interrupted.

    properties: its outputs, or where there are none its inputs; plain values, None for what is encrypted.
    app: None where the export does not show it.
    """

    urn: str
    id: str
    properties: Mapping[str, Any]
    app: App | None
    provider: SavedProvider

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]

    @property
    def is_pending(self) -> bool:
        """Whether nothing was started for it yet."""
        return self.id.startswith(PENDING_PREFIX)


class StackExport:
    """The output of `pulumi stack export`, with or without `--show-secrets`.

    pending: the operations that were interrupted, such as `creating <urn>`.
    Raises NotAnExport.
    """

    def __init__(self, text: str | bytes) -> None:
        try:
            deployment = json.loads(text)["deployment"] or {}
            resources = [dict(one) for one in deployment.get("resources") or ()]
            operations = [(one["type"], one["resource"]) for one in deployment.get("pending_operations") or ()]
            self.pending = tuple(f"{what} {resource['urn']}" for what, resource in operations)
            saved = {
                f"{one.get('urn')}::{one.get('id')}": (str(one.get("urn")), one.get("inputs"))
                for one in resources
                if one.get("type") in PROVIDER_TYPES
            }
            defaults = (provider for provider in starmap(SavedProvider, saved.values()) if provider.is_default)
            self._default = next(defaults, None) or SavedProvider()
            self._providers = {
                reference: self._default if urn == self._default.urn else SavedProvider(urn, inputs, self._default)
                for reference, (urn, inputs) in saved.items()
            }
            self.recordings = [self._resource(one, one.get("outputs")) for one in resources if _is_ours(one)]
            self.interrupted_starts = [
                self._resource(one, one.get("inputs"))
                for what, one in operations
                if what == "creating" and _is_ours(one)
            ]
        except (ValueError, TypeError, KeyError, AttributeError):
            raise NotAnExport("expected the output of `pulumi stack export` on standard input") from None

    @property
    def providers(self) -> list[SavedProvider]:
        """All providers, the default one first; it is the environment's where the stack has none."""
        return [*dict.fromkeys((self._default, *self._providers.values()))]

    def _resource(self, resource: Mapping[str, Any], properties: Mapping[str, Any] | None) -> Resource:
        values = plain(properties or {})
        if resource.get("type") == RESOURCE:
            values = in_api_spelling(values, PROPERTIES)
        account, app = values.get("account_id"), values.get("app_id")
        place = App(account, app) if isinstance(account, str) and isinstance(app, str) else None
        provider = self._providers.get(str(resource.get("provider")), self._default)
        return Resource(str(resource.get("urn")), str(resource.get("id")), values, place, provider)


def plain(value: Any) -> Any:
    """A value of the export without its marks of secrets; None in the place of what is encrypted."""
    if isinstance(value, Mapping):
        if SIGNATURE in value:
            return plain(json.loads(value["plaintext"])) if "plaintext" in value else None  # it may hold other secrets
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def _is_ours(resource: Mapping[str, Any]) -> bool:
    return resource.get("type") in RESOURCE_TYPES


def _advice(error: ApiError) -> str:
    if not isinstance(error, Unauthorized):
        return ""
    return f"is {TOKEN_VARIABLE} right, with permission Realtime or Realtime Admin for the account?"
