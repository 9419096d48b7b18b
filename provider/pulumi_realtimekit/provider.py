"""Several accounts in one program: an explicit provider for each."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
from pulumi.runtime.config import get_config
from typing_extensions import Unpack

from pulumi_realtimekit.checks.form import problems
from pulumi_realtimekit.checks.messages import NAMESPACE, nearest
from pulumi_realtimekit.declarations import settings as _config
from pulumi_realtimekit.declarations import spelling as _spelling
from pulumi_realtimekit.declarations.case import to_camel, to_snake
from pulumi_realtimekit.declarations.fields import fields
from pulumi_realtimekit.declarations.settings import ProviderArgs
from pulumi_realtimekit.plugin.connection import PROVIDER_NAME_KEY
from pulumi_realtimekit.stack.cleartext import refuse_credentials_in_clear
from pulumi_realtimekit.stack.meetings import Place
from pulumi_realtimekit.stack.secrets import Inherited, marked, of_provider, secret


class Provider(pulumi.ProviderResource):
    """An account to record in, for `ResourceOptions(provider=…)`; its process and its config are its own."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **arguments: Unpack[ProviderArgs],
    ) -> None:
        """Declares a provider; its arguments are those of `ProviderArgs`."""
        refuse_credentials_in_clear()
        stack = _config.read(get_config)
        given = {to_snake(name): value for name, value in arguments.items() if value is not None and value != ""}
        _refuse(resource_name, given)
        given = {name: _spelt(to_camel(name), value) for name, value in given.items()}
        shared = {
            key: _spelt(key, marked(key, value))
            for key, value in stack.items()
            if key not in {"accountId", "apiToken", "recordings"}
        }
        inputs = {**shared, **{to_camel(name): value for name, value in given.items()}}
        self.inherited: Inherited = of_provider(given)
        super().__init__(
            "pulumi-python",
            resource_name,
            {
                PROVIDER_NAME_KEY: resource_name,
                **{f"{NAMESPACE}:{key}": value for key, value in inputs.items()},
            },
            opts,
        )
        self.place = Place(given["account_id"], given.get("app_id") or _config.setting(stack, "appId"))


def _refuse(resource_name: str, given: Mapping[str, Any]) -> None:
    """Raises: pulumi.RunError that lists every mistake: the engine would keep in its state what it is given."""
    known = fields(ProviderArgs)
    unknown = [f"{name}: unknown argument{nearest(name, known)}" for name in given if name not in known]
    missing = [f"{name}: required, but absent" for name in ProviderArgs.__required_keys__ if name not in given]
    spelt = {name: PLAIN_SPELLINGS.get(name, _as_it_is)(value) for name, value in given.items() if name in known}
    wrong = [problem for problem in problems(ProviderArgs, spelt, _spelling.is_deferred) if problem.path[0] in given]
    lines = [*(f"provider '{resource_name}': {line}" for line in (*unknown, *sorted(missing)))]
    lines += [str(problem._replace(provider=resource_name)) for problem in wrong]
    if lines:
        raise pulumi.RunError("\n".join(lines))


def _as_it_is(value: Any) -> Any:
    return value


PLAIN_SPELLINGS: Final[dict[str, Callable[[Any], Any]]] = {
    "storages": _spelling.storages,
    "layers": _spelling.layers,
}


SPELLINGS: Final[dict[str, Callable[[Any], Any]]] = {
    "apiToken": secret,
    "storages": lambda declared: _spelling.storages(declared, secret),
    "layers": lambda declared: _spelling.layers(declared, secret),
}


def _spelt(key: str, value: Any) -> Any:
    """A value with its credentials marked: the stack's the program gets in the clear."""
    return SPELLINGS[key](value) if key in SPELLINGS else value
