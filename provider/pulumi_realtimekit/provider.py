"""Several accounts in one program: an explicit provider for each."""

from typing import Any, Final

import pulumi
from typing_extensions import Unpack

from pulumi_realtimekit.checks.validation import problems
from pulumi_realtimekit.declarations.encoding import as_utf8
from pulumi_realtimekit.declarations.fields import fields
from pulumi_realtimekit.declarations.settings import NAMESPACE, ProviderArgs
from pulumi_realtimekit.declarations.spelling import SHAPES, in_api_spelling, is_deferred, to_camel
from pulumi_realtimekit.plugin.connection import OWN_KEYS, PROVIDER_NAME_KEY
from pulumi_realtimekit.stack.cleartext import refuse_plain_text_credentials
from pulumi_realtimekit.stack.secrets import stack_config

ARGUMENTS: Final = {name: SHAPES.get(to_camel(name)) for name in fields(ProviderArgs)}


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
        refuse_plain_text_credentials()
        given = {name: as_utf8(value) for name, value in arguments.items() if value is not None and value != ""}
        declared = in_api_spelling(given, ARGUMENTS)
        mistakes = problems(ProviderArgs, declared, is_deferred)
        if mistakes:
            raise pulumi.RunError("\n".join(str(one._replace(provider=resource_name)) for one in mistakes))
        shared = {key: value for key, value in stack_config().items() if key not in OWN_KEYS}
        self.config: dict[str, Any] = {**shared, **{to_camel(name): value for name, value in declared.items()}}
        inputs = {
            f"{NAMESPACE}:{key}": in_api_spelling(value, SHAPES.get(key), pulumi.Output.secret)
            for key, value in self.config.items()
        }
        super().__init__("pulumi-python", resource_name, {PROVIDER_NAME_KEY: resource_name, **inputs}, opts)
