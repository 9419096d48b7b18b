"""YAML as the CLI reads it. Each pair was seen: the text in a stack file, the string that the program got."""

import pytest

from sandbox.engine.config_values import from_stack_file, text
from sandbox.engine.errors import UserError
from sandbox.engine.yaml_values import OddKey, read_yaml

SEEN = {
    "yes": "yes",
    "on": "on",
    "NO": "NO",
    "y": "y",
    "true": "true",
    "True": "true",
    "TRUE": "true",
    "tRUE": "tRUE",
    "null": "",
    "Null": "",
    "~": "",
    "nULL": "nULL",
    '""': "",
    "0123": "83",
    "00": "0",
    "089": "89",
    "0o14": "12",
    "0o": "0o",
    "0xFF": "255",
    "0XFF": "255",
    "0xg": "0xg",
    "-0x1F": "-31",
    "0b11": "3",
    "+0b11": "3",
    "0x_F": "15",
    "-5": "-5",
    "+5": "5",
    "-0": "0",
    "1_000": "1000",
    "1__0": "10",
    "_1": "_1",
    "9223372036854775807": "9223372036854775807",
    "9223372036854775808": "9223372036854775808",
    "18446744073709551615": "18446744073709551615",
    "18446744073709551616": "18446744073709552000",
    "+18446744073709551615": "18446744073709552000",
    "-9223372036854775808": "-9223372036854775808",
    "-9223372036854775809": "-9223372036854776000",
    "100000000000000000000000": "1e+23",
    "1.50": "1.5",
    "1e3": "1000",
    "1E+03": "1000",
    "1e20": "100000000000000000000",
    "1e21": "1e+21",
    "1e-7": "1e-7",
    "0.0000001234": "1.234e-7",
    "0.00001": "0.00001",
    "123456789.123456789": "123456789.12345679",
    "1e400": "1e400",
    "1e": "1e",
    ".5": "0.5",
    ".5_0": "0.5",
    ".e5": ".e5",
    "5.": "5",
    "5_0.5_0": "50.5",
    "0x1p-2": "0x1p-2",
    "infinity": "infinity",
    "1.2.3": "1.2.3",
    "1:30": "1:30",
    "12:30:45": "12:30:45",
    "2020-01-02": "2020-01-02 00:00:00 +0000 UTC",
    "2020-1-2": "2020-01-02 00:00:00 +0000 UTC",
    "2020-13-01": "2020-13-01",
    "2020-01-02T03:04:05Z": "2020-01-02 03:04:05 +0000 UTC",
    "2020-01-02t03:04:05.100Z": "2020-01-02 03:04:05.1 +0000 UTC",
    "2020-01-02T03:04:05+00:00": "2020-01-02 03:04:05 +0000 UTC",
    "2020-01-02 03:04:05.123456789123": "2020-01-02 03:04:05.123456789 +0000 UTC",
    "2020-01-02 03:04:05Z": "2020-01-02 03:04:05Z",
    "2020-01-02T03:04:05": "2020-01-02T03:04:05",
    "'0123'": "0123",
    "!!str 123": "123",
    '!!int "12"': "12",
    "!!float 3": "3",
    "!!null ~": "",
    "!!binary aGVsbG8=": "hello",
    "!foo bar": "bar",
    "! 12": "12",
    "!!str": "",
    "|\n    a\n    b\n": "a\nb\n",
    ">-\n    a\n    b\n": "a b",
    '"é<&>"': "é<&>",
    "[]": "[]",
    "{}": "{}",
    '[1, 1.5, true, ~, x, "é<&>"]': '[1,1.5,true,null,"x","é\\u003c\\u0026\\u003e"]',
    '["\\u2028 \\t"]': '["\\u2028 \\t"]',
    "[-0.0, 1e-6, 1e100, 9223372036854775808]": "[0,0.000001,1e+100,9223372036854776000]",
    "[2.50, 1_0, 0b1, on, 0.1e1]": '[2.5,10,1,"on",1]',
    "{z: 1, a: yes, d: 2020-01-02}": '{"a":"yes","d":"2020-01-02 00:00:00 +0000 UTC","z":1}',
    "{1: a, true: b, 1.5: c, ~: d}": '{"1":"a","1.5":"c","\\u003cnil\\u003e":"d","true":"b"}',
    "{<<: {a: 1, b: 2}, b: 3}": '{"a":1,"b":3}',
    "{<<: [{a: 1}, {a: 2, c: 3}]}": '{"a":1,"c":3}',
}


@pytest.mark.parametrize(("written", "read"), SEEN.items())
def test_reads_what_the_cli_reads(written: str, read: str) -> None:
    assert text(from_stack_file(read_yaml(f"key: {written}", "file")["key"])) == read


def test_keeps_the_zone_of_a_time() -> None:
    assert read_yaml("2020-01-02T03:04:05-05:30", "file") == "2020-01-02 03:04:05 -0530 -0530"


def test_follows_anchors() -> None:
    assert read_yaml("a: &x [1, 2]\nb: *x", "file") == {"a": [1, 2], "b": [1, 2]}


def test_reads_the_first_document_of_several() -> None:
    assert read_yaml("a: 1\n---\na: 2\n", "file") == {"a": 1}


@pytest.mark.parametrize("nothing", ["", "\n", "# a comment\n", "---\n"])
def test_reads_nothing_as_nothing(nothing: str) -> None:
    assert read_yaml(nothing, "file") is None


def test_marks_keys_that_are_no_texts() -> None:
    assert [type(key) for key in read_yaml("{1: a, '2': b, true: c}", "file")] == [OddKey, str, OddKey]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("a: [1", "line 1"),
        ("a: 1\n b: 2", "line 2"),
        ("a: 1\nb: 2\na: 3", 'line 3: mapping key "a" already defined at line 1'),
        ("a: *x", "undefined alias"),
        ("a: &x [*x]", "contains itself"),
        ("{[a]: 1}", "cannot be a key"),
        ("<<: 1", "map merge requires"),
        ("a: !!int x", "this is no !!int"),
        ("a: !!bool 1", "this is no !!bool"),
        ("a: !!timestamp x", "this is no !!timestamp"),
        ("a: !!binary x", "not base64"),
        ("a: .inf", "`.inf` cannot be a configuration value"),
        ("a: .NaN", "`.NaN` cannot be a configuration value"),
        ("a: \x07", "invalid YAML file"),
    ],
)
def test_says_where_a_file_is_no_yaml(written: str, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        read_yaml(written, "Pulumi.dev.yaml")
    assert str(caught.value).startswith("Pulumi.dev.yaml: invalid YAML file: ")
    assert problem in str(caught.value)
