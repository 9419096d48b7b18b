"""Before a start: a meeting without a session, one that is recorded already, and recordings that are taken over."""

import threading
from functools import partial
from typing import Any

import pytest
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import MEETING, Plugin, Resource
from tests.kit.service import running, started_elsewhere
from tests.kit.waiting import at_once, eventually

# A meeting without a live session


@pytest.mark.parametrize("meeting", ["a/b", "..", ".", "a%2Fb", "100%", "?", "#", " ", "ä😀"])
def test_a_meeting_and_an_app_are_where_their_ids_say_whatever_they_hold(api: SandboxApi, meeting: str) -> None:
    app = "".join(letter for letter in meeting if letter not in "/ ") or "app"  # which no app's id may hold
    api.meeting(meeting, live=False)
    recording = Resource(Plugin(api), meeting_id=meeting, app_id=app, when_idle="defer")
    recording.up()
    assert recording.outputs["status"] == "PENDING"
    api.meeting(meeting, live=True)
    recording.up()
    assert recording.refresh()
    (started,) = api.recordings(meeting)
    assert (started["id"], started["app_id"], started["active"]) == (recording.id, app, True)


def test_defer_deploys_as_pending_and_starts_with_the_first_up_that_finds_a_session(api: SandboxApi) -> None:
    api.meeting(MEETING, live=False)
    recording = Resource(Plugin(api), meeting_id=MEETING, when_idle="defer")
    assert recording.up() == "create"
    assert recording.id
    assert recording.id.startswith("pending-")
    assert recording.outputs["status"] == "PENDING"
    assert recording.refresh()
    assert recording.up() == "same"
    assert recording.up(wait_seconds=5) == "update"
    assert recording.up(desired_status="STOPPED") == "update"
    assert recording.up(desired_status="RECORDING") == "replace", "from STOPPED"
    assert recording.outputs["status"] == "PENDING"
    api.meeting(MEETING, live=True)
    assert recording.preview() == ("replace", ["status"])
    assert recording.up() == "replace"
    assert running(api) == [recording.id]


def test_wait_starts_once_there_is_a_session(api: SandboxApi) -> None:
    api.meeting(MEETING, live=False)
    recording = Resource(Plugin(api), meeting_id=MEETING, when_idle="wait", wait_seconds=20)
    begins = threading.Timer(0.3, api.meeting, [MEETING], {"live": True})
    begins.start()
    assert recording.up() == "create"
    begins.join()
    assert running(api) == [recording.id]


def test_wait_goes_on_through_a_hiccup_of_the_service(api: SandboxApi) -> None:
    """A question that goes unanswered for longer than it is repeated: nothing was started, and there is time."""
    api.meeting(MEETING, live=False)
    recording = Resource(Plugin(api, timeoutSeconds=1), meeting_id=MEETING, when_idle="wait", wait_seconds=20)
    up = threading.Thread(target=recording.up)
    up.start()
    eventually(lambda: api.requests(path="*/active-session"), "it waits for a session")
    api.fault("503", path="*/active-session", times=8)
    eventually(lambda: api.faults()["faults"] == [], "the faults are over")
    api.meeting(MEETING, live=True)
    up.join(20)
    assert running(api) == [recording.id]


@pytest.mark.parametrize("is_live", [True, False])
@pytest.mark.parametrize("when_idle", ["fail", "wait", "defer"])
def test_a_mistake_is_the_services_own_answer_whether_the_meeting_is_live_or_not(
    live: SandboxApi, when_idle: str, is_live: bool
) -> None:
    live.meeting(MEETING, live=is_live)
    recording = Resource(Plugin(live), meeting_id=MEETING, user_ids=["a"], when_idle=when_idle)
    with pytest.raises(RealtimeKitError, match='answered 422: "user_ids" is not allowed'):
        recording.up()


