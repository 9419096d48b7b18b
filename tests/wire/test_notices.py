"""What users read where a recording is not as it is declared: the looks that are made anyway tell."""

from typing import Any

import pytest
from pulumi_realtimekit.errors import RealtimeKitError

from sandbox.api.testing import SandboxApi
from tests.faults.scripted_service import Service, plugin_of
from tests.kit.in_process import MEETING, Plugin, Resource, engine_wire
from tests.kit.scripted import Answer, serve
from tests.kit.service import running, started_elsewhere

__all__ = ["serve"]

LONG_AGO = "2026-01-01T00:00:00.000Z"
R1 = {"id": "r1", "status": "RECORDING", "type": "TRACK", "meeting_id": MEETING}
FILES = [{"layer_name": "default", "download_urls": {"a.webm": {"download_url": "https://f.example/a"}}}]


def said(resource: Resource, part: str) -> list[str]:
    """The messages with this part, since the last time."""
    messages = [message for _, message in resource.plugin.heard.messages if part in message]
    resource.plugin.heard.messages.clear()
    return messages


def resource(api: SandboxApi, **declared: Any) -> Resource:
    return Resource(Plugin(api), **{"meeting_id": MEETING, **declared})


# An older state is restored


@pytest.fixture
def restored(live: SandboxApi) -> Resource:
    """A resource with an older state: its recording was replaced, and the newer one runs on."""
    recording = resource(live)
    recording.up()
    older = recording.id, recording.inputs, recording.outputs
    recording.up(max_seconds=60)
    recording.id, recording.inputs, recording.outputs = older
    recording.declared.pop("max_seconds")
    return recording.by(Plugin(live))


@pytest.mark.parametrize(
    ("verb", "is_forgotten", "says"),
    [
        ("refresh", False, "has ended"),
        ("destroy", False, "had ended"),
        ("refresh", True, "is not known to the service any more"),
        ("destroy", True, "is not known to the service any more"),
    ],
)
def test_an_older_state_names_the_recording_that_it_does_not_know(
    live: SandboxApi, restored: Resource, verb: str, is_forgotten: bool, says: str
) -> None:
    (newer,), older = running(live), str(restored.id)
    if is_forgotten:
        live.forget(older)
    getattr(restored, verb)()
    (warning,) = said(restored, "does not know,")
    assert f"recording {older} {says}, and track recording {newer} of the meeting" in warning
    assert "take it over with recording_id, or stop it" in warning
    assert running(live) == [newer]


@pytest.mark.parametrize("verb", ["refresh", "destroy"])
def test_what_runs_costs_no_further_look(live: SandboxApi, verb: str) -> None:
    recording = resource(live)
    recording.up()
    live.clear_requests()
    getattr(recording, verb)()
    assert len(live.requests()) == 1
    assert said(recording, "") == []


def test_one_of_another_resource_that_has_ended_or_of_another_kind_is_none_of_these(live: SandboxApi) -> None:
    first = resource(live)
    first.up()
    live.set_status(str(first.id), "UPLOADED")
    live.set_status(started_elsewhere(live), "UPLOADED")
    started_elsewhere(live, kind="")
    second, following = resource(live), Plugin(live)
    second.up()
    assert second.by(following).up() == "same"
    first.by(following).refresh()
    assert said(first, "does not know") == []


# A recording that ends


@pytest.mark.parametrize(
    ("status", "reason", "severity"),
    [("UPLOADING", "ALL_PEERS_LEFT", "info"), ("ERRORED", "INTERNAL_ERROR", "warning")],
)
def test_a_refresh_says_once_that_it_has_ended_and_why(
    live: SandboxApi, status: Any, reason: str, severity: str
) -> None:
    recording = resource(live)
    recording.up()
    if status == "UPLOADING":
        live.meeting(MEETING, live=False)
    else:
        live.set_status(str(recording.id), status)
    recording.refresh()
    ((found, message),) = [one for one in recording.plugin.heard.messages if "has ended" in one[1]]
    assert found == severity
    assert message.startswith(f"meeting {MEETING}: recording {recording.id} has ended, {recording.outputs['status']}")
    assert f"({reason})" in message
    recording.plugin.heard.messages.clear()
    recording.refresh()
    assert said(recording, "has ended") == []


@pytest.mark.parametrize(
    ("links", "layers", "told"),
    [
        ({"links": []}, {}, True),
        (None, {}, True),
        (FILES, {}, False),
        ({"links": []}, {"layers": {"default": {"outputs": ["archive"]}}}, False),
    ],
    ids=str,
)
def test_a_finished_recording_without_files_is_told(serve: Any, links: Any, layers: dict[str, Any], told: bool) -> None:
    """Of another storage than its own bucket the service may list nothing."""
    uploaded = Answer({"data": {**R1, "status": "UPLOADED", "download_url": links}})
    server = serve(Service(one=uploaded))
    archive = {"type": "gcs", "bucket": "b", "secret": "s"}
    recording = Resource(
        plugin_of(server, storages={"archive": archive}), meeting_id=MEETING, start_seconds=0, **layers
    )
    recording.up()
    recording.refresh()
    assert len(said(recording, "is UPLOADED, and the service lists no files of it")) == told
    recording.refresh()
    assert said(recording, "lists no files") == []


# A recording that never begins


