"""One meeting, one recording: a second `TrackRecording` of the same meeting is refused by its name.

The plugin processes of two providers know nothing of each other, so it is done here, where both are declared. What is
not known before the deployment is left to the plugin.
"""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from pulumi_realtimekit.declarations.settings import setting
from pulumi_realtimekit.stack.run import once_a_run

PACKAGE: Final = "pulumi-python"
"""What Pulumi calls the providers of all dynamic resources."""


@once_a_run
def _declared() -> dict[tuple[Any, ...], tuple[str, pulumi.Resource | None]]:
    """The name and parent of each resource that this run has declared so far, by what it records, and where."""
    return {}


def refuse_a_second(
    name: str, inputs: Mapping[str, Any], config: Mapping[str, Any], parent: pulumi.Resource | None
) -> None:
    """Raises: pulumi.RunError where another resource of this program is to have the same meeting, or recording.

    config: the provider's, which says where it records what says nothing else.
    """
    what = "recording_id" if "recording_id" in inputs else "meeting" if _starts(inputs) else None
    one = (
        what,
        inputs.get("recording_id" if what == "recording_id" else "meeting_id"),
        inputs.get("account_id") or config.get("accountId") or setting(config, "accountId"),
        inputs.get("app_id") or config.get("appId") or setting(config, "appId"),
    )
    if not all(one) or not isinstance(one[1], str):
        return
    first, first_parent = _declared().setdefault(one, (name, parent))
    if (first, first_parent) != (name, parent):
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
