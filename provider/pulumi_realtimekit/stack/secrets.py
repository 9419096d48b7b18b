"""What the user encrypted stays a secret on its way into resources.

The program gets the config decrypted, and the engine marks secrets again by path after each call: what `check` takes
from the config (an account, layers, the storages that they name) would be in the clear in the state. So the program
hands it over itself, as a secret, at the path where `check` leaves it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
from pulumi.runtime.config import get_config, is_config_secret

from pulumi_realtimekit.checks.messages import NAMESPACE
from pulumi_realtimekit.declarations import settings as _config
from pulumi_realtimekit.declarations.layers import SERVICE_BUCKET
from pulumi_realtimekit.declarations.spelling import is_deferred
from pulumi_realtimekit.declarations.storages import CREDENTIALS
from pulumi_realtimekit.stack.files import ENCRYPTED, StackFiles, child, is_encrypted

IDS: Final = {"account_id": "accountId", "app_id": "appId"}


def secret(value: Any) -> Any:
    """A secret from here on, whether it was one before or not."""
    return None if value is None else pulumi.Output.secret(value)


def marked(key: str, value: Any, *names: str) -> Any:
    """A value of the stack's config, what the stack's files hold encrypted being a secret.

    names: where under the key it stands. Where the files do not hold the key (an ESC environment, `--config-file`), all
    of it counts as encrypted as soon as the engine says that some of it is.
    """
    namespaced = f"{NAMESPACE}:{key}"
    if not is_config_secret(namespaced):
        return value
    files = StackFiles.of_this_program()
    node = files.node(namespaced) if files.holds(namespaced) else ENCRYPTED
    for name in names:
        node = child(node, name)
    return _marked(value, node)


def _marked(value: Any, node: Any) -> Any:
    """A string that is not the node's comes from elsewhere (`--config-file`), and counts as encrypted."""
    if is_encrypted(node) or (isinstance(value, str) and value != node):
        return secret(value)
    if isinstance(value, Mapping):
        return {name: _marked(item, child(node, name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_marked(item, child(node, index)) for index, item in enumerate(value)]
    return value


@dataclass(frozen=True)
class Inherited:
    """What a recording takes from its provider, as far as it is, or may be, a secret.

    ids: the account and the app.
    layers: those of a recording that declares none, without credentials, and `veil`, which is as secret as they are.
    storages: by name, what is as secret as the storage is without its credentials.
    """

    ids: Mapping[str, Any] = field(default_factory=dict)
    layers: Any = None
    veil: Any = None
    storages: Mapping[str, Any] = field(default_factory=dict)

    def inputs(self, declared: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs of a recording that are to be given for what it declares."""
        given = {name: value for name, value in self.ids.items() if declared.get(name) is None}
        layers, veils = declared.get("layers"), []
        if layers is None or layers == {}:
            layers, veils = self.layers, [] if self.veil is None else [self.veil]
        veils += [veil for name, veil in self.storages.items() if _may_name(layers, name)]
        if layers is not None and veils:
            given["layers"] = pulumi.Output.all(layers, *veils).apply(lambda known: known[0])
        return given


def of_stack() -> Inherited:
    """What the default provider's config hides. Of what no file holds, only the ids are known to be encrypted."""
    files = StackFiles.of_this_program()
    ids = {
        argument: secret(value)
        for argument, key in IDS.items()
        if is_config_secret(f"{NAMESPACE}:{key}") and (value := get_config(f"{NAMESPACE}:{key}"))
    }
    if not files.encrypts("layers") and not files.encrypts("storages"):
        return Inherited(ids)
    config = _config.read(get_config)
    storages = config.get("storages")
    return Inherited(
        ids,
        without_credentials(config.get("layers")),
        secret("") if files.encrypts("layers") else None,
        {
            name: secret("")
            for name in (storages if isinstance(storages, Mapping) else ())
            if files.encrypts("storages", name)
        },
    )


def of_provider(given: Mapping[str, Any]) -> Inherited:
    """What an explicit provider hides; given: its arguments, and of the stack what it is not given.

    What is not known before other resources are may be a secret of theirs.
    """
    shared = of_stack()
    ids = {name: given[name] for name in IDS if is_deferred(given.get(name))}
    if "app_id" not in given and "app_id" in shared.ids:
        ids["app_id"] = shared.ids["app_id"]
    storages, layers = shared.storages, (shared.layers, shared.veil)
    if "storages" in given:
        storages = _veils(without_credentials(given["storages"]))
    if "layers" in given:
        own = without_credentials(given["layers"])
        layers = own, own if any(_deferred(own)) else None
    elif storages:
        layers = without_credentials(_config.read(get_config).get("layers")), shared.veil
    return Inherited(ids, *layers, storages)


def hides_prefix(layers: Any) -> bool:
    """Whether the prefix of a layer is, or may be, a secret: the layer itself may be one, and so may all of them be."""
    if not isinstance(layers, Mapping):
        return is_deferred(layers)
    prefixes = (layer.get("file_name_prefix") if isinstance(layer, Mapping) else layer for layer in layers.values())
    return any(map(is_deferred, prefixes))


EVERY_STORAGE: Final = ""
"""Stands for all storages, where their names are not known yet."""


def _veils(storages: Any) -> dict[str, Any]:
    if is_deferred(storages):
        return {EVERY_STORAGE: storages}
    entries = storages.items() if isinstance(storages, Mapping) else ()
    return {name: storage for name, storage in entries if any(_deferred(storage))}


def without_credentials(declared: Any) -> Any:
    """A map by names of the user's, its entries without what their fields hold of credentials, at any depth."""
    if is_deferred(declared):
        return pulumi.Output.from_input(declared).apply(without_credentials)
    return {name: _shown(entry) for name, entry in declared.items()} if isinstance(declared, Mapping) else None


def _shown(value: Any) -> Any:
    if is_deferred(value):
        return pulumi.Output.from_input(value).apply(_shown)
    if isinstance(value, Mapping):
        return {name: _shown(item) for name, item in value.items() if name not in CREDENTIALS}
    return [_shown(item) for item in value] if isinstance(value, list | tuple) else value


def _deferred(value: Any) -> Iterator[Any]:
    """What in a value is not known before other resources are."""
    if is_deferred(value):
        yield value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ():
        yield from _deferred(item)


def _may_name(layers: Any, storage: str) -> bool:
    """Whether an output of the layers is the storage of a name; what is not known yet may be."""
    for layer in layers.values() if isinstance(layers, Mapping) else [layers]:
        outputs = layer.get("outputs") if isinstance(layer, Mapping) else layer
        for output in outputs if isinstance(outputs, list | tuple) else [outputs]:
            is_named = isinstance(output, str) and output != SERVICE_BUCKET and storage in {output, EVERY_STORAGE}
            if is_deferred(output) or is_named:
                return True
    return False
