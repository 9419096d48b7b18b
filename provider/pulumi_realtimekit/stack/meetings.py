"""The meetings that a program records and the recordings that it takes over, each once.

The plugin processes of two providers know nothing of each other, so two resources of one meeting are found here, where
both are declared. What is not known before the deployment is left to the plugin.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.config import get_config
from pulumi.runtime.settings import get_monitor

from pulumi_realtimekit.checks.messages import NAMESPACE
from pulumi_realtimekit.declarations import settings as _config

PACKAGE: Final = "pulumi-python"
"""What Pulumi calls the providers of all dynamic resources."""

Declared = tuple[str, pulumi.Resource | None]
"""A resource's name and parent, which make it what it is among those of its type."""


@dataclass(frozen=True)
class Place:
    """Where a provider records what says nothing else; either may be an output."""

    account_id: Any
    app_id: Any


_DECLARED: WeakKeyDictionary[Any, dict[tuple[Any, ...], Declared]] = WeakKeyDictionary()
"""What was declared so far, by the connection to the engine: each run of a program has its own."""


def refuse_a_second(name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
    """Raises: pulumi.RunError where another resource of this program is to have the same meeting, or recording."""
    monitor, place = get_monitor(), _place(provider_of(opts))
    if monitor is None or place is None:
        return
    what = "recording_id" if "recording_id" in inputs else "meeting" if _starts(inputs) else None
    one: tuple[Any, ...] = (
        inputs.get("account_id") or place.account_id,
        inputs.get("app_id") or place.app_id,
        inputs.get("recording_id" if what == "recording_id" else "meeting_id"),
    )
    if what is None or not all(isinstance(part, str) and part for part in one):
        return
    first, parent = _DECLARED.setdefault(monitor, {}).setdefault((what, *one), (name, opts.parent))
    if (first, parent) != (name, opts.parent):
        raise pulumi.RunError(
            f"TrackRecording '{name}': the same {what} as TrackRecording '{first}': a meeting has one track recording"
        )


def _starts(inputs: Mapping[str, Any]) -> bool:
    """Whether it certainly starts a recording, or takes over the one that runs."""
    desired = inputs.get("desired_status")
    return desired is None or (isinstance(desired, str) and desired != "STOPPED")


def provider_of(opts: pulumi.ResourceOptions) -> pulumi.ProviderResource | None:
    """The provider that the SDK is going to take."""
    if opts.provider is not None:
        return opts.provider
    given = opts.providers or ()
    for provider in given.values() if isinstance(given, Mapping) else given:
        if provider.package == PACKAGE:
            return provider
    return opts.parent.get_provider(f"{PACKAGE}:dynamic:Resource") if opts.parent is not None else None


def _place(provider: pulumi.ProviderResource | None) -> Place | None:
    """Where a provider records; None for one of another make, which says nothing of it."""
    if provider is None:
        stack = {key: get_config(f"{NAMESPACE}:{key}") for key in ("accountId", "appId")}
        return Place(_config.setting(stack, "accountId"), _config.setting(stack, "appId"))
    place = getattr(provider, "place", None)
    return place if isinstance(place, Place) else None
