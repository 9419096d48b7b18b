"""What the user encrypted stays a secret on its way into resources.

The plugin marks credentials as secrets. Only the program knows what else is encrypted (a meeting's id, a bucket's
name). It passes that on as a secret, coarser than it was encrypted, and the engine keeps it so where `check` leaves it.
"""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from pulumi_realtimekit.checks.problems import Path, is_users_name
from pulumi_realtimekit.declarations.layers import layers_without_credentials
from pulumi_realtimekit.declarations.settings import NAMESPACE, PROVIDER_KEYS, read
from pulumi_realtimekit.declarations.spelling import is_deferred, to_camel, to_snake
from pulumi_realtimekit.declarations.storages import CREDENTIALS, without_credentials
from pulumi_realtimekit.stack.files import is_encrypted, items, node_of
from pulumi_realtimekit.stack.run import config_values, once_a_run

IDS: Final = {"account_id": "accountId", "app_id": "appId"}


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


def inherited(declared: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """What the program hands over beside a recording's arguments, so that it is as secret as where it comes from.

    config: its provider's, in which an output is or may be a secret.
    """
    ids = {name: config[key] for name, key in IDS.items() if is_deferred(config.get(key))}
    given = {name: value for name, value in ids.items() if declared.get(name) is None}
    storages = config.get("storages")
    if isinstance(storages, Mapping):
        storages = [without_credentials(one) if isinstance(one, Mapping) else one for one in storages.values()]
    layers, origin = declared.get("layers"), [storages]
    if (layers is None or layers == {}) and "layers" in config:
        layers = pulumi.Output.from_input(config["layers"]).apply(layers_without_credentials)
        origin = [storages, config["layers"]]
    if layers is not None and holds_outputs(origin):
        given["layers"] = pulumi.Output.all(layers, storages).apply(lambda known: known[0])
    return given


def holds_outputs(value: Any) -> bool:
    return is_deferred(value) or any(holds_outputs(item) for _, item in items(value))
