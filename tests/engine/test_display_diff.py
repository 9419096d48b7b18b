"""`--diff`: the properties that differ, and why something is replaced."""

import pytest

from sandbox.display.diff import details
from sandbox.engine.events import Cancelled, ResourcePre, Summary
from tests.engine import recorded
from tests.engine.shown import Shown

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


def test_what_was_said_stands_at_the_end_under_its_resource() -> None:
    shown = Shown("diff").show(recorded.deployment())
    said = shown.index("Diagnostics:")
    assert shown.rindex("(delete)") < said < shown.index("Resources:")
    assert "  pulumi-python:dynamic/things:Thing (updated):\n    warning: first line\n    second line\n" in shown[said:]
    assert shown.count("first line") == 1


def test_what_was_said_is_shown_where_the_end_does_not_come() -> None:
    events = [event for event in recorded.deployment() if not isinstance(event, Summary | Cancelled)]
    assert "    warning: first line\n" in Shown("diff").show(events)