@pytest.mark.parametrize("start_seconds", [0.3, 0])
def test_a_start_that_stays_invoked_is_told_where_it_is_waited_for(live: SandboxApi, start_seconds: float) -> None:
    live.meeting(MEETING, start_seconds=3600)
    recording = resource(live, start_seconds=start_seconds)
    recording.up()
    told = [f"meeting {MEETING}: recording {recording.id} is still INVOKED after 0.3 s: it may record nothing"]
    assert [message.partition(". ")[0] for message in said(recording, "INVOKED")] == told * bool(start_seconds)


def test_one_that_is_invoked_long_after_its_start_is_told_by_every_later_up(serve: Any) -> None:
    stuck = {**R1, "status": "INVOKED", "invoked_time": LONG_AGO}
    server = serve(Service(start=Answer({"data": stuck}), one=Answer({"data": stuck})))
    recording = Resource(plugin_of(server), meeting_id=MEETING, start_seconds=0)
    recording.up()
    for _ in range(2):
        asked = len(server.requests)
        assert recording.up() == "same"
        (warning,) = said(recording, "INVOKED")
        assert f"should have been recording since {LONG_AGO}" in warning
        assert "blocks the next start of its meeting" in warning
        assert len(server.requests) == asked, "the state alone tells"
    recording.refresh()
    (warning,) = said(recording, "INVOKED")
    assert f"recording r1 has been INVOKED since {LONG_AGO}" in warning


# A recording that was started elsewhere


def test_what_was_taken_over_is_told_as_long_as_it_runs(live: SandboxApi) -> None:
    started_elsewhere(live)
    recording = resource(live, layers={"x": {}})
    recording.up()
    recording.by(Plugin(live))
    assert recording.up() == "same"
    (message,) = said(recording, "was taken over")
    assert "may differ from what is declared" in message
    recording.refresh()
    assert recording.up() == "same"
    assert len(said(recording, "was taken over")) == 1, "once in an `up --refresh`"
    live.set_status(str(recording.id), "UPLOADED")
    recording.refresh()
    assert recording.up() == "same"
    assert said(recording, "was taken over") == []


def test_two_starts_at_once_that_the_service_accepts_are_told(services: Any) -> None:
    api: SandboxApi = services("documented")
    api.meeting(MEETING, start_seconds=1)
    recording = resource(api)
    api.fault("delay", method="POST", path="/recordings/track", seconds=0.5)
    start = recording.plugin.lifecycle.connection.api.start

    def start_both(*arguments: Any) -> Any:
        found = start(*arguments)
        started_elsewhere(api)
        return found

    recording.plugin.lifecycle.connection.api.start = start_both  # type: ignore[method-assign]
    recording.up()
    (other,) = [one["id"] for one in api.recordings() if one["id"] != recording.id]
    (warning,) = said(recording, "does not know")
    assert f"recording {recording.id} was started here, and track recording {other} of the meeting" in warning


# What is done with it


def test_a_replacement_that_no_longer_stops_first_says_that_it_restarts_nothing(live: SandboxApi) -> None:
    """`up --replace` of a resource that has lost its option delete_before_replace creates before it deletes."""
    old = resource(live)
    old.up()
    plugin = Plugin(live)
    new = Resource(plugin, meeting_id=MEETING)
    new.up()
    old.by(plugin).destroy()
    assert running(live) == [new.id]
    (warning,) = said(old, "belongs to another resource of this stack, so it runs on")
    assert "replaced without its option delete_before_replace; nothing was restarted" in warning


@pytest.mark.parametrize("verb", ["refresh", "destroy", "pause"])
def test_a_failed_call_names_the_meeting_and_the_recording(live: SandboxApi, verb: str) -> None:
    recording = resource(live)
    recording.up()
    recording.by(Plugin(live, baseUrl=f"{live.url}/elsewhere"))
    with pytest.raises(RealtimeKitError, match=f"^meeting {MEETING}: recording {recording.id}: .* answered 404"):
        recording.up(desired_status="PAUSED") if verb == "pause" else getattr(recording, verb)()


def test_a_diff_shows_both_values_of_what_takes_its_default_again(live: SandboxApi) -> None:
    recording = resource(live, desired_status="PAUSED", when_idle="defer")
    recording.up()
    assert recording.up(desired_status=None, when_idle=None) == "update"
    assert recording.inputs["desired_status"] == "RECORDING"
    assert recording.inputs["when_idle"] == "fail"
    assert recording.up() == "same"
    assert not recording.inputs.keys() & {"desired_status", "when_idle"}


def test_a_value_that_was_read_in_the_wrong_encoding_restarts_nothing(live: SandboxApi) -> None:
    recording = resource(live, layers={"default": {"file_name_prefix": "Prüfung"}})
    recording.up()
    misread = "Prüfung".encode().decode("latin-1")
    with pytest.raises(RealtimeKitError, match=r"^layers: .*read as .*not UTF-8.*PYTHONUTF8=1"):
        recording.up(layers={"default": {"file_name_prefix": misread}})
    assert running(live) == [recording.id]
    assert recording.up(layers={"default": {"file_name_prefix": "Prüfung 2"}}) == "replace"
    assert engine_wire(recording.inputs)["layers"]["default"]["file_name_prefix"] == "Prüfung 2"
