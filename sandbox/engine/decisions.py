"""What the step generator has decided so far in a deployment, and what it decides about."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from sandbox.engine import urn as urns
from sandbox.engine.aliases import Aliases
from sandbox.engine.dependencies import DependencyGraph
from sandbox.engine.errors import UserError
from sandbox.engine.events import Diagnostic
from sandbox.engine.plugin_protocol import Plugin
from sandbox.engine.state import ResourceState
from sandbox.engine.targets import Targets


class Mode(Enum):
    UPDATE = "update"
    REFRESH = "refresh"
    """The program runs only to tell which resources there are; each is read."""
    DESTROY = "destroy"
    """The program runs only to bring providers up to date; everything is deleted."""


class ReportedError(Exception):
    """The deployment cannot go on, and the reason has been shown already."""


class RegistrationError(UserError):
    """The deployment cannot go on because of one resource; the message says why."""


class Providers(Protocol):
    """The providers of a deployment, by reference."""

    itself: Plugin
    """What creates, compares and configures the providers themselves."""

    def get(self, reference: str) -> Plugin | None:
        """The provider, if it was registered in this deployment or loaded."""

    async def ensure(self, reference: str) -> None:
        """Loads a provider as the state has it, unless it is there."""

    def register_alias(self, urn: str, alias: str) -> None:
        """Lets the provider be found under its former name too."""


class Base:
    """The state before the deployment, as a refresh may have corrected it."""

    def __init__(self, resources: list[ResourceState]) -> None:
        self.rebuild(resources)

    def rebuild(self, resources: list[ResourceState]) -> None:
        self.resources = resources
        self.graph = DependencyGraph(resources)
        self.all: dict[str, list[ResourceState]] = defaultdict(list)
        self.olds: dict[str, ResourceState] = {}
        """By URN, those that only wait for their deletion left out."""
        for state in resources:
            self.all[state.urn].append(state)
            if not state.delete:
                self.olds[state.urn] = state


@dataclass
class Settings:
    """What stays the same during a deployment."""

    stack: str
    project: str
    preview: bool
    mode: Mode
    refresh: bool
    """The program's resources are read before they are compared."""
    targets: Targets
    replace: Targets
    report: Callable[[Diagnostic], None]

    def error(self, urn: str, message: str) -> None:
        self.report(Diagnostic(urn, "error", message))


@dataclass
class Decisions:
    """Sets of URNs by what was decided about them."""

    settings: Settings
    base: Base
    providers: Providers
    urns: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    creates: set[str] = field(default_factory=set)
    sames: set[str] = field(default_factory=set)
    updates: set[str] = field(default_factory=set)
    replaces: set[str] = field(default_factory=set)
    deletes: set[str] = field(default_factory=set)
    refreshes: set[str] = field(default_factory=set)
    skipped_creates: set[str] = field(default_factory=set)
    to_delete: list[ResourceState] = field(default_factory=list)
    """New states that a destroy with the program deletes in the end."""
    pending_deletes: set[int] = field(default_factory=set)
    """Identities of old states whose deletion was decided because of something that they depend on."""
    dependent_replace_keys: dict[str, Sequence[str]] = field(default_factory=dict)
    refreshed: dict[int, ResourceState] = field(default_factory=dict)
    """Identities of old states to what reading them gave."""
    errored: bool = False
    aliases: Aliases = field(init=False)

    def __post_init__(self) -> None:
        self.aliases = Aliases(self.settings.stack, self.settings.project)

    def included(self, urn: str) -> bool:
        """Whether the resource is a target; providers and the stack always are."""
        return urn in self.settings.targets

    def generated(self, urn: str) -> bool:
        """Whether a step was decided for the URN."""
        return any(
            urn in decided
            for decided in (self.creates, self.sames, self.updates, self.deletes, self.replaces, self.reads)
        )

    def operated_on(self, urn: str) -> bool:
        """Whether the program still has the resource, perhaps under another name. Deletes do not count."""
        urn = self.aliases.new_of.get(urn, urn)
        return any(urn in decided for decided in (self.sames, self.updates, self.replaces, self.reads, self.refreshes))

    def replacement_wanted(self, urn: str, old: ResourceState | None) -> bool:
        """Whether `--replace` names it, or it is tainted."""
        replace = self.settings.replace
        return (replace.constrained and urn in replace) or (old is not None and old.taint)

    def fail(self, urn: str, message: str) -> ReportedError:
        """Reports the message; the exception to raise where the deployment cannot go on."""
        self.settings.error(urn, message)
        self.errored = True
        return ReportedError(message)

    def provider_of(self, state: ResourceState) -> Plugin | None:
        """The plugin of a resource; None for a component. Raises `ReportedError` if there is no such provider."""
        if not state.custom:
            return None
        if urns.is_provider(state.type):
            return self.providers.itself
        plugin = self.providers.get(state.provider)
        if plugin is None:
            raise self.fail(state.urn, f"unknown provider '{state.provider}' for resource '{state.urn}'")
        return plugin
