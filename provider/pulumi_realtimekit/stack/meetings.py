"""One meeting, one recording: a second `TrackRecording` of the same meeting is refused by its name.

The plugin processes of two providers know nothing of each other, so it is done here, where both are declared. What is
not known before the deployment is left to the plugin.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pulumi
from pulumi.runtime.config import get_config

from pulumi_realtimekit.declarations.settings import read, setting
from pulumi_realtimekit.stack.run import once_a_run

PACKAGE: Final = "pulumi-python"
"""What Pulumi calls the providers of all dynamic resources."""


class Place(NamedTuple):
    """Where a provider records what says nothing else; either may be an output."""

    account_id: Any
    app_id: Any


class Resource(NamedTuple):
    """What makes it one of its type."""

    name: str
    parent: pulumi.Resource | None


@once_a_run
def _declared() -> dict[tuple[Any, ...], Resource]:
    """What this run has declared so far: what is recorded, and where."""
    return {}


def refuse_a_second(name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
    """Raises: pulumi.RunError where another resource of this program is to have the same meeting, or recording."""
    place = _place(provider_of(opts))
    what = "recording_id" if "recording_id" in inputs else "meeting" if _starts(inputs) else None
    if place is None or what is None:
        return
    one: tuple[Any, ...] = (
        what,
        inputs.get("account_id") or place.account_id,
        inputs.get("app_id") or place.app_id,
        inputs.get("recording_id" if what == "recording_id" else "meeting_id"),
    )
    if not all(isinstance(part, str) and part for part in one):
        return
    resource = Resource(name, opts.parent)
    first = _declared().setdefault(one, resource)
    if first != resource:
        raise pulumi.RunError(
            f"TrackRecording '{name}': the same {what} as TrackRecording '{first.name}': a meeting has one track "
            "recording"
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
        config = read(get_config, ("accountId", "appId"))
        return Place(setting(config, "accountId"), setting(config, "appId"))
    place = getattr(provider, "place", None)
    return place if isinstance(place, Place) else None
