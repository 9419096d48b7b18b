"""The one place where it is decided what is done about a resource.

It asks plugins what they think of inputs (check, diff) and does nothing else to the world.
Source: `pkg/resource/deploy/step_generator.go` of pulumi/pulumi.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.engine import urn as urns
from sandbox.engine.decisions import Decisions, Mode, RegistrationError
from sandbox.engine.dependencies import all_needed
from sandbox.engine.dependents import dependent_replacements
from sandbox.engine.diffing import compare, with_ignored, with_replacements
from sandbox.engine.events import Diagnostic
from sandbox.engine.go_format import formatted
from sandbox.engine.goal import Alias, Goal, ReadRequest
from sandbox.engine.plugin_protocol import Changes, CheckFailure, Diff, DiffUnavailableError, Plugin
from sandbox.engine.state import ResourceState
from sandbox.engine.steps import Op, Registered, Registration, Step
from sandbox.engine.values import PropertyMap, equal


@dataclass
class Work:
    """A registration on its way to steps."""

    goal: Goal
    registration: Registration
    urn: str
    old: ResourceState | None
    new: ResourceState
    invalid: bool = False
    """An alias is claimed twice: reported, and refused once the resource was checked."""


class StepGenerator:
    """Turns what the program registers into steps, one registration at a time."""

    def __init__(self, decisions: Decisions) -> None:
        self.decisions = decisions
        self.settings = decisions.settings

    # --- what the program registers -----------------------------------------------------------------------------

    def begin(self, goal: Goal, registration: Registration) -> Work:
        """The registration with its old state and a new one. Raises for a name that is taken."""
        urn = self._new_urn(goal.parent, goal.type, goal.name)
        old, invalid, alias = self._old(urn, goal.type, goal.name, goal.parent, goal.aliases)
        new = ResourceState(
            urn=urn,
            type=goal.type,
            custom=goal.custom,
            inputs=goal.inputs,
            parent=goal.parent,
            protect=bool(goal.protect),
            dependencies=goal.dependencies,
            provider=goal.provider,
            property_dependencies=goal.property_dependencies,
            additional_secret_outputs=goal.additional_secret_outputs,
            aliases=[alias] if alias else [],
            custom_timeouts=goal.custom_timeouts,
            import_id=goal.import_id,
            retain_on_delete=bool(goal.retain_on_delete),
            created=old.created if old else "",
            modified=old.modified if old else "",
            source_position=goal.source_position,
            ignore_changes=goal.ignore_changes,
            replace_on_changes=goal.replace_on_changes,
            extra=old.extra if old else {},
        )
        return Work(goal, registration, urn, old, new, invalid)

    def refresh_first(self, work: Work) -> Step | None:
        """The step that reads the resource before it is compared, where the run wants that."""
        if work.old is None or not self.settings.refresh or not self.decisions.included(work.old.urn):
            return None
        self.decisions.refreshes.add(work.urn)
        return Step(
            Op.REFRESH,
            work.old,
            work.new,
            internal=not work.goal.custom or urns.is_provider(work.goal.type),
        )

    async def steps(self, work: Work) -> list[Step]:
        """What to do about the registration; empty if the answer to it was given already."""
        steps = await self._steps(work)
        self._refuse_skipped_dependencies(steps)
        return steps

    def read(self, request: ReadRequest, registration: Registration) -> list[Step]:
        """What to do about a resource that is only looked up."""
        if not request.id:
            raise RegistrationError(f"Expected an ID for {request.name}")
        urn = self._new_urn(request.parent, request.type, request.name)
        old, _, alias = self._old(urn, request.type, request.name, request.parent, ())
        new = ResourceState(
            urn=urn,
            type=request.type,
            custom=True,
            id=request.id,
            inputs=request.inputs,
            parent=request.parent,
            external=True,
            dependencies=request.dependencies,
            provider=request.provider,
            additional_secret_outputs=request.additional_secret_outputs,
            aliases=[alias] if alias else [],
            source_position=request.source_position,
        )
        if old is not None and not old.external and old.id != request.id:
            self.decisions.replaces.add(urn)
            return [
                Step(Op.READ_REPLACEMENT, old, new, registration),
                Step(Op.REPLACE, old, new, pending_delete=True),
            ]
        if self.settings.mode is Mode.DESTROY:
            self.decisions.to_delete.append(new)
        self.decisions.reads.add(urn)
        return [Step(Op.READ, old, new, registration)]

    # --- names --------------------------------------------------------------------------------------------------

    def _new_urn(self, parent: str, type_: str, name: str) -> str:
        if parent and parent not in self.decisions.urns:
            raise RegistrationError(f"could not find parent resource {parent}")
        urn = urns.new(self.settings.stack, self.settings.project, parent, type_, name)
        if urn in self.decisions.urns:
            raise self.decisions.fail(urn, f"Duplicate resource URN '{urn}'; try giving it a unique name")
        self.decisions.urns.add(urn)
        return urn

    def _old(
        self, urn: str, type_: str, name: str, parent: str, aliases: Sequence[Alias]
    ) -> tuple[ResourceState | None, bool, str]:
        """The old state, whether a name is claimed twice, and the alias under which the state was found."""
        decisions, known = self.decisions, self.decisions.aliases
        invalid = urn in known.new_of
        if invalid:
            self.settings.error(
                urn, f"Duplicate resource URN '{urn}' conflicting with alias on resource with URN '{known.new_of[urn]}'"
            )
        olds = decisions.base.olds
        if urn in olds:
            return olds[urn], invalid, ""
        alias = next((name for name in known.candidates(type_, name, parent, aliases) if name in olds), "")
        if not alias:
            return None, invalid, ""
        taken = urn if alias in decisions.urns else known.new_of.get(alias)
        if taken:
            invalid = True
            self.settings.error(
                urn,
                f"Duplicate resource alias '{alias}' applied to resource with URN '{urn}' "
                f"conflicting with resource with URN '{taken}'",
            )
        known.matched(urn, alias)
        decisions.providers.register_alias(urn, alias)
        return olds[alias], invalid, alias

    # --- decisions ----------------------------------------------------------------------------------------------

    async def _steps(self, work: Work) -> list[Step]:
        instead = self._instead_of_update(work)
        if instead is not None:
            return instead
        plugin = self.decisions.provider_of(work.new)
        recreating = work.urn in self.decisions.deletes
        if self._is_import(work):
            return [Step(Op.IMPORT, None, work.new, work.registration)]
        was_external = work.old is not None and work.old.external
        targeted = self._implicit_target(work.urn) or self.decisions.included(work.urn)
        if plugin is not None:
            fresh = recreating or was_external or self.decisions.replacement_wanted(work.urn, work.old)
            await self._check(work, plugin, fresh=fresh or work.old is None, targeted=targeted)
        if work.invalid:
            raise self.decisions.fail(work.urn, f"resource {work.urn} is invalid")
        if work.old is None:
            return self._create(work, targeted=targeted)
        if recreating:
            return self._recreate(work, work.old)
        if was_external:
            self.decisions.creates.add(work.urn)
            return [
                Step(Op.CREATE_REPLACEMENT, work.old, work.new, work.registration, pending_delete=True),
                Step(Op.REPLACE, work.old, work.new, pending_delete=True),
            ]
        if not targeted:
            return list(self._untargeted(work, work.old))
        return await self._compared(work, work.old, plugin)

    def _instead_of_update(self, work: Work) -> list[Step] | None:
        """What a refresh or a destroy that runs the program does about the resource; None: as in an update."""
        decisions, mode = self.decisions, self.settings.mode
        if mode is Mode.UPDATE:
            return None
        skipped = any(link in decisions.skipped_creates for link in all_needed(work.new))
        managed = work.goal.custom and not urns.is_provider(work.goal.type)
        if mode is Mode.REFRESH and (managed or skipped):
            if work.old is None:
                return self._skip(work)
            work.registration.set_result(Registered(work.old))
            return []
        if mode is Mode.DESTROY and (skipped or (managed and work.old is None)):
            if work.old is not None:
                work.new.outputs = work.old.outputs
            return self._skip(work, same=False)
        if mode is Mode.DESTROY:
            decisions.to_delete.append(work.new)
            if managed and work.old is not None:
                decisions.sames.add(work.urn)
                work.new.inputs = work.old.inputs
                return [Step(Op.SAME, work.old, work.new, work.registration)]
        return None

    def _skip(self, work: Work, *, same: bool = True) -> list[Step]:
        """No step, but an answer for the program: the resource does not exist and is not to be created."""
        if same:
            self.decisions.sames.add(work.urn)
        self.decisions.skipped_creates.add(work.urn)
        return [Step(Op.SAME, copy.copy(work.new), work.new, work.registration, skipped_create=True)]

    @staticmethod
    def _is_import(work: Work) -> bool:
        if not work.goal.custom or not work.goal.import_id:
            return False
        old = work.old
        return old is None or old.external or (old.import_id or old.id) != work.goal.import_id

    @staticmethod
    def _implicit_target(urn: str) -> bool:
        return urns.is_provider(urns.type_of(urn)) or urns.qualified_type(urn) == urns.STACK_TYPE

    async def _check(self, work: Work, plugin: Plugin, *, fresh: bool, targeted: bool) -> None:
        """Lets the plugin check the inputs; `fresh`: without regard to the old ones."""
        old_inputs: PropertyMap = work.old.inputs if work.old else {}
        if not targeted:
            work.new.inputs = old_inputs
            return
        news = work.goal.inputs
        if not fresh:
            news = self._with_ignored(work, old_inputs)
        checked = await plugin.check(work.urn, {} if fresh else old_inputs, news, preview=self.settings.preview)
        for failure in checked.failures:
            self._report_failure(work, failure)
            work.invalid = True
        work.new.inputs = checked.inputs

    def _with_ignored(self, work: Work, old_inputs: PropertyMap) -> PropertyMap:
        inputs, impossible = with_ignored(work.goal.inputs, old_inputs, work.goal.ignore_changes)
        if impossible:
            paths = ", ".join(impossible)
            message = f'cannot ignore changes in added or removed elements of the path: "{paths}"'
            self.settings.report(Diagnostic(work.urn, "info", message))
        return inputs

    def _report_failure(self, work: Work, failure: CheckFailure) -> None:
        """Says what is wrong, as the real engine does: a property that is named is shown, even if it is secret."""
        resource = f"{work.new.type} resource '{urns.name_of(work.urn)}'"
        if failure.property:
            value = formatted(work.new.inputs.get(failure.property))
            message = f"{resource}: property {failure.property} value {value} has a problem: {failure.reason}"
        else:
            message = f"{resource} has a problem: {failure.reason}"
        self.settings.error(work.urn, message)

    def _create(self, work: Work, *, targeted: bool) -> list[Step]:
        if not targeted:
            return self._skip(work)
        self.decisions.creates.add(work.urn)
        return [Step(Op.CREATE, None, work.new, work.registration)]

    def _recreate(self, work: Work, old: ResourceState) -> list[Step]:
        """The resource was deleted in this deployment, because of one that it depended on: it is a replacement."""
        self.decisions.deletes.discard(work.urn)
        self.decisions.replaces.add(work.urn)
        keys = self.decisions.dependent_replace_keys.get(work.urn, ())
        return [
            Step(Op.REPLACE, old, work.new),
            Step(Op.CREATE_REPLACEMENT, old, work.new, work.registration, keys=keys),
        ]

    def _untargeted(self, work: Work, old: ResourceState) -> Iterator[Step]:
        """Carries the resource over as it is, after what it depends on and the program no longer has."""
        decisions = self.decisions
        if old.provider and decisions.providers.get(old.provider) is None:
            raise RegistrationError(
                f"provider {old.provider} for resource {work.urn} has not been registered yet, this is due to a change "
                "of providers mixed with --target. Change your program back to the original providers"
            )
        for link in self._ungenerated(old, set()):
            yield self._carried_over(link, None)
        decisions.sames.add(work.urn)
        yield self._carried_over(old, work.registration)

    def _ungenerated(self, old: ResourceState, seen: set[str]) -> Iterator[ResourceState]:
        for link in all_needed(old):
            if link in seen or self.decisions.generated(link) or self.decisions.operated_on(link):
                continue
            seen.add(link)
            needed = self.decisions.base.olds.get(link)
            if needed is not None:
                yield from self._ungenerated(needed, seen)
                yield needed

    def _carried_over(self, old: ResourceState, registration: Registration | None) -> Step:
        self.decisions.urns.add(old.urn)
        self.decisions.sames.add(old.urn)
        return Step(Op.SAME, old, copy.copy(old), registration, untargeted=True)

    # --- differences --------------------------------------------------------------------------------------------

    async def _compared(self, work: Work, old: ResourceState, plugin: Plugin | None) -> list[Step]:
        diff = with_replacements(
            await self._diff(work, old, plugin), work.goal.replace_on_changes, init_errors=bool(old.init_errors)
        )
        if old.pending_replacement or (diff.changes is Changes.SOME and diff.replace):
            return await self._replaced(work, old, plugin, diff)
        if diff.changes is Changes.SOME or old.init_errors:
            self.decisions.updates.add(work.urn)
            return [
                Step(
                    Op.UPDATE,
                    old,
                    work.new,
                    work.registration,
                    diffs=diff.changed,
                    ignore_changes=work.goal.ignore_changes,
                )
            ]
        self.decisions.sames.add(work.urn)
        return [Step(Op.SAME, old, work.new, work.registration)]

    async def _diff(self, work: Work, old: ResourceState, plugin: Plugin | None) -> Diff:
        if self.decisions.replacement_wanted(work.urn, old):
            return Diff(Changes.SOME, replaces=("id",))
        if old.provider != work.new.provider and not (old.provider and work.new.provider):
            return Diff(Changes.SOME, replaces=("provider",))
        if plugin is None:
            return Diff(Changes.NONE if equal(old.inputs, work.new.inputs) else Changes.SOME)
        try:
            return await compare(
                plugin, old, work.new.inputs, preview=self.settings.preview, ignored=work.goal.ignore_changes
            )
        except DiffUnavailableError as error:
            self.settings.report(Diagnostic(work.urn, "warning", str(error)))
            return Diff(Changes.SOME)

    async def _replaced(self, work: Work, old: ResourceState, plugin: Plugin | None, diff: Diff) -> list[Step]:
        decisions = self.decisions
        if work.new.protect and old.protect:
            error = decisions.fail(
                work.urn,
                f'unable to replace resource "{work.urn}"\nas it is currently marked for protection. To unprotect the '
                "resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
            )
            if not self.settings.preview:
                raise error
        decisions.replaces.add(work.urn)
        if plugin is not None and not decisions.replacement_wanted(work.urn, old):
            await self._check(work, plugin, fresh=True, targeted=True)
            if work.invalid:
                raise decisions.fail(work.urn, f"resource {work.urn} has check errors")
        first = work.goal.delete_before_replace
        if diff.delete_before_replace if first is None else first:
            return await self._delete_first(work, old, diff)
        keys, diffs = diff.replaces, diff.changed
        return [
            Step(Op.CREATE_REPLACEMENT, old, work.new, work.registration, keys=keys, diffs=diffs, pending_delete=True),
            Step(Op.REPLACE, old, work.new, keys=keys, diffs=diffs, pending_delete=True),
        ]

    async def _delete_first(self, work: Work, old: ResourceState, diff: Diff) -> list[Step]:
        decisions = self.decisions
        steps = []
        for dependent in reversed(await dependent_replacements(decisions, old)):
            state = dependent.state
            if id(state) in decisions.pending_deletes:
                continue
            decisions.dependent_replace_keys[state.urn] = dependent.keys
            if state.protect and not state.delete:
                raise decisions.fail(
                    work.urn,
                    f'unable to replace resource "{state.urn}" as part of replacing "{work.urn}" as it is currently '
                    "marked for protection. To unprotect the resource, remove the `protect` flag from the resource in "
                    "your Pulumi program and run `pulumi up`",
                )
            steps.append(delete_step(state, replacing=not state.delete, pending_replacement=not state.delete))
            decisions.deletes.add(state.urn)
            decisions.pending_deletes.add(id(state))
        await decisions.providers.ensure(old.provider)
        if not old.pending_replacement:
            decisions.deletes.add(old.urn)
            steps.append(delete_step(old, replacing=True, pending_replacement=True))
        return [
            *steps,
            Step(Op.REPLACE, old, work.new, keys=diff.replaces, diffs=diff.changed),
            Step(Op.CREATE_REPLACEMENT, old, work.new, work.registration, keys=diff.replaces, diffs=diff.changed),
        ]

    # --- targets ------------------------------------------------------------------------------------------------

    def _refuse_skipped_dependencies(self, steps: list[Step]) -> None:
        """A target cannot depend on what is not created because it is none."""
        if not self.settings.targets.constrained and not self.settings.replace.constrained:
            return
        for step in steps:
            if step.new is None or step.skipped_create:
                continue
            for link in all_needed(step.new):
                if link in self.decisions.skipped_creates:
                    error = self.decisions.fail(
                        step.urn,
                        f"Resource '{step.urn}' depends on '{link}' which was was not specified in --target list.",
                    )
                    if not self.settings.preview:
                        raise error
                    self.decisions.skipped_creates.discard(link)


def delete_step(state: ResourceState, *, replacing: bool, pending_replacement: bool = False) -> Step:
    """The step that deletes the old resource, or forgets one that was only read."""
    if state.external:
        op = Op.DISCARD_REPLACED if replacing else Op.READ_DISCARD
    else:
        op = Op.DELETE_REPLACED if replacing else Op.DELETE
    return Step(op, state, pending_replacement=pending_replacement)
