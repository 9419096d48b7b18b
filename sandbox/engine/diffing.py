"""What the engine itself decides about differences: options that hide them or make them replacements.

Source: `pkg/resource/deploy/step_generator.go` (diffResource, processIgnoreChanges, applyReplaceOnChanges).
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from sandbox.engine import property_paths
from sandbox.engine.plugin_protocol import Changes, Diff, Plugin
from sandbox.engine.property_paths import PropertyPath, PropertyPathError
from sandbox.engine.state import ResourceState
from sandbox.engine.values import OutputValue, PropertyMap, Secret, Value, equal, rebuilt

INITIALISATION_ERROR = "#initerror"
"""The property that stands for an earlier failure to initialise."""


def with_ignored(inputs: PropertyMap, old_inputs: PropertyMap, ignored: Sequence[str]) -> tuple[PropertyMap, list[str]]:
    """The inputs with what is to be ignored as it was, and the paths where that is not possible."""
    impossible = []
    for text in ignored:
        try:
            path = property_paths.parse(text)
        except PropertyPathError:
            continue
        if path:
            inputs, complete = property_paths.reset(path, old_inputs, inputs)
            if not complete:
                impossible.append(text)
    return inputs, impossible


async def compare(
    plugin: Plugin, old: ResourceState, new_inputs: PropertyMap, *, preview: bool, ignored: Sequence[str]
) -> Diff:
    """The plugin's answer; where it leaves that to the engine, whether the inputs differ, secrecy apart."""
    diff = await plugin.diff(
        old.urn, old.id, old.inputs, old.outputs, new_inputs, preview=preview, ignore_changes=ignored
    )
    if diff.changes is not Changes.UNKNOWN:
        return diff
    before, after = bare(old.inputs), bare(with_ignored(new_inputs, old.inputs, ignored)[0])
    paths = tuple(changed_paths(before, after))
    changed = tuple(dict.fromkeys(str(path[0]) for path in paths))
    return dataclasses.replace(diff, changes=Changes.SOME if paths else Changes.NONE, changed=changed, paths=paths)


def changed_paths(old: Value, new: Value, path: PropertyPath = ()) -> Iterator[PropertyPath]:
    """Where two values differ, as deep as they are alike in shape."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from changed_paths(old.get(key), new.get(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for index, (one, other) in enumerate(zip(old, new, strict=False)):
            yield from changed_paths(one, other, (*path, index))
        for index in range(min(len(old), len(new)), max(len(old), len(new))):
            yield (*path, index)
    elif not equal(old, new):
        yield path


def bare(value: Value) -> Value:
    """The value without the marks that say that it is secret or where it came from."""
    if isinstance(value, Secret | OutputValue):
        return bare(value.value)
    return rebuilt(value, bare)


def with_replacements(diff: Diff, replace_on_changes: Sequence[str], *, init_errors: bool) -> Diff:
    """The diff with the changes that the program wants to be replacements. Raises `PropertyPathError`."""
    if diff.changes is not Changes.SOME and not init_errors:
        return diff
    wanted = [property_paths.parse(text) for text in replace_on_changes]

    def is_wanted(path: PropertyPath) -> bool:
        return any(property_paths.contains(replacing, path) for replacing in wanted)

    replaces = dict.fromkeys(diff.replaces)
    replaces |= dict.fromkeys(key for key in diff.changed if is_wanted((key,)))
    replaces |= dict.fromkeys(str(path[0]) for path in diff.paths if is_wanted(path))
    changes = diff.changes
    if init_errors and is_wanted((INITIALISATION_ERROR,)):
        replaces[INITIALISATION_ERROR] = None
        changes = Changes.SOME
    return dataclasses.replace(diff, changes=changes, replaces=tuple(replaces))