@pytest.mark.parametrize(
    ("dialect", "arguments", "says"),
    [
        ("live", {"layers": {"default": {"media_kind": "audio"}}}, '"layers.default.media_kind" is not allowed'),
        ("documented", {"layers": {"default": {"file_name_prefix": "a/b"}}}, "fails to match the required pattern"),
        ("documented", {"layers": {"default": {"media_kind": "audio"}}, "user_ids": ["a"]}, None),
        ("reference", {"user_ids": ["a"]}, '"user_ids" is not allowed'),
    ],
)
def test_what_some_servers_accept_is_sent_and_the_answer_shown(
    services: Any, dialect: Any, arguments: dict[str, Any], says: str | None
) -> None:
    api = services(dialect)
    recording = Resource(Plugin(api), meeting_id=MEETING, **arguments)
    if says is None:
        recording.up()
        assert len(running(api)) == 1
        return
    with pytest.raises(RealtimeKitError) as raised:
        recording.up()
    assert says in str(raised.value)


# A meeting that is recorded already


def test_adopt_takes_it_over_and_marks_it(api: SandboxApi) -> None:
    elsewhere = started_elsewhere(api)
    recording = Resource(Plugin(api), meeting_id=MEETING, layers={"x": {}})
    recording.up()
    assert (recording.id, recording.outputs["adopted"]) == (elsewhere, True)
    assert recording.by(Plugin(api)).up() == "same"
    assert recording.refresh()
    assert recording.outputs["adopted"] is True
    assert recording.up(when_active="fail") == "update"
    assert recording.outputs["adopted"] is True
    recording.by(Plugin(api)).destroy()
    assert running(api) == []


@pytest.mark.parametrize(("before", "desired"), [("PAUSED", "RECORDING"), ("RECORDING", "PAUSED")])
def test_what_is_adopted_is_brought_to_the_status_that_is_wanted(api: SandboxApi, before: Any, desired: str) -> None:
    api.set_status(started_elsewhere(api), before)
    recording = Resource(Plugin(api), meeting_id=MEETING, desired_status=desired)
    recording.up()
    assert recording.outputs["status"] == desired


@pytest.mark.parametrize("when_active", ["adopt", "fail"])
def test_what_has_ended_is_composite_or_of_another_meeting_is_left_alone(api: SandboxApi, when_active: str) -> None:
    for status in ("UPLOADING", "UPLOADED", "ERRORED"):
        api.set_status(started_elsewhere(api), status)
    others = [started_elsewhere(api, "other"), started_elsewhere(api, kind="")]
    recording = Resource(Plugin(api), meeting_id=MEETING, when_active=when_active)
    recording.up()
    assert recording.id not in others
    assert recording.outputs["adopted"] is False
    recording.destroy()
    assert running(api) == others


@pytest.mark.parametrize("when_active", ["adopt", "fail"])
def test_one_that_begins_between_the_look_and_the_start_is_taken_over_or_named(
    live: SandboxApi, when_active: str
) -> None:
    """The service answers 409, and lists the other one only a little later."""
    live.meeting(MEETING, visible_seconds=0.4)
    elsewhere = started_elsewhere(live)
    recording = Resource(Plugin(live), meeting_id=MEETING, when_active=when_active)
    if when_active == "adopt":
        recording.up()
        assert (recording.id, recording.outputs["adopted"]) == (elsewhere, True)
    else:
        with pytest.raises(RealtimeKitError, match=f"{elsewhere} is RECORDING already"):
            recording.up()
    assert running(live) == [elsewhere]


# recording_id


def test_recording_id_of_a_composite_recording_is_refused_and_left_alone(api: SandboxApi) -> None:
    composite = started_elsewhere(api, kind="")
    with pytest.raises(RealtimeKitError, match=f"recording_id: {composite} is no track recording"):
        Resource(Plugin(api), meeting_id=MEETING, recording_id=composite).up()
    assert running(api) == [composite]


def test_recording_id_of_another_meeting_is_refused_and_left_to_that_one(live: SandboxApi) -> None:
    """Of the dialects `live` alone says in an answer about one recording which meeting it is of."""
    others, plugin = started_elsewhere(live, "other"), Plugin(live)
    with pytest.raises(RealtimeKitError, match=f"{others} is a recording of meeting other, not of {MEETING}"):
        Resource(plugin, meeting_id=MEETING, recording_id=others).up()
    assert running(live) == [others]
    recording = Resource(plugin, meeting_id="other", recording_id=others)
    recording.up()
    assert recording.id == others, "it is free"


