"""What people see: lines in CI, rows on a terminal."""

import pytest

from sandbox.engine.events import Diagnostic, ResourceOutputs, Summary
from tests.engine import recorded
from tests.engine.shown import Shown

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


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.1, "1s"), (59.2, "1m0s"), (61, "1m1s"), (3600, "1h0m0s"), (3725.4, "1h2m6s")]
)
def test_durations_are_written_as_go_does(seconds: float, shown: str) -> None:
    text = Shown("plain").show([*recorded.deployment()[:1], Summary(False, seconds, {"same": 1}, "succeeded")])
    assert text == ""
    text = Shown("plain").show([Summary(False, seconds, {"same": 1}, "succeeded"), recorded.deployment()[-1]])
    assert f"Duration: {shown}\n" in text


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
