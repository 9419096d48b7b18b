"""Before a start: a meeting without a session, one that is recorded already, and recordings that are taken over."""

import threading
from typing import Any

import httpx
import pytest
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.testing import SandboxApi
from tests.kit.in_process import ACCOUNT, APP, Plugin, Resource
from tests.kit.waiting import eventually

MEETING = "97440c6a-140b-40a9-9499-b23fd7a3868a"
BODY = {"meeting_id": MEETING, "layers": {"default": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}]}}}


def started_elsewhere(api: SandboxApi, kind: str = "/track", meeting: str = MEETING) -> str:
    """Somebody else's recording of the meeting; its id."""
    body = {**BODY, "meeting_id": meeting} if kind else {"meeting_id": meeting}
    url = f"{api.app_url(ACCOUNT, APP)}/recordings{kind}"
    httpx.post(url, json=body, headers={"authorization": f"Bearer {api.token}"}).raise_for_status()
    return str(api.recordings()[-1]["id"])


def active(api: SandboxApi) -> list[str]:
    return [one["id"] for one in api.recordings() if one["active"]]


# A meeting without a live session


@pytest.mark.parametrize("meeting", ["a/b", "..", ".", "a%2Fb", "100%", "?", "#", " ", "ä😀"])
def test_a_meeting_is_asked_after_whatever_its_id_holds(api: SandboxApi, meeting: str) -> None:
    api.meeting(meeting, live=False)
    recording = Resource(Plugin(api), meeting_id=meeting, when_idle="defer")
    recording.up()
    assert recording.outputs["status"] == "PENDING"
    api.meeting(meeting, live=True)
    recording.up()
    (started,) = api.recordings(meeting)
    assert (started["id"], started["active"]) == (recording.id, True)


@pytest.mark.parametrize("app", ["a%2Fb", "..", "."])
def test_an_app_is_where_its_id_says_whatever_it_holds(api: SandboxApi, app: str) -> None:
    recording = Resource(Plugin(api), meeting_id=MEETING, app_id=app)
    recording.up()
    assert api.recordings()[0]["app_id"] == app
    assert recording.refresh()


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
    assert active(api) == [recording.id]


def test_a_pending_one_is_deleted_without_a_call(api: SandboxApi) -> None:
    api.meeting(MEETING, live=False)
    recording = Resource(Plugin(api), meeting_id=MEETING, when_idle="defer")
    recording.up()
    api.clear_requests()
    recording.destroy()
    assert api.requests() == []


def test_wait_starts_once_there_is_a_session(api: SandboxApi) -> None:
    api.meeting(MEETING, live=False)
    recording = Resource(Plugin(api), meeting_id=MEETING, when_idle="wait", wait_seconds=20)
    begins = threading.Timer(0.3, api.meeting, [MEETING], {"live": True})
    begins.start()
    assert recording.up() == "create"
    begins.join()
    assert active(api) == [recording.id]


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
    assert active(api) == [recording.id]


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
        assert len(active(api)) == 1
        return
    with pytest.raises(RealtimeKitError) as raised:
        recording.up()
    assert says in str(raised.value)


# A meeting that is recorded already


def test_adopt_takes_it_over_marks_it_and_warns(api: SandboxApi) -> None:
    elsewhere = started_elsewhere(api)
    plugin = Plugin(api)
    recording = Resource(plugin, meeting_id=MEETING, layers={"x": {}})
    recording.up()
    assert (recording.id, recording.outputs["adopted"]) == (elsewhere, True)
    (warning,) = plugin.heard.warnings
    assert f"took over track recording {elsewhere}" in warning
    assert "layers and limits are what that start asked for" in warning
    assert recording.by(Plugin(api)).up() == "same"
    assert recording.refresh()
    assert recording.outputs["adopted"] is True
    assert recording.up(when_active="fail") == "update"
    assert recording.outputs["adopted"] is True
    recording.by(Plugin(api)).destroy()
    assert active(api) == []


@pytest.mark.parametrize(("desired", "status"), [("RECORDING", "RECORDING"), ("PAUSED", "PAUSED")])
def test_what_is_adopted_is_brought_to_the_status_that_is_wanted(api: SandboxApi, desired: str, status: str) -> None:
    elsewhere = started_elsewhere(api)
    api.set_status(elsewhere, "PAUSED" if desired == "RECORDING" else "RECORDING")
    recording = Resource(Plugin(api), meeting_id=MEETING, desired_status=desired)
    recording.up()
    assert recording.outputs["status"] == status


@pytest.mark.parametrize("ended", ["UPLOADING", "UPLOADED", "ERRORED"])
def test_one_that_has_ended_is_nobodys_concern(api: SandboxApi, ended: Any) -> None:
    api.set_status(started_elsewhere(api), ended)
    recording = Resource(Plugin(api), meeting_id=MEETING, when_active="fail")
    recording.up()
    assert active(api) == [recording.id]


