"""The one place where it is decided what is done about a resource.

It asks plugins what they think of inputs (check, diff) and does nothing else to the world.
Source: `pkg/resource/deploy/step_generator.go` of pulumi/pulumi.
"""

import copy
from collections.abc import Iterator

from sandbox.engine import urn as urns
from sandbox.engine.checking import Work, check, wanted_inputs
from sandbox.engine.decisions import Decisions, Mode, RegistrationError, ReportedError
from sandbox.engine.dependencies import all_needed
from sandbox.engine.diffing import compare, with_replacements
from sandbox.engine.events import Diagnostic
from sandbox.engine.goal import Goal, ReadRequest
from sandbox.engine.names import new_urn, old_state
from sandbox.engine.plugin_protocol import Changes, Diff, DiffUnavailableError, Plugin
from sandbox.engine.replacing import created_first, recreated, replaced
from sandbox.engine.state import ResourceState
from sandbox.engine.steps import Op, Registered, Registration, Step
from sandbox.engine.values import equal


class StepGenerator:
    """Turns what the program registers into steps, one registration at a time.

    All methods may raise `RegistrationError` or `ReportedError`: the deployment cannot go on then.
    """

    def __init__(self, decisions: Decisions) -> None:
        self.decisions = decisions
        self.settings = decisions.settings

    def begin(self, goal: Goal, registration: Registration) -> Work:
        """The registration with its old state, and a new one as the program wants it."""
        urn = new_urn(self.decisions, goal.type, goal.name, goal.parent)
        found = old_state(self.decisions, urn, goal.type, goal.name, goal.parent, goal.aliases)
        old = found.state
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
            aliases=[found.alias] if found.alias else (),
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
        return Work(goal, registration, urn, old, new, found.conflict)

    def refresh_first(self, work: Work) -> Step | None:
        """The step that reads the resource before it is compared, where the run wants that."""
        if work.old is None or not self.settings.refresh or not self.decisions.included(work.old.urn):
            return None
        self.decisions.refreshes.add(work.urn)
        internal = not work.goal.custom or urns.is_provider(work.goal.type)
        return Step(Op.REFRESH, work.old, work.new, persisted=True, internal=internal)

    async def steps(self, work: Work) -> list[Step]:
        """What to do about the registration; empty if the answer to it was given already."""
        steps = self._instead_of_update(work)
        if steps is None:
            steps = await self._update(work)
        self._refuse_skipped_dependencies(steps)
        return steps

    def read(self, request: ReadRequest, registration: Registration) -> list[Step]:
        """What to do about a resource that is only looked up."""
        if not request.id:
            raise RegistrationError(f"Expected an ID for {request.name}")
        urn = new_urn(self.decisions, request.type, request.name, request.parent)
        found = old_state(self.decisions, urn, request.type, request.name, request.parent)
        old = found.state
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
            aliases=[found.alias] if found.alias else (),
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

    # --- cases --------------------------------------------------------------------------------------------------

    async def _update(self, work: Work) -> list[Step]:
        decisions, old = self.decisions, work.old
        plugin = decisions.provider_of(work.new)
        if self._is_import(work):
            return [Step(Op.IMPORT, None, work.new, work.registration)]
        deleted_before = work.urn in decisions.deletes
        targeted = self._always_targeted(work.urn) or decisions.included(work.urn)
        if plugin is not None and targeted:
            fresh = deleted_before or decisions.replacement_wanted(work.urn, old) or (old is not None and old.external)
            await check(decisions, work, plugin, fresh=fresh)
        elif plugin is not None and old is not None:
            # It may still be created anew, because of a target that it depends on: then as it was.
            work.new.inputs = old.inputs
        if work.invalid:
            raise ReportedError(f"resource {work.urn} is invalid")
        if old is None:
            return self._created(work) if targeted else self._skipped(work)
        if deleted_before:
            return recreated(decisions, work, old)
        if old.external:
            # It was only looked up, and is nobody's: one of its own takes its place.
            decisions.creates.add(work.urn)
            return created_first(work, old)
        return await self._compared(work, old, plugin) if targeted else list(self._untargeted(work, old))

    def _instead_of_update(self, work: Work) -> list[Step] | None:
        """What a refresh or a destroy that runs the program does about the resource; None: as in an update."""
        mode = self.settings.mode
        if mode is Mode.UPDATE:
            return None
        skipped = any(link in self.decisions.skipped_creates for link in all_needed(work.new))
        managed = work.goal.custom and not urns.is_provider(work.goal.type)
        if mode is Mode.REFRESH:
            return self._refreshed(work) if managed or skipped else None
        return self._to_be_destroyed(work, managed=managed, skipped=skipped)

    def _refreshed(self, work: Work) -> list[Step]:
        """It was read already: that is all that a refresh does."""
        if work.old is None:
            return self._skipped(work)
        if not work.registration.done():
            work.registration.set_result(Registered(work.old))
        return []

    def _to_be_destroyed(self, work: Work, *, managed: bool, skipped: bool) -> list[Step] | None:
        """Resources stay as they are until they are deleted; providers and components are brought up to date first."""
        old = work.old
        if skipped or (managed and old is None):
            work.new.outputs = old.outputs if old is not None else {}
            self.decisions.skipped_creates.add(work.urn)
            return [self._skip_step(work)]
        self.decisions.to_delete.append(work.new)
        if not managed or old is None:
            return None
        self.decisions.sames.add(work.urn)
        work.new.inputs = old.inputs
        return [Step(Op.SAME, old, work.new, work.registration)]

    def _created(self, work: Work) -> list[Step]:
        self.decisions.creates.add(work.urn)
        return [Step(Op.CREATE, None, work.new, work.registration)]

    def _skipped(self, work: Work) -> list[Step]:
        """Nothing but an answer for the program: the resource does not exist and is not to be created."""
        self.decisions.sames.add(work.urn)
        self.decisions.skipped_creates.add(work.urn)
        return [self._skip_step(work)]

    @staticmethod
    def _skip_step(work: Work) -> Step:
        return Step(Op.SAME, copy.copy(work.new), work.new, work.registration, skipped_create=True)

    @staticmethod
    def _is_import(work: Work) -> bool:
        if not work.goal.custom or not work.goal.import_id:
            return False
        old = work.old
        return old is None or old.external or (old.import_id or old.id) != work.goal.import_id

    @staticmethod
    def _always_targeted(urn: str) -> bool:
        return urns.is_provider(urns.type_of(urn)) or urns.qualified_type(urn) == urns.STACK_TYPE

    # --- differences --------------------------------------------------------------------------------------------

    async def _compared(self, work: Work, old: ResourceState, plugin: Plugin | None) -> list[Step]:
        diff = await self._diff(work, old, plugin)
        diff = with_replacements(diff, work.goal.replace_on_changes, init_errors=bool(old.init_errors))
        if old.pending_replacement or (diff.changes is Changes.SOME and diff.replace):
            return await replaced(self.decisions, work, old, plugin, diff)
        if diff.changes is Changes.NONE and not old.init_errors:
            self.decisions.sames.add(work.urn)
            return [Step(Op.SAME, old, work.new, work.registration)]
        self.decisions.updates.add(work.urn)
        ignored = work.goal.ignore_changes
        return [Step(Op.UPDATE, old, work.new, work.registration, diffs=diff.changed, ignore_changes=ignored)]

    async def _diff(self, work: Work, old: ResourceState, plugin: Plugin | None) -> Diff:
        if self.decisions.replacement_wanted(work.urn, old):
            return Diff(Changes.SOME, replaces=("id",))
        if bool(old.provider) != bool(work.new.provider):
            # A component became a resource, or the other way round. From one provider to another is no change.
            return Diff(Changes.SOME, replaces=("provider",))
        if plugin is None:
            same = equal(old.inputs, wanted_inputs(self.decisions, work, old))
            return Diff(Changes.NONE if same else Changes.SOME)
        try:
            return await compare(
                plugin, old, work.new.inputs, preview=self.settings.preview, ignored=work.goal.ignore_changes
            )
        except DiffUnavailableError as error:
            self.settings.report(Diagnostic(work.urn, "warning", str(error)))
            return Diff(Changes.SOME)

    # --- targets ------------------------------------------------------------------------------------------------

    def _untargeted(self, work: Work, old: ResourceState) -> Iterator[Step]:
        """Carries the resource over as it is, after what it depends on and the program no longer has."""
        if old.provider and self.decisions.providers.get(old.provider) is None:
            raise RegistrationError(
                f"provider {old.provider} for resource {work.urn} has not been registered yet, this is due to a change "
                "of providers mixed with --target. Change your program back to the original providers"
            )
        for needed in self._not_carried_over(old, {old.urn}):
            yield self._carried_over(needed, None)
        self.decisions.sames.add(work.urn)
        yield self._carried_over(old, work.registration)

    def _not_carried_over(self, old: ResourceState, seen: set[str]) -> Iterator[ResourceState]:
        for link in all_needed(old):
            needed = self.decisions.base.olds.get(link)
            if link in seen or needed is None or self.decisions.generated(link) or self.decisions.operated_on(link):
                continue
            seen.add(link)
            yield from self._not_carried_over(needed, seen)
            yield needed

    def _carried_over(self, old: ResourceState, registration: Registration | None) -> Step:
        self.decisions.urns.add(old.urn)
        self.decisions.sames.add(old.urn)
        return Step(Op.SAME, old, copy.copy(old), registration, untargeted=True)

    def _refuse_skipped_dependencies(self, steps: list[Step]) -> None:
        """A target cannot depend on what is not created because it is none."""
        if not self.settings.targets.constrained and not self.settings.replace.constrained:
            return
        for step in steps:
            if step.new is None or step.skipped_create:
                continue
            for link in all_needed(step.new):
                if link not in self.decisions.skipped_creates:
                    continue
                message = f"Resource '{step.urn}' depends on '{link}' which was was not specified in --target list."
                error = self.decisions.fail(step.urn, message)
                if not self.settings.preview:
                    raise error
                self.decisions.skipped_creates.discard(link)
