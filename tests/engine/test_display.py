"""What people see: lines in CI, rows on a terminal, properties under `--diff`. Never a secret."""

import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from sandbox.display.choice import Display, DisplayOptions, choose
from sandbox.display.diff import details
from sandbox.engine.events import Cancelled, Diagnostic, Event, ResourceOutputs, ResourcePre, Summary
from sandbox.engine.values import UNKNOWN, OutputValue, ResourceReference, Secret
from tests.engine import recorded

MODES = {
    "plain": DisplayOptions(),
    "live": DisplayOptions(live=True),
    "diff": DisplayOptions(diff=True),
    "json": DisplayOptions(json=True),
}


class Shown:
    """A display with what it printed."""

    def __init__(self, mode: str, *, preview: bool = False, width: int = 200, height: int = 60) -> None:
        self._out = io.StringIO()

        def console() -> Console:
            return Console(
                file=self._out,
                force_terminal=mode == "live",
                no_color=True,
                width=width,
                height=height,
                highlight=False,
                markup=False,
            )

        self.display: Display = choose(
            MODES[mode],
            kind="update",
            preview=preview,
            project="proj",
            stack="test",
            console=console(),
            errors=console(),
            write=lambda line: print(line, file=self._out),
        )

    def show(self, events: Sequence[Event]) -> str:
        for event in events:
            self.display.show(event)
            self.display.tick()
        self.display.close()
        return self._out.getvalue()


