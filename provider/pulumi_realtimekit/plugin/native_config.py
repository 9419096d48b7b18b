"""A provider's config as the engine hands it to a plugin of its own: the default provider's, or an explicit one's."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pulumi_realtimekit.checks.problems import Path, Problem, did_you_mean, is_users_name, set_credential
from pulumi_realtimekit.declarations.layers import map_outputs
from pulumi_realtimekit.declarations.settings import KEYS, NAMESPACE, PROVIDER_KEYS, decoded
from pulumi_realtimekit.declarations.spelling import items, to_snake
from pulumi_realtimekit.declarations.storages import CREDENTIALS
from pulumi_realtimekit.errors import NotConfigured, RealtimeKitError
from pulumi_realtimekit.plugin.connection import OWN_KEYS, PROVIDER_NAME_KEY
from pulumi_realtimekit.plugin.inputs import is_unknown
from pulumi_realtimekit.plugin.inputs import secret as as_secret

STACK_CONFIG_VARIABLE: Final = "PULUMI_CONFIG"
"""Holds the stack's config under `realtimekit:` as it is now, in JSON, for each process of the plugin. `refresh` and
`destroy` configure a provider with what the last `up` saved."""

OUTPUTS_OF: Final = {"layers": ("layers", "output_file_name"), "accountId": ("account_id",), "appId": ("app_id",)}
"""The outputs that come from a key where the recording does not declare the first one; file names begin with a layer's
prefix."""

OF_THE_ENGINE: Final = frozenset({"version", "pluginDownloadURL"})
"""What the engine adds to a provider's config."""


def is_default(urn: str) -> bool:
    """Whether a provider is one that the engine makes by itself: `default`, or `default_0_1_0` for a version."""
    name = urn.rsplit("::", 1)[-1]
    return name == "default" or name.startswith("default_")


class ProviderConfig:
    """values: by key without a namespace. urn: the provider's. secret: the keys that are encrypted."""

    def __init__(self, values: Mapping[str, Any], urn: str, secret: Iterable[str] = ()) -> None:
        if not urn:
            raise RealtimeKitError("this Pulumi CLI does not say which provider it configures; update the CLI")
        self.provider = None if is_default(urn) else urn.rsplit("::", 1)[-1]
        self.values, self.secret = dict(values), {*secret}

    def get(self, key: str) -> Any:
        """Answers for a namespaced key."""
        return self.provider if key == PROVIDER_NAME_KEY else self.values.get(key.removeprefix(f"{NAMESPACE}:"))

    @property
    def holds_unknowns(self) -> bool:
        return _holds_unknowns(self.values)

    def unknown_keys(self) -> Iterator[Problem]:
        """`recordings` is a key of the stack's, for programs, and left alone."""
        for key in sorted(self.values.keys() - {*KEYS, *OF_THE_ENGINE}):
            in_config = self.provider is None
            yield Problem((key,), f"unknown key{did_you_mean(key, KEYS)}", in_config=in_config, provider=self.provider)

    def with_secrets_marked(self) -> dict[str, Any]:
        """The values for the state. What the stack's file does not encrypt is `refuse_plain_text`'s to find."""
        keys = ("apiToken",) if self.provider is None else ("apiToken", "storages", "layers")
        return {**self.values, **{key: as_secret(self.values[key]) for key in keys if key in self.values}}

    def refuse_plain_text(self) -> None:
        """Raises NotConfigured where a storage's credential is in a key of the stack's config that is not encrypted.

        Where only a part of a key's value is encrypted, the engine calls the whole of it a secret.
        """
        if self.provider is not None:
            return
        plain = {key: decoded(self.values.get(key)) for key in ("storages", "layers") if key not in self.secret}
        found = [
            Problem(
                path,
                f"a secret in plain text in the stack's config; encrypt it with `{set_credential(path, storage)}`",
                in_config=True,
                exposed=True,
            )
            for path, storage in _credentials(plain)
        ]
        if found:
            raise NotConfigured("\n".join(map(str, found)))

    def complete(self) -> None:
        """Takes from the stack's config as it is now: a rotated token; what an explicit provider is not given."""
        stack = json.loads(os.environ.get(STACK_CONFIG_VARIABLE) or "{}")
        if self.provider is None:
            if stack.get("apiToken") and stack.get("accountId") == self.values.get("accountId"):
                self.values["apiToken"] = stack["apiToken"]
            return
        shared = {key: value for key, value in stack.items() if key in PROVIDER_KEYS and key not in OWN_KEYS}
        self.secret |= shared.keys() - self.values.keys()  # as they may be in the stack's file
        self.values = {**shared, **self.values}

    def with_its_secrets(self, outputs: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
        """Outputs of a recording, with whatever comes from an encrypted key as a secret: as a whole.

        declared: the recording's own arguments.
        """
        marked = dict(outputs)
        if "storages" in self.secret:
            marked["layers"] = map_outputs(marked["layers"], lambda output, _: _with_secret_storage(output))
        for key in self.secret & OUTPUTS_OF.keys():
            names = OUTPUTS_OF[key]
            if not declared.get(names[0]):
                marked |= {name: as_secret(outputs[name]) for name in names if name in outputs}
        return marked


def _with_secret_storage(output: Any) -> Any:
    """An output whose storage the config has."""
    if not isinstance(output, Mapping) or "storage" not in output:
        return output
    return {**output, "storage_config": as_secret(output["storage_config"])}


def _credentials(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The paths of credentials, as they are spelt, each with the storage that has it."""
    for name, item in items(value):
        inner = (*path, name)
        if to_snake(str(name)) in CREDENTIALS and not is_users_name(inner):
            yield inner, value
        else:
            yield from _credentials(item, inner)


def _holds_unknowns(value: Any) -> bool:
    return is_unknown(value) or any(_holds_unknowns(item) for _, item in items(value))
