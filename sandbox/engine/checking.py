"""Lets a plugin check the inputs of a resource, and says what it finds wrong with them.

Source: `pkg/resource/deploy/step_generator.go` of pulumi/pulumi.
"""

from dataclasses import dataclass

from sandbox.engine import urn as urns
from sandbox.engine.decisions import Decisions
from sandbox.engine.diffing import with_ignored
from sandbox.engine.events import Diagnostic
from sandbox.engine.go_format import formatted
from sandbox.engine.goal import Goal
from sandbox.engine.plugin_protocol import CheckFailure, Plugin
from sandbox.engine.state import ResourceState
from sandbox.engine.steps import Registration
from sandbox.engine.values import PropertyMap


@dataclass
class Work:
    """A registration on its way to steps."""

    goal: Goal
    registration: Registration
    urn: str
    old: ResourceState | None
    new: ResourceState
    invalid: bool = False
    """Something is wrong with it, and that was reported."""


async def check(decisions: Decisions, work: Work, plugin: Plugin, *, fresh: bool) -> None:
    """Gives the new state the inputs that the plugin makes of the program's; `fresh`: without regard to old ones."""
    olds = {} if fresh or work.old is None else work.old.inputs
    news = work.goal.inputs if fresh or work.old is None else wanted_inputs(decisions, work, work.old)
    checked = await plugin.check(work.urn, olds, news, preview=decisions.settings.preview)
    for failure in checked.failures:
        decisions.settings.error(work.urn, _message(work, failure))
        work.invalid = True
    work.new.inputs = checked.inputs


def wanted_inputs(decisions: Decisions, work: Work, old: ResourceState) -> PropertyMap:
    """The program's inputs, with those whose changes it ignores as they were."""
    inputs, impossible = with_ignored(work.goal.inputs, old.inputs, work.goal.ignore_changes)
    if impossible:
        paths = ", ".join(impossible)
        message = f'cannot ignore changes in added or removed elements of the path: "{paths}"'
        decisions.settings.report(Diagnostic(work.urn, "info", message))
    return inputs


def _message(work: Work, failure: CheckFailure) -> str:
    """What is wrong, as the real engine says it: a property that is named is shown, even if it is secret."""
    resource = f"{work.new.type} resource '{urns.name_of(work.urn)}'"
    if not failure.property:
        return f"{resource} has a problem: {failure.reason}"
    value = formatted(work.new.inputs.get(failure.property))
    return f"{resource}: property {failure.property} value {value} has a problem: {failure.reason}"
