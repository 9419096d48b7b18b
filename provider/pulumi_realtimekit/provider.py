"""Several accounts in one program: an explicit provider for each."""

from typing import Any, Final

import pulumi
from pulumi.runtime.config import get_config
from typing_extensions import Unpack

from pulumi_realtimekit.checks.validation import problems
from pulumi_realtimekit.declarations.fields import fields
from pulumi_realtimekit.declarations.settings import NAMESPACE, PROVIDER_KEYS, ProviderArgs, read, setting
from pulumi_realtimekit.declarations.spelling import (
    CREDENTIAL,
    LAYERS,
    SHAPES,
    STORAGES,
    in_api_spelling,
    is_deferred,
    to_camel,
)
from pulumi_realtimekit.plugin.connection import PROVIDER_NAME_KEY
from pulumi_realtimekit.stack.cleartext import refuse_credentials_in_clear
from pulumi_realtimekit.stack.meetings import Place
from pulumi_realtimekit.stack.secrets import encrypts, of_provider

ARGUMENTS: Final[dict[str, Any]] = {
    **dict.fromkeys(fields(ProviderArgs)),
    "api_token": CREDENTIAL,
    "storages": STORAGES,
    "layers": LAYERS,
}
SHARED: Final = tuple(key for key in PROVIDER_KEYS if key not in {"accountId", "apiToken"})
"""What a provider takes from the stack's config where it is not given."""


class Provider(pulumi.ProviderResource):
    """An account to record in, for `ResourceOptions(provider=…)`; its process and its config are its own."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **arguments: Unpack[ProviderArgs],
    ) -> None:
        """Declares a provider; its arguments are those of `ProviderArgs`.

        Raises: pulumi.RunError that lists every mistake: the engine keeps in its state what a provider is given.
        """
        refuse_credentials_in_clear()
        given = {name: value for name, value in arguments.items() if value is not None and value != ""}
        declared = in_api_spelling(given, ARGUMENTS)
        mistakes = problems(ProviderArgs, declared, is_deferred)
        if mistakes:
            raise pulumi.RunError("\n".join(str(one._replace(provider=resource_name)) for one in mistakes))
        config = read(get_config, SHARED)
        inputs = {key: _with_secrets(key, value, config) for key, value in config.items()}
        for name, value in in_api_spelling(given, ARGUMENTS, pulumi.Output.secret).items():
            inputs[to_camel(name)] = value
        self.inherited = of_provider(declared)
        self.place = Place(declared["account_id"], declared.get("app_id") or setting(config, "appId"))
        super().__init__(
            "pulumi-python",
            resource_name,
            {PROVIDER_NAME_KEY: resource_name, **{f"{NAMESPACE}:{key}": value for key, value in inputs.items()}},
            opts,
        )


def _with_secrets(key: str, value: Any, config: dict[str, Any]) -> Any:
    """A value of the stack's config, which the program gets decrypted."""
    marked = in_api_spelling(value, SHAPES.get(key), pulumi.Output.secret)
    return pulumi.Output.secret(marked) if encrypts(key, config) else marked
