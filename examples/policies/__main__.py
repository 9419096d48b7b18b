"""What every recording has to keep to, checked by the engine in each preview and before each update.

A recording of a Python program comes with the layers of the stack's config and with each storage in place. One of any
other language comes as it is declared: only the destinations of its own layers are known.
"""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

RECORDING = {"pulumi-python:dynamic/realtimekit:TrackRecording", "realtimekit:index:TrackRecording"}
"""A recording that a Python program declares, and one of any other language: their inputs are spelt differently."""
LONGEST = 4 * 60 * 60
PRODUCTION = {"prod"}
"""The stacks whose files have to stay: RealtimeKit's own bucket keeps them for seven days."""


def ends_by_itself(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type in RECORDING:
        seconds = args.props.get("max_seconds") or args.props.get("maxSeconds")
        if seconds is None:
            report(f"declares no max_seconds: give it one, of {LONGEST} or less")
        elif seconds > LONGEST:
            report(f"may last {seconds:.0f} s: give it a max_seconds of {LONGEST} or less")


def has_a_storage_of_ours(args: ResourceValidationArgs, report: ReportViolation) -> None:
    stack = args.urn.removeprefix("urn:pulumi:").partition("::")[0]
    if args.resource_type in RECORDING and stack in PRODUCTION:
        for layer in layers_in_the_service_s_bucket(args.props):
            report(f"layer {layer} goes to RealtimeKit's own bucket: name a storage in its outputs")


def layers_in_the_service_s_bucket(props: Any) -> Iterator[str]:
    """The names of the layers; none where the program declares no layers, and the plugin takes the config's."""
    for name, layer in (props.get("layers") or {}).items():
        if any(is_the_service_s_bucket(output) for output in (layer or {}).get("outputs") or ["realtimekit"]):
            yield name


def is_the_service_s_bucket(output: Any) -> bool:
    """Whether an output, as it is declared or with its name resolved, is RealtimeKit's own bucket."""
    return output == "realtimekit" or (not isinstance(output, str) and output.get("type") == "REALTIMEKIT_BUCKET")


PolicyPack(
    name="recordings",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        ResourceValidationPolicy(
            name="ends-by-itself",
            description="A recording that nobody stops costs money, and records people, until it ends.",
            validate=ends_by_itself,
        ),
        ResourceValidationPolicy(
            name="storage-of-ours",
            description="What production records is kept in a storage of ours.",
            validate=has_a_storage_of_ours,
        ),
    ],
)
