"""`preview --json` and `up --json`, as the CLI shapes them."""

import json
from dataclasses import replace

from sandbox.engine.events import ResourceOperationFailed
from tests.engine import recorded
from tests.engine.shown import Shown


def test_up_json_is_an_event_a_line() -> None:
    lines = Shown("json").show(recorded.deployment()).splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["sequence"] for event in events] == list(range(len(recorded.deployment())))
    kinds = [next(key for key in event if key not in {"sequence", "timestamp"}) for event in events]
    assert (kinds[0], kinds[-2:]) == ("preludeEvent", ["summaryEvent", "cancelEvent"])
    assert events[-2]["summaryEvent"] == {
        "maybeCorrupt": False,
        "durationSeconds": 62,
        "resourceChanges": {"create": 1, "delete": 1, "replace": 1, "same": 4, "update": 1},
        "PolicyPacks": {},
        "isPreview": False,
        "result": "failed",
    }
    metadata = next(event["resourcePreEvent"]["metadata"] for event in events if "keys" in str(event))
    assert metadata["op"] == "create-replacement"
    assert metadata["keys"] == ["key"]
    assert metadata["diffs"] == ["key", "list"]
    assert metadata["detailedDiff"] is None
    assert "logical" not in metadata
    assert metadata["old"] == {
        "type": recorded.TYPE,
        "urn": recorded.urn("replaced"),
        "custom": True,
        "id": "id-replaced",
        "parent": recorded.STACK,
        "inputs": {"__provider": "gASV", "key": "a", "list": ["x"]},
        "outputs": {"__provider": "gASV", "key": "a", "list": ["x"], "made": "then"},
        "provider": recorded.PROVIDER,
    }


def test_json_marks_secrets_and_unknowns_as_the_state_does() -> None:
    lines = Shown("json").show(recorded.deployment()).splitlines()
    created = next(json.loads(line)["resourcePreEvent"]["metadata"]["new"] for line in lines if '"op":"create"' in line)
    assert created["inputs"]["plain"] == {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "ciphertext": "[secret]",
    }
    assert created["inputs"]["later"] == "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def test_json_diagnostics_have_their_severity_in_front() -> None:
    lines = Shown("json").show(recorded.deployment()).splitlines()
    warning = next(json.loads(line)["diagnosticEvent"] for line in lines if "first line" in line)
    assert warning == {
        "urn": recorded.urn("updated"),
        "prefix": "warning: ",
        "message": "first line\nsecond line\n\n",
        "color": "never",
        "severity": "warning",
    }


def test_preview_json_is_one_document() -> None:
    document = json.loads(Shown("json", preview=True).show(recorded.deployment(planning=True)))
    assert list(document) == ["config", "steps", "diagnostics", "duration", "changeSummary"]
    assert [(step["op"], step["urn"].rsplit("::", 1)[-1]) for step in document["steps"]] == [
        ("same", "proj-test"),
        ("create", "created"),
        ("update", "updated"),
        ("replace", "replaced"),
        ("same", "freed"),
        ("delete", "deleted"),
    ]
    update = document["steps"][2]
    assert update["oldState"]["inputs"]["plain"] == "[secret]"
    assert update["oldState"]["inputs"]["deep"]["list"][1:] == ["[secret]", {"x": "[secret]"}]
    assert update["detailedDiff"] is None
    assert document["steps"][3]["replaceReasons"] == ["key"]
    assert document["diagnostics"][0] == {"message": "hello\n\n", "severity": "info"}
    assert document["config"] == {"proj:size": "3", "proj:token": "[secret]"}
    assert document["duration"] == 61_200_000_000


def test_preview_json_of_a_refresh_says_what_it_came_to() -> None:
    document = json.loads(Shown("json", preview=True).show(recorded.refresh()))
    assert [step["op"] for step in document["steps"]] == ["refresh", "refresh", "delete", "refresh"]
    assert all("newState" in step for step in document["steps"] if step["op"] == "refresh")


def test_json_of_a_refresh_begins_as_one_and_ends_as_what_it_came_to() -> None:
    events = [json.loads(line) for line in Shown("json").show(recorded.refresh()).splitlines()]
    began = [event["resourcePreEvent"]["metadata"] for event in events if "resourcePreEvent" in event]
    ended = [event["resOutputsEvent"]["metadata"]["op"] for event in events if "resOutputsEvent" in event]
    assert {metadata["op"] for metadata in began} == {"refresh"}
    assert all(metadata["new"] == metadata["old"] for metadata in began)
    assert ended == ["update", "delete", "same", "same"]


def test_json_of_a_failure_counts_the_steps_before_it() -> None:
    failure = next(event for event in recorded.deployment() if isinstance(event, ResourceOperationFailed))
    line = json.loads(Shown("json").show([replace(failure, steps=4)]))
    assert {key: line["resOpFailedEvent"][key] for key in ("status", "steps")} == {"status": 0, "steps": 4}
