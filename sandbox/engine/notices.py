"""What a deployment says about itself before it begins.

Source: `pkg/resource/deploy/deployment_executor.go` of pulumi/pulumi.
"""

from collections.abc import Sequence

from sandbox.engine.decisions import Decisions, ReportedError
from sandbox.engine.events import Diagnostic
from sandbox.engine.state import PendingOperation
from sandbox.engine.targets import Targets

RESOLUTION = (
    "These resources are in an unknown state because the engine was interrupted while waiting for changes to these "
    "resources to complete. You should confirm whether or not the operations listed completed successfully by "
    "checking the state of the appropriate provider.\n\n"
    "Once you have confirmed the status of the interrupted operations, you can repair your stack using "
    "`python -m sandbox refresh` which will refresh the state from the provider you are using and clear the pending "
    "operations if there are any.\n\n"
    "A refresh leaves pending CREATE operations: `python -m sandbox stack export --file F` and then "
    "`python -m sandbox stack import --file F` clear them."
)


def pending_operations(operations: Sequence[PendingOperation]) -> Diagnostic:
    """The warning that steps of an earlier deployment were interrupted."""
    lines = "".join(f"  * {operation.resource.urn}, interrupted while {operation.type}\n" for operation in operations)
    return Diagnostic(
        "",
        "warning",
        f"Attempting to deploy or update resources with {len(operations)} pending operations from previous "
        f"deployment.\n{lines}{RESOLUTION}",
    )


def unknown_targets(decisions: Decisions, targets: Targets) -> list[str]:
    """Named URNs that neither the state nor the program has."""
    known = decisions.base.all.keys() | decisions.urns
    return sorted(urn for urn in targets.literals if urn not in known)


def refuse_targets(decisions: Decisions, unknown: Sequence[str]) -> None:
    """Raises `ReportedError` unless there are none."""
    for urn in unknown:
        hint = "" if "$" in urn else " Did you forget to escape $ in your shell?"
        decisions.settings.error("", f"Target '{urn}' could not be found in the stack.{hint}")
    if unknown:
        raise ReportedError("one or more targets could not be found in the stack")
