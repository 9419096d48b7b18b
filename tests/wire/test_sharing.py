"""One recording that two resources of a stack come to have: by a rename, by hand, by an `up` that was interrupted."""

import pytest

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import Plugin, Resource
from tests.kit.service import running

MEETING, OTHER, THIRD = "standup", "weekly", "board"


@pytest.fixture
def renamed(live: SandboxApi) -> tuple[Resource, Resource]:
    """A recording that was started, and one of another name that took it over: the first one was not deleted yet."""
    old, new = Resource(Plugin(live), meeting_id=MEETING), Resource(Plugin(live), meeting_id=MEETING)
    old.up()
    new.up()
    assert new.id == old.id
    return old, new


def test_what_was_renamed_twice_runs_on_under_its_last_name(
    live: SandboxApi, renamed: tuple[Resource, Resource]
) -> None:
    _, second = renamed
    third = Resource(Plugin(live), meeting_id=MEETING)
    third.up()
    following = Plugin(live)
    assert third.by(following).up() == "same"
    second.by(following).destroy()
    assert running(live) == [third.id]
    assert "belongs to another resource" in following.heard.warnings[-1]


@pytest.mark.parametrize("first", ["old", "new"])
def test_a_refresh_of_both_goes_on_and_so_does_the_update_with_it(
    live: SandboxApi, renamed: tuple[Resource, Resource], first: str
) -> None:
    old, new = renamed
    following = Plugin(live)
    for resource in (old, new) if first == "old" else (new, old):
        resource.by(following).refresh()
    assert new.up() == "same"
    old.destroy()
    assert running(live) == [new.id]


def test_a_meeting_is_handed_on_from_one_resource_to_the_next(live: SandboxApi) -> None:
    """The first is replaced before the second is compared: it finds the second's recording, and goes on with it."""
    plugin = Plugin(live)
    first, second = Resource(plugin, meeting_id=MEETING), Resource(plugin, meeting_id=OTHER)
    first.up()
    second.up()
    handed = second.id
    following = Plugin(live)
    assert first.by(following).up(meeting_id=OTHER) == "replace"
    assert first.id == handed
    assert second.by(following).up(meeting_id=THIRD) == "replace"
    assert sorted(running(live)) == sorted([first.id or "", second.id or ""])
    assert [one["id"] for one in live.recordings(THIRD)] == [second.id]


def test_what_another_resource_takes_over_by_recording_id_runs_on_when_the_first_is_removed(live: SandboxApi) -> None:
    first = Resource(Plugin(live), meeting_id=MEETING)
    first.up()
    plugin = Plugin(live)
    second = Resource(plugin, meeting_id=MEETING, recording_id=first.id)
    second.up()
    first.by(plugin).destroy()
    assert running(live) == [second.id]


@pytest.mark.parametrize(("again", "is_forgotten"), [(1, False), (2, False), (1, True)])
def test_a_replacement_of_what_was_taken_over_that_was_interrupted_starts_another(
    live: SandboxApi, again: int, is_forgotten: bool
) -> None:
    """Its delete was done by an earlier run: the declared recording has ended, and is not taken over once more.

    is_forgotten: the service does not know it any more.
    """
    somebody = Resource(Plugin(live), meeting_id=MEETING)
    somebody.up()
    resource = Resource(Plugin(live), meeting_id=MEETING, recording_id=somebody.id)
    resource.up()
    for _ in range(again):
        known, outputs, inputs = resource.id, resource.outputs, resource.inputs
        resource.by(Plugin(live)).destroy()
        resource.id, resource.outputs, resource.inputs = known, outputs, inputs
        if is_forgotten:
            live.forget(str(somebody.id))
        resource.by(Plugin(live)).recreate()
    assert running(live) == [resource.id]
    assert resource.id != somebody.id
    assert resource.outputs["adopted"] is False
    assert resource.by(Plugin(live)).up() == "same"