SCENES: dict[str, Callable[[], list[Event]]] = {
    "update": recorded.deployment,
    "preview": lambda: recorded.deployment(planning=True),
    "refresh": recorded.refresh,
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("mode", MODES)
def test_no_secret_is_shown_in_any_mode(mode: str, scene: str) -> None:
    text = Shown(mode, preview=scene == "preview").show(SCENES[scene]())
    assert text
    assert [secret for secret in recorded.SECRETS if secret in text] == []


@pytest.mark.parametrize("scene", SCENES)
def test_no_secret_is_in_the_details_of_a_preview(scene: str) -> None:
    text = details(SCENES[scene]()).plain
    assert "[secret]" in text
    assert [secret for secret in recorded.SECRETS if secret in text] == []


PLAIN = """\
    pulumi:pulumi:Stack proj-test running
    pulumi:pulumi:Stack proj-test running hello
 +  pulumi-python:dynamic/things:Thing created creating (0s)
 +  pulumi-python:dynamic/things:Thing created created (0.25s)
 ~  pulumi-python:dynamic/things:Thing updated updating (0s) \
[diff: +later,other-becomes~deep,json,known,lines,plain,size]
 ~  pulumi-python:dynamic/things:Thing updated updated (0.25s) \
[diff: +later,other-becomes~deep,json,known,lines,plain,size]
 ~  pulumi-python:dynamic/things:Thing updated updated (0.25s) \
[diff: +later,other-becomes~deep,json,known,lines,plain,size]; warning: first line
 ++ pulumi-python:dynamic/things:Thing replaced creating replacement (0s) [diff: ~key,list]
 ++ pulumi-python:dynamic/things:Thing replaced created replacement (1s) [diff: ~key,list]
 +- pulumi-python:dynamic/things:Thing replaced replacing (0s) [diff: ~key,list]
 +- pulumi-python:dynamic/things:Thing replaced replaced (0.00s) [diff: ~key,list]
    pulumi-python:dynamic/things:Thing freed [diff: ~protect]
 -- pulumi-python:dynamic/things:Thing replaced deleting original (0s)
 -- pulumi-python:dynamic/things:Thing replaced deleted original (61s)
 -  pulumi-python:dynamic/things:Thing deleted deleting (0s)
 -  pulumi-python:dynamic/things:Thing deleted deleted (0.25s)
 +  pulumi-python:dynamic/things:Thing failed creating (0s)
 +  pulumi-python:dynamic/things:Thing failed creating (0s) error: ValueError: refused
 +  pulumi-python:dynamic/things:Thing failed **creating failed** error: ValueError: refused
    pulumi:pulumi:Stack proj-test 1 message
Diagnostics:
  pulumi:pulumi:Stack (proj-test):
    hello

  pulumi-python:dynamic/things:Thing (updated):
    warning: first line
    second line

  pulumi-python:dynamic/things:Thing (failed):
    error: Traceback (most recent call last):
      File "x.py", line 1
    ValueError: refused

Outputs:
  ~ count : 1 => 2
  + nested: {
      + s: [
      +     [0]: [secret]
        ]
    }
  ~ secret: [secret] => [secret]

Resources:
    + 1 created
    ~ 1 updated
    - 1 deleted
    +-1 replaced
    4 changes. 4 unchanged
    1 errored

Duration: 1m2s

"""


def test_a_line_for_whatever_happens() -> None:
    assert Shown("plain").show(recorded.deployment()) == PLAIN


def test_a_preview_says_what_would_be_done() -> None:
    text = Shown("plain", preview=True).show(recorded.deployment(planning=True))
    assert " +  pulumi-python:dynamic/things:Thing created create\n" in text
    assert " -  pulumi-python:dynamic/things:Thing deleted delete\n" in text
    assert "    + 1 to create\n    ~ 1 to update\n    - 1 to delete\n    +-1 to replace\n" in text
    assert "Duration" not in text
    assert "(0s)" not in text


def test_a_silent_deployment_says_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.display.plain._SILENCE_SECONDS", 0.0)
    shown = Shown("plain")
    shown.display.tick()
    assert shown.show([]) == "@ updating....\n"


def test_what_was_interrupted_is_not_called_done() -> None:
    events = [event for event in recorded.deployment() if not isinstance(event, ResourceOutputs)]
    text = Shown("plain").show(events)
    assert " +  pulumi-python:dynamic/things:Thing created creating (interrupted)\n" in text
    assert "created created" not in text


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.just(UNKNOWN),
    st.builds(ResourceReference, st.just(recorded.urn("a")), st.one_of(st.none(), st.text(max_size=3))),
    st.sampled_from(["hunter2", "x\nhunter2", '{"hunter2": 1}']).map(Secret),
    st.builds(OutputValue, st.just("hunter2"), st.just(True)),
    st.just('{"a": [1, {"b": 2}]}'),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b", "__c", "d\n"]), inner, max_size=3),
        inner.map(Secret),
    ),
    max_leaves=8,
)
PROPERTIES = st.dictionaries(st.sampled_from(["p", "q", "__internal"]), VALUES, max_size=3)


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=40, deadline=None)
@given(old=PROPERTIES, new=PROPERTIES, op=st.sampled_from(["create", "update", "replace", "delete", "same", "read"]))
def test_anything_can_be_shown_and_nothing_secret_is(mode: str, old: Any, new: Any, op: str) -> None:
    before = recorded.thing("x", old, old) if op != "create" else None
    after = recorded.thing("x", new, new) if op != "delete" else None
    metadata = recorded.step(op, before, after)
    stack = recorded.step("same", recorded.stack_state(old), recorded.stack_state(new))
    for planning in (True, False):
        events: list[Event] = [
            ResourcePre(metadata, planning),
            ResourceOutputs(metadata, planning),
            ResourceOutputs(stack, planning),
            Summary(planning, 1.0, {op: 1}, "succeeded"),
            Cancelled(),
        ]
        assert "hunter2" not in Shown(mode, preview=planning).show(events)
        assert "hunter2" not in details(events).plain


# On a terminal


def test_rows_end_as_a_tree() -> None:
    text = Shown("live").show(recorded.deployment())
    final = text[text.rindex("Type") :]
    names = ["proj-test", "created", "updated", "replaced", "freed", "deleted", "failed"]
    positions = [final.index(f" {name} ") for name in names]
    assert positions[0] < min(positions[1:])
    assert "│  └─ pulumi-python:dynamic/things:Thing" in final
    assert "├─ proj:index:Group" in final
    assert "**creating failed**" in final
    assert "kept" not in final
    assert "deleted original (61s)" in final


def test_a_replacement_that_is_over_is_one_step() -> None:
    events = [
        event
        for event in recorded.deployment(planning=True)
        if not isinstance(event, Diagnostic) or event.severity != "error"
    ]
    final = Shown("live", preview=True).show(events)
    line = next(line for line in final[final.rindex("Type") :].splitlines() if " replaced " in line)
    assert line.split()[0] == "+-"
    assert " replace " in line


def test_more_rows_than_lines_are_counted() -> None:
    shown = Shown("live", height=6)
    for event in recorded.deployment()[:-3]:
        shown.display.show(event)
    shown.display.tick()
    assert "more" in shown.show([])


def test_a_terminal_is_given_back() -> None:
    text = Shown("live").show(recorded.deployment()[:6])
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


# --diff