@pytest.mark.parametrize("when_active", ["adopt", "fail"])
def test_a_composite_recording_is_left_alone(api: SandboxApi, when_active: str) -> None:
    composite = started_elsewhere(api, kind="")
    recording = Resource(Plugin(api), meeting_id=MEETING, when_active=when_active)
    recording.up()
    assert recording.id != composite
    assert recording.outputs["adopted"] is False
    recording.destroy()
    assert active(api) == [composite]


def test_another_meetings_recording_is_left_alone(api: SandboxApi) -> None:
    other = started_elsewhere(api, meeting="other")
    recording = Resource(Plugin(api), meeting_id=MEETING, when_active="fail")
    recording.up()
    recording.destroy()
    assert active(api) == [other]


def test_one_that_begins_between_the_look_and_the_start_is_taken_over_or_named(live: SandboxApi) -> None:
    """The service answers 409, and lists the other one only a little later."""
    for when_active in ("adopt", "fail"):
        live.reset()
        live.meeting(MEETING, visible_seconds=0.4)
        elsewhere = started_elsewhere(live)
        recording = Resource(Plugin(live), meeting_id=MEETING, when_active=when_active)
        if when_active == "adopt":
            recording.up()
            assert (recording.id, recording.outputs["adopted"]) == (elsewhere, True)
        else:
            with pytest.raises(RealtimeKitError, match=f"{elsewhere} is RECORDING already"):
                recording.up()
        assert active(live) == [elsewhere]


def test_one_that_the_service_refuses_for_and_never_lists_is_an_error_that_says_so(live: SandboxApi) -> None:
    live.meeting(MEETING, visible_seconds=3600)
    started_elsewhere(live)
    with pytest.raises(RealtimeKitError, match=r"a track recording is active, but the service does not list it.*409"):
        Resource(Plugin(live), meeting_id=MEETING).up()


# recording_id


def test_recording_id_of_a_composite_recording_is_refused_and_left_alone(api: SandboxApi) -> None:
    composite = started_elsewhere(api, kind="")
    with pytest.raises(RealtimeKitError, match=f"recording_id: {composite} is no track recording"):
        Resource(Plugin(api), meeting_id=MEETING, recording_id=composite).up()
    assert active(api) == [composite]


def test_recording_id_of_another_meeting_is_refused_and_left_alone(live: SandboxApi) -> None:
    """Of the dialects `live` alone says in an answer about one recording which meeting it is of."""
    others = started_elsewhere(live, meeting="other")
    with pytest.raises(RealtimeKitError, match=f"{others} is a recording of meeting other, not of {MEETING}"):
        Resource(Plugin(live), meeting_id=MEETING, recording_id=others).up()
    assert active(live) == [others]


def test_recording_id_that_could_not_be_taken_over_is_free_again(live: SandboxApi) -> None:
    elsewhere = started_elsewhere(live)
    plugin = Plugin(live)
    with pytest.raises(RealtimeKitError, match="not of other"):
        Resource(plugin, meeting_id="other", recording_id=elsewhere).up()
    recording = Resource(plugin, meeting_id=MEETING, recording_id=elsewhere)
    recording.up()
    assert recording.id == elsewhere


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
    assert active(api) == [recording.id]
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
    plugin = Plugin(api)
    first = Resource(plugin, meeting_id=MEETING)
    first.up()
    with pytest.raises(RealtimeKitError, match=f"{first.id} belongs to another resource of this stack"):
        Resource(plugin, meeting_id=MEETING).up()
    with pytest.raises(RealtimeKitError, match=f"{first.id} belongs to another resource of this stack"):
        Resource(plugin, meeting_id=MEETING, recording_id=first.id).up()
    assert active(api) == [first.id]


def test_nor_one_that_the_state_has_from_an_earlier_run(api: SandboxApi) -> None:
    first = Resource(Plugin(api), meeting_id=MEETING)
    first.up()
    plugin = Plugin(api)
    assert first.by(plugin).up() == "same"
    with pytest.raises(RealtimeKitError, match=f"{first.id} belongs to another resource of this stack"):
        Resource(plugin, meeting_id=MEETING).up()


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

    threads = [threading.Thread(target=up, args=(resource,)) for resource in resources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(api.recordings()) == 1
    assert len(failed) == 5


def test_many_meetings_at_once_start_one_each(api: SandboxApi) -> None:
    plugin = Plugin(api)
    resources = [Resource(plugin, meeting_id=f"meeting-{number}") for number in range(24)]
    threads = [threading.Thread(target=resource.up) for resource in resources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(active(api)) == sorted(str(resource.id) for resource in resources)
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
    for one, other in ((first, second), (second, first)):
        plugin = Plugin(api)
        assert one.by(plugin).up() == "same"
        with pytest.raises(RealtimeKitError, match=refused):
            other.by(plugin).up()
    plugin = Plugin(api)
    assert second.by(plugin).up() == "same"
    first.by(plugin).destroy()
    assert active(api) == [second.id]
    assert any(f"{second.id} belongs to another resource" in warning for warning in plugin.heard.warnings)
    second.by(Plugin(api)).destroy()
    assert active(api) == []
