"""Several accounts in one program: an explicit provider for each."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime.config import get_config

from pulumi_realtimekit import _config, _spelling
from pulumi_realtimekit._resource import LayerArgs, StorageArgs, secret
from pulumi_realtimekit._session import PROVIDER_NAME_KEY


class Provider(pulumi.ProviderResource):
    """An account to record in, for `ResourceOptions(provider=…)`; its process and its config are its own."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        account_id: pulumi.Input[str],
        api_token: pulumi.Input[str],
        app_id: pulumi.Input[str] | None = None,
        base_url: pulumi.Input[str] | None = None,
        storages: pulumi.Input[Mapping[str, pulumi.Input[StorageArgs]]] | None = None,
        layers: pulumi.Input[Mapping[str, pulumi.Input[LayerArgs]]] | None = None,
    ) -> None:
        """Declares a provider. What is not given is taken from the stack's config.

        account_id, api_token: of this account; never taken from the stack's config. The token becomes a secret.
        app_id, base_url, storages, layers: as under `realtimekit:` in the config.
        """
        stack = _config.read(get_config)
        given: dict[str, Any] = {
            "accountId": account_id,
            "apiToken": secret(api_token),
            "appId": app_id,
            "baseUrl": base_url,
            "storages": None if storages is None else _spelling.storages(storages, secret),
            "layers": None if layers is None else _spelling.layers(layers, secret),
        }
        shared = {
            key: _spelt(key, value)
            for key, value in stack.items()
            if key not in {"accountId", "apiToken", "recordings"}
        }
        inputs = {**shared, **_present(given)}
        super().__init__(
            "pulumi-python",
            resource_name,
            {
                PROVIDER_NAME_KEY: resource_name,
                **{f"{_config.NAMESPACE}:{key}": value for key, value in inputs.items()},
            },
            opts,
        )


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _spelt(key: str, value: Any) -> Any:
    """The stack's value, its credentials marked: the program gets them in the clear."""
    spell = {"storages": _spelling.storages, "layers": _spelling.layers}.get(key)
    return spell(value, secret) if spell else value