UPDATE = """\
    ~ pulumi-python:dynamic/things:Thing: (update)
        [id=id-updated]
        [urn=urn:pulumi:test::proj::pulumi-python:dynamic/things:Thing::updated]
      - becomes: "clear"
      ~ deep   : {
          ~ list: [
                [0]: 1
              ~ [1]: [secret] => [secret]
              ~ [2]: {
                  ~ x: [secret] => [secret]
                }
            ]
        }
      ~ json   : [secret] => [secret]
      ~ known  : "closed" => "open"
      + later  : [unknown]
      ~ lines  : [secret] => [secret]
      + other  : {
          + ID            : "id-a"
          + PackageVersion: ""
          + URN           : "urn:pulumi:test::proj::pulumi-python:dynamic/things:Thing::a"
        }
      ~ plain  : [secret] => [secret]
      ~ size   : 1 => 2
"""
REPLACE = """\
    +-pulumi-python:dynamic/things:Thing: (replace)
        [id=id-replaced]
        [urn=urn:pulumi:test::proj::pulumi-python:dynamic/things:Thing::replaced]
        [replaced because of: key]
      ~ key : "a" => "b"
      ~ list: [
          ~ [0]: "x" => "y"
          + [1]: "z"
        ]
"""


def test_diff_shows_the_inputs_that_differ_and_the_reasons_of_a_replacement() -> None:
    text = Shown("diff", preview=True).show(recorded.deployment(planning=True))
    assert UPDATE in text
    assert REPLACE in text
    assert "    + pulumi-python:dynamic/things:Thing: (create)\n" in text
    assert "(create-replacement)" not in text
    assert "(delete-replaced)" not in text
    assert "Thing: (same) 🔓\n" in text
    assert "not for people" not in text


def test_diff_of_a_refresh_shows_what_the_service_says() -> None:
    text = Shown("diff").show(recorded.refresh())
    assert "~ pulumi-python:dynamic/things:Thing: (update)\n" in text
    assert '      ~ made   : "then" => "now"\n' in text
    assert "- pulumi-python:dynamic/things:Thing: (delete)\n" in text
    assert "Thing::kept" not in text


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (1, 1.5, "~ p: 1 => 1.5"),
        (123456789012345, 1e21, "~ p: 123456789012345 => 1000000000000000000000"),
        (True, False, "~ p: true => false"),
        ("a\x1b[31m", "b", '~ p: "a\\u001b[31m" => "b"'),
        ("x" * 200, "y", f'~ p: "{"x" * 150}..." => "y"'),
        ('{"a": 1}', '{"a": 2, "b": [3]}', "~ p: (json) {\n      ~ a: 1 => 2\n      + b: [\n"),
        ("one\ntwo\nthree", "one\n2\nthree", "~ p: \n        one\n      - two\n      + 2\n        three\n"),
        ([], ["x"], '~ p: [\n      + [0]: "x"\n    ]'),
        ({"a": 1}, "text", '- p: {\n      - a: 1\n    }\n  + p: "text"'),
        (None, {"a": {}}, "+ p: {\n      + a: {}\n    }"),
    ],
)
def test_values_and_their_changes(old: object, new: object, shown: str) -> None:
    before, after = recorded.thing("x", {"p": old}), recorded.thing("x", {"p": new})
    text = details([ResourcePre(recorded.step("update", before, after))]).plain
    assert shown in text


# JSON


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
        "message": "first line\nsecond line\n",
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
    assert document["diagnostics"][0] == {"message": "hello\n", "severity": "info"}
    assert document["config"] == {"proj:size": "3", "proj:token": "[secret]"}
    assert document["duration"] == 61_200_000_000


def test_preview_json_of_a_refresh_says_what_it_came_to() -> None:
    document = json.loads(Shown("json", preview=True).show(recorded.refresh()))
    assert [step["op"] for step in document["steps"]] == ["refresh", "update", "delete", "refresh"]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.1, "1s"), (59.2, "1m0s"), (61, "1m1s"), (3600, "1h0m0s"), (3725.4, "1h2m6s")]
)
def test_durations_are_written_as_go_does(seconds: float, shown: str) -> None:
    text = Shown("plain").show([*recorded.deployment()[:1], Summary(False, seconds, {"same": 1}, "succeeded")])
    assert text == ""
    text = Shown("plain").show([Summary(False, seconds, {"same": 1}, "succeeded"), recorded.deployment()[-1]])
    assert f"Duration: {shown}\n" in text
