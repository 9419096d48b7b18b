"""One meeting, one recording: a second `TrackRecording` of the same meeting is refused by its name.

The plugin processes of two providers know nothing of each other, so it is done here, where both are declared. What is
not known before the deployment is left to the plugin.
"""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from pulumi_realtimekit.checks.meetings import Recorded, recorded_by
from pulumi_realtimekit.stack.run import once_a_run

PACKAGE: Final = "pulumi-python"
"""What Pulumi calls the providers of all dynamic resources."""


@once_a_run
def _declared() -> dict[Recorded, tuple[str, pulumi.Resource | None]]:
    """The name and parent of each resource that this run has declared so far, by what it records."""
    return {}


def refuse_a_second(
    name: str, inputs: Mapping[str, Any], config: Mapping[str, Any], parent: pulumi.Resource | None
) -> None:
    """Raises: pulumi.RunError where another resource of this program is to have the same meeting, or recording.

    config: the provider's, which says where it records what says nothing else.
    """
    recorded = recorded_by(inputs, config)
    if recorded is None:
        return
    first, first_parent = _declared().setdefault(recorded, (name, parent))
    if (first, first_parent) != (name, parent):
        mistake = recorded.same_as(f"TrackRecording '{first}'")
        raise pulumi.RunError(f"TrackRecording '{name}': {mistake}")


def provider_of(opts: pulumi.ResourceOptions) -> pulumi.ProviderResource | None:
    """The provider that the SDK is going to take."""
    if opts.provider is not None:
        return opts.provider
    given = opts.providers or ()
    for provider in given.values() if isinstance(given, Mapping) else given:
        if provider.package == PACKAGE:
            return provider
    return opts.parent.get_provider(f"{PACKAGE}:dynamic:Resource") if opts.parent is not None else None
