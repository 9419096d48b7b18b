"""What a state may hold that this engine does not implement: refused by name before anything begins."""

from sandbox.engine import urn as urns
from sandbox.engine.requests import PACKAGE, package_of, refuse
from sandbox.engine.state import ResourceState, Snapshot

REFUSED_FIELDS = {
    "deletedWith": "the option deleted_with",
    "replaceWith": "the option replace_with",
    "replacementTrigger": "the option replacement_trigger",
    "resourceHooks": "resource hooks",
    "viewOf": "views of resources",
    "extensionRef": "parameterized packages",
    "refreshBeforeUpdate": "providers that want a refresh before each update",
}
"""Fields of a resource in the state that would change what is done about it."""


def refuse_unsupported(snapshot: Snapshot) -> None:
    """Raises `UserError` for the first resource of the state that this engine cannot treat as the real one does."""
    for state in snapshot.resources:
        for field, what in REFUSED_FIELDS.items():
            if state.extra.get(field):
                raise refuse(what, f"in the state of {state.urn}")
        package = _package(state)
        if package not in (PACKAGE, ""):
            raise refuse(f"resources of the package '{package}', dynamic ones of Python alone", state.urn)
    if snapshot.extra.get("snippets"):
        raise refuse("snippets", "in the state")


def _package(state: ResourceState) -> str:
    if urns.is_provider(state.type):
        return state.type.removeprefix(urns.PROVIDER_PREFIX)
    return package_of(state.type) if state.custom else ""
