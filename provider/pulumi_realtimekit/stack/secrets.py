"""What the user encrypted stays a secret on its way into resources.

The plugin marks credentials as secrets. Only the program knows what else is encrypted (a meeting's id, a bucket's
name). It passes that on as a secret, coarser than it was encrypted, and the engine keeps it so where `check` leaves it.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from pulumi_realtimekit.checks.problems import Path, is_users_name
from pulumi_realtimekit.declarations.settings import NAMESPACE, PROVIDER_KEYS, read
from pulumi_realtimekit.declarations.spelling import items, to_camel, to_snake
from pulumi_realtimekit.declarations.storages import CREDENTIALS
from pulumi_realtimekit.stack.files import is_encrypted, node_of
from pulumi_realtimekit.stack.run import config_values, once_a_run


def encrypts(key: str) -> bool:
    """Whether anything but credentials is encrypted under a key of the config."""
    return _encrypts(node_of(f"{NAMESPACE}:{key}"), (key,))


def with_secrets(recordings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The arguments of recordings, by name; one is a secret as soon as anything in it but credentials is encrypted."""
    node = node_of(f"{NAMESPACE}:recordings")

    def marked(name: str, argument: str, value: Any) -> Any:
        own = _child(_child(node, name), argument)
        return pulumi.Output.secret(value) if _encrypts(own, ("recordings", name, argument)) else value

    return {
        name: {argument: marked(name, argument, value) for argument, value in declared.items()}
        for name, declared in recordings.items()
    }


def _child(node: Any, name: str) -> Any:
    return node if is_encrypted(node) else node.get(name, node.get(to_camel(name)))


def _encrypts(node: Any, path: Path) -> bool:
    if is_encrypted(node):
        return is_users_name(path) or to_snake(str(path[-1])) not in CREDENTIALS
    return any(_encrypts(item, (*path, name)) for name, item in items(node))


@once_a_run
def stack_config() -> dict[str, Any]:
    """What the default provider has of the config; an output where anything but credentials is encrypted in it."""
    config = read(config_values().get, PROVIDER_KEYS)
    return {key: pulumi.Output.secret(value) if encrypts(key) else value for key, value in config.items()}
