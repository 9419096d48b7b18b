"""Everything that stands under `realtimekit:` in a stack's config, read by the program and by the plugin."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, Literal

from annotated_types import Ge, Gt, Le
from typing_extensions import Required, TypedDict

from pulumi_realtimekit.api.base_url import read_base_url, require_printable
from pulumi_realtimekit.api.limits import LONGEST_TIMEOUT_SECONDS
from pulumi_realtimekit.declarations import spelling
from pulumi_realtimekit.declarations.fields import Input, Seconds, Text, Whole, fields, whole
from pulumi_realtimekit.declarations.layers import LayersArgs
from pulumi_realtimekit.declarations.recording import Id, TrackRecordingArgs
from pulumi_realtimekit.declarations.rules import Checked, InSchema
from pulumi_realtimekit.declarations.storages import StorageArgs

NAMESPACE: Final = "realtimekit"

DEFAULT_BASE_URL: Final = "https://api.cloudflare.com/client/v4"
DEFAULT_REQUEST_LIMIT: Final = 1000
DEFAULT_TIMEOUT_SECONDS: Final = 30

EnvironmentKey = Literal["apiToken", "accountId", "appId", "baseUrl"]
ENVIRONMENT: Final[dict[EnvironmentKey, str]] = {
    "apiToken": "CLOUDFLARE_API_TOKEN",
    "accountId": "CLOUDFLARE_ACCOUNT_ID",
    "appId": "REALTIMEKIT_APP_ID",
    "baseUrl": "CLOUDFLARE_BASE_URL",
}
"""The environment variable that is read where a key is absent."""


def _base_url(value: str) -> str:
    read_base_url(value)
    return value


Token = Annotated[Text, InSchema(is_credential=True), Checked(require_printable)]
Url = Annotated[str, Checked(_base_url)]
StoragesArgs = Mapping[Text, Input[StorageArgs]]
_Limit = Annotated[Whole, Ge(0)]
_Timeout = Annotated[Seconds, Gt(0), Le(LONGEST_TIMEOUT_SECONDS)]


class ProviderArgs(TypedDict, total=False):
    """What a `Provider` is declared with; what is absent is taken from the stack's config."""

    account_id: Required[Input[Id]]
    """the account to record in; never taken from the stack's config"""
    api_token: Required[Input[Token]]
    """the account's API token; never taken from the stack's config"""
    app_id: Input[Id] | None
    """the app to record in; environment: REALTIMEKIT_APP_ID"""
    base_url: Input[Url] | None
    """where the API is, including `/client/v4`; default: the service's; environment: CLOUDFLARE_BASE_URL"""
    storages: Input[StoragesArgs] | None
    """storages by name, for the outputs of layers"""
    layers: Input[LayersArgs] | None
    """layers by name, of every recording that declares none"""


class Config(TypedDict, total=False):
    """The stack's config under `realtimekit:`."""

    apiToken: Token | None
    """API token with permission Realtime or Realtime Admin; environment: CLOUDFLARE_API_TOKEN"""
    accountId: Id | None
    """the account to record in; environment: CLOUDFLARE_ACCOUNT_ID"""
    appId: Id | None
    """the app to record in; environment: REALTIMEKIT_APP_ID"""
    baseUrl: Url | None
    """where the API is, including `/client/v4`; default: the service's; environment: CLOUDFLARE_BASE_URL"""
    requestLimit: _Limit | None
    """requests in any 50 s; default: 1000, the service's limit; 0: none"""
    timeoutSeconds: _Timeout | None
    """how long one call may take, in seconds, at most 86400; below 10, starts whose answers are lost are looked for
    less long, too; default: 30"""
    storages: StoragesArgs | None
    """storages by name, for the outputs of layers"""
    layers: LayersArgs | None
    """layers by name, of every recording that declares none"""
    recordings: Mapping[Text, TrackRecordingArgs] | None
    """track recordings by resource name, read by the program"""


KEYS: Final = fields(Config)
CONNECTION: Final = ("apiToken", "accountId", "appId", "baseUrl", "requestLimit", "timeoutSeconds")
"""What it takes to reach the service."""
PROVIDER_KEYS: Final = (*CONNECTION, "storages", "layers")
"""What the plugin reads: `recordings` is the program's."""

_JSON_KEYS: Final = ("storages", "layers", "recordings", "requestLimit", "timeoutSeconds")


def read(get: Callable[[str], Any], keys: Iterable[str] = KEYS) -> dict[str, Any]:
    """The config as plain data in the API's spelling; empty counts as absent.

    get: answers for a namespaced key, None where it is absent.
    """
    given = {key: get(f"{NAMESPACE}:{key}") for key in keys}
    values = {key: whole(decoded(value)) if key in _JSON_KEYS else value for key, value in given.items()}
    return {
        key: spelling.in_api_spelling(value, spelling.SHAPES.get(key))
        for key, value in values.items()
        if value is not None and value != ""
    }


def decoded(value: Any) -> Any:
    """What a value stands for: the engine hands maps and numbers over as JSON, an explicit provider's as they are."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def setting(config: Mapping[str, Any], key: EnvironmentKey) -> str | None:
    """A key's value, or that of its environment variable where the key is absent; empty counts as absent."""
    value = config.get(key) or os.environ.get(ENVIRONMENT[key])
    return value if isinstance(value, str) and value else None
