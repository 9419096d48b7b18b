"""What the user encrypted stays a secret on its way into resources.

Credentials are the plugin's to mark. Of what else is encrypted (a meeting's id, a bucket's name) only the program can
tell, and it hands that over as secret, coarser than it was encrypted: the engine keeps it so where `check` leaves it.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pulumi
from pulumi.runtime.config import get_config, is_config_secret

from pulumi_realtimekit.checks.messages import Path, is_users_name
from pulumi_realtimekit.declarations.layers import layers_without_credentials
from pulumi_realtimekit.declarations.settings import NAMESPACE, read
from pulumi_realtimekit.declarations.spelling import is_deferred, to_camel, to_snake
from pulumi_realtimekit.declarations.storages import CREDENTIALS, without_credentials
from pulumi_realtimekit.stack.files import is_encrypted, items, stack_files
from pulumi_realtimekit.stack.run import once_a_run

ENCRYPTED: Final = {"secure": ""}
IDS: Final = {"account_id": "accountId", "app_id": "appId"}


def encrypts(key: str, config: Mapping[str, Any]) -> bool:
    """Whether anything but credentials is encrypted under a key of the config."""
    return _encrypts(_node(key, config), (key,))


def with_secrets(recordings: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The arguments of recordings, by name; one is a secret as soon as anything in it but credentials is encrypted."""
    node = _node("recordings", config)
    return {
        name: {
            argument: pulumi.Output.secret(value)
            if _encrypts(_child(_child(node, name), argument), ("recordings", name, argument))
            else value
            for argument, value in declared.items()
        }
        for name, declared in recordings.items()
    }


def _node(key: str, config: Mapping[str, Any]) -> Any:
    """How a key's value stands in the stack's files; encrypted as a whole where it came from elsewhere."""
    namespaced = f"{NAMESPACE}:{key}"
    if not is_config_secret(namespaced):
        return None
    node = stack_files().nodes.get(namespaced)
    return node if _is_of(node, config.get(key)) else ENCRYPTED


def _is_of(node: Any, value: Any) -> bool:
    """Whether a value is what a file holds, or another one's (`--config-file`, an ESC environment)."""
    if is_encrypted(node):
        return True
    if isinstance(node, Mapping) and isinstance(value, Mapping):
        spelt = {name if name in value else to_snake(str(name)): item for name, item in node.items()}
        return spelt.keys() == value.keys() and all(_is_of(spelt[name], item) for name, item in value.items())
    if isinstance(node, list) and isinstance(value, list):
        return len(node) == len(value) and all(map(_is_of, node, value))
    return bool(node == value)


def _child(node: Any, name: str) -> Any:
    if is_encrypted(node):
        return node
    return node.get(name, node.get(to_camel(name))) if isinstance(node, Mapping) else None


def _encrypts(node: Any, path: Path) -> bool:
    if is_encrypted(node):
        return is_users_name(path) or to_snake(str(path[-1])) not in CREDENTIALS
    return any(_encrypts(item, (*path, name)) for name, item in items(node))


class Inherited(NamedTuple):
    """What a recording takes from its provider: secrets, as outputs, and what stands beside them.

    ids: the account and the app, where they are secrets. layers: those of a recording that declares none. storages:
    what is as secret as the storages are. Both are without credentials.
    """

    ids: Mapping[str, Any] = {}
    layers: Any = None
    storages: Any = None

    def inputs(self, declared: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs that the program hands over for the plugin, so that they are as secret as where they are from."""
        given = {name: value for name, value in self.ids.items() if declared.get(name) is None}
        layers = declared.get("layers")
        is_own = layers is not None and layers != {}
        layers = layers if is_own else self.layers
        if layers is not None and (_holds_outputs(self.storages) or (not is_own and _holds_outputs(layers))):
            given["layers"] = pulumi.Output.all(layers, self.storages).apply(lambda known: known[0])
        return given


@once_a_run
def of_stack() -> Inherited:
    """What the default provider's config hides."""
    config = read(get_config, (*IDS.values(), "storages", "layers"))
    ids = {
        name: pulumi.Output.secret(config[key])
        for name, key in IDS.items()
        if key in config and is_config_secret(f"{NAMESPACE}:{key}")
    }
    layers = layers_without_credentials(config.get("layers"))
    return Inherited(
        ids,
        pulumi.Output.secret(layers) if encrypts("layers", config) else layers,
        pulumi.Output.secret("") if encrypts("storages", config) else None,
    )


def of_provider(given: Mapping[str, Any]) -> Inherited:
    """What an explicit provider hides: outputs among its arguments, and of the stack what it is not given."""
    stack = of_stack()
    ids = {name: given[name] for name in IDS if is_deferred(given.get(name))}
    if "app_id" not in given and "app_id" in stack.ids:
        ids["app_id"] = stack.ids["app_id"]
    storages = given.get("storages", stack.storages)
    if isinstance(storages, Mapping):
        storages = [without_credentials(one) if isinstance(one, Mapping) else one for one in storages.values()]
    return Inherited(ids, layers_without_credentials(given.get("layers", stack.layers)), storages)


def hides_prefix(layers: Any) -> bool:
    """Whether the prefix of a layer, with which file names begin, is or may be a secret."""
    if not isinstance(layers, Mapping):
        return is_deferred(layers)
    prefixes = (layer.get("file_name_prefix") if isinstance(layer, Mapping) else layer for layer in layers.values())
    return any(map(is_deferred, prefixes))


def _holds_outputs(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_outputs, value.values()))
    return any(map(_holds_outputs, value)) if isinstance(value, list | tuple) else is_deferred(value)