def test_recording_id_of_what_a_deferred_replacement_has_ended_starts_another(api: SandboxApi) -> None:
    elsewhere = started_elsewhere(api)
    recording = Resource(Plugin(api), meeting_id=MEETING, recording_id=elsewhere, when_idle="defer")
    recording.up()
    api.meeting(MEETING, live=False)
    assert recording.by(Plugin(api)).up(max_seconds=60) == "replace"
    assert recording.outputs["status"] == "PENDING"
    assert recording.by(Plugin(api)).up() == "same"
    api.meeting(MEETING, live=True)
    assert recording.by(Plugin(api)).up() == "replace"
    assert running(api) == [recording.id]
    assert recording.id != elsewhere


def test_recording_id_of_one_that_has_ended_says_that_nothing_is_recorded(api: SandboxApi) -> None:
    elsewhere = started_elsewhere(api)
    api.set_status(elsewhere, "UPLOADED")
    plugin = Plugin(api)
    recording = Resource(plugin, meeting_id=MEETING, recording_id=elsewhere)
    recording.up()
    assert recording.outputs["status"] == "UPLOADED"
    assert any("nothing is recorded by it" in warning for warning in plugin.heard.warnings)


# Several resources


def test_two_resources_never_share_a_recording(api: SandboxApi) -> None:
    """Nor one that the state has from an earlier run."""
    plugin = Plugin(api)
    first = Resource(plugin, meeting_id=MEETING)
    first.up()
    for following in (plugin, Plugin(api)):
        assert first.by(following).up() == "same"
        for declared in ({}, {"recording_id": first.id}):
            with pytest.raises(RealtimeKitError, match=f"{first.id} belongs to another resource of this stack"):
                Resource(following, meeting_id=MEETING, **declared).up()
    assert running(api) == [first.id]


@pytest.mark.parametrize("declared", ["the meeting", "recording_id"])
def test_two_resources_of_a_meeting_at_once_have_one(api: SandboxApi, declared: str) -> None:
    plugin = Plugin(api)
    given = {"recording_id": started_elsewhere(api)} if declared == "recording_id" else {}
    api.fault("delay_before", method="GET", times=6, seconds=0.1)
    resources = [Resource(plugin, meeting_id=MEETING, **given) for _ in range(6)]
    failed: list[str] = []

    def up(resource: Resource) -> None:
        try:
            resource.up()
        except RealtimeKitError as error:
            failed.append(str(error))

    at_once(partial(up, resource) for resource in resources)
    assert len(api.recordings()) == 1
    assert len(failed) == 5


def test_many_meetings_at_once_start_one_each(api: SandboxApi) -> None:
    plugin = Plugin(api)
    resources = [Resource(plugin, meeting_id=f"meeting-{number}") for number in range(24)]
    at_once(resource.up for resource in resources)
    assert sorted(running(api)) == sorted(str(resource.id) for resource in resources)
    assert len(api.recordings()) == 24


def test_one_that_is_registered_before_the_one_that_has_the_recording_cannot_keep_it(api: SandboxApi) -> None:
    """What is created is decided on before what is compared: `first` finds the recording of `second`, and takes it."""
    second = Resource(Plugin(api), meeting_id=MEETING)
    second.up()
    plugin = Plugin(api)
    first = Resource(plugin, meeting_id=MEETING)
    first.up()
    assert first.id == second.id
    refused = f"recording {second.id} belongs to two resources of this stack, one of which took it over"
    with pytest.raises(RealtimeKitError, match=refused):
        second.by(plugin).up()
    for one, other in ((first, second), (second, first)):  # and in later runs, whichever is compared first
        plugin = Plugin(api)
        assert one.by(plugin).up() == "same"
        with pytest.raises(RealtimeKitError, match=refused):
            other.by(plugin).up()
    plugin = Plugin(api)
    assert second.by(plugin).up() == "same"
    first.by(plugin).destroy()
    assert running(api) == [second.id]
    assert any(f"{second.id} belongs to another resource" in warning for warning in plugin.heard.warnings)
    second.by(Plugin(api)).destroy()
    assert running(api) == []
