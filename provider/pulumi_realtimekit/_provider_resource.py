"""Several accounts in one program: an explicit provider for each."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
from pulumi.runtime.config import get_config
from typing_extensions import Unpack

from pulumi_realtimekit import _config, _spelling
from pulumi_realtimekit._case import to_camel, to_snake
from pulumi_realtimekit._config import ProviderArgs
from pulumi_realtimekit._declared import fields
from pulumi_realtimekit._meetings import Place
from pulumi_realtimekit._problems import NAMESPACE, nearest
from pulumi_realtimekit._resource import secret
from pulumi_realtimekit._session import PROVIDER_NAME_KEY


class Provider(pulumi.ProviderResource):
    """An account to record in, for `ResourceOptions(provider=…)`; its process and its config are its own."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **arguments: Unpack[ProviderArgs],
    ) -> None:
        """Declares a provider; its arguments are those of `ProviderArgs`."""
        stack = _config.read(get_config)
        given = {to_snake(name): value for name, value in arguments.items() if value is not None}
        _refuse(resource_name, given)
        given = {to_camel(name): value for name, value in given.items()}
        shared = {
            key: _spelt(key, value)
            for key, value in stack.items()
            if key not in {"accountId", "apiToken", "recordings"}
        }
        inputs = {**shared, **{key: _spelt(key, value) for key, value in given.items()}}
        super().__init__(
            "pulumi-python",
            resource_name,
            {
                PROVIDER_NAME_KEY: resource_name,
                **{f"{NAMESPACE}:{key}": value for key, value in inputs.items()},
            },
            opts,
        )
        self.place = Place(inputs.get("accountId"), inputs.get("appId") or _config.setting(stack, "appId"))


def _refuse(resource_name: str, given: Mapping[str, Any]) -> None:
    """Raises: pulumi.RunError for arguments that there are not, and those that have to be."""
    known = fields(ProviderArgs)
    unknown = [f"{name}: unknown argument{nearest(name, known)}" for name in given if name not in known]
    missing = [f"{name}: required, but absent" for name in ProviderArgs.__required_keys__ if name not in given]
    if unknown or missing:
        lines = [f"provider '{resource_name}': {line}" for line in (*unknown, *sorted(missing))]
        raise pulumi.RunError("\n".join(lines))


SPELLINGS: Final[dict[str, Callable[[Any], Any]]] = {
    "apiToken": secret,
    "storages": lambda declared: _spelling.storages(declared, secret),
    "layers": lambda declared: _spelling.layers(declared, secret),
}


def _spelt(key: str, value: Any) -> Any:
    """A value with its credentials marked: the stack's the program gets in the clear."""
    return SPELLINGS[key](value) if key in SPELLINGS else value
