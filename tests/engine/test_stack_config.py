"""Stack files: what is read, and what writing leaves alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.engine.config_keys import Key
from sandbox.engine.config_values import Ciphertext, coerced, go_json
from sandbox.engine.errors import UserError
from sandbox.engine.stack_config import Configuration, StackFile, get


def stack_file(folder: Path, content: str = "") -> StackFile:
    path = folder / "Pulumi.dev.yaml"
    if content:
        path.write_text(content)
    return StackFile(path, "proj")


def decrypt(ciphertext: str) -> str:
    return f"<{ciphertext}>"


# Reading


def test_keys_without_a_namespace_are_the_projects(tmp_path: Path) -> None:
    file = stack_file(tmp_path, "config: {a: 1, proj:b: 2, other:c: 3, other:config:d: 4}")
    assert {str(key): value for key, value in file.config.items()} == {
        "proj:a": "1",
        "proj:b": "2",
        "other:c": "3",
        "other:d": "4",
    }


def test_decrypts_at_any_depth_and_names_the_keys_that_hold_secrets(tmp_path: Path) -> None:
    file = stack_file(
        tmp_path,
        "config: {top: {secure: x}, deep: {a: [1, {b: {secure: y}}]}, plain: {secure: {a: 1}}, clear: text}",
    )
    configuration = Configuration.of(file.config, decrypt)
    assert configuration.values == {
        "proj:top": "<x>",
        "proj:deep": '{"a":[1,{"b":"\\u003cy\\u003e"}]}',
        "proj:plain": '{"secure":{"a":1}}',
        "proj:clear": "text",
    }
    assert configuration.secret_keys == {"proj:top", "proj:deep"}
    assert configuration.blinded["proj:deep"] == '{"a":[1,{"b":"[secret]"}]}'
    assert configuration.stored["proj:deep"] == {"a": [1, {"b": {"secure": "y"}}]}


def test_a_file_that_does_not_exist_is_an_empty_one(tmp_path: Path) -> None:
    file = stack_file(tmp_path)
    assert (file.config, file.encryption_salt) == ({}, "")
    assert not file.path.exists()


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_bytes(b"\xef\xbb\xbfconfig: {a: 1}")
    assert stack_file(tmp_path).config == {Key("proj", "a"): "1"}


def test_keys_without_a_value_are_empty_texts_and_told(tmp_path: Path) -> None:
    file = stack_file(tmp_path, "config:\n  a:\n  b: x\n")
    assert file.config[Key("proj", "a")] == ""
    assert file.empty_keys == ["proj:a"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("config: [1", "invalid YAML file: line 1"),
        ("- a", "a map with the key `config` is expected"),
        ("config: text", "config: a map of keys and values is expected"),
        ("config: {a:b:c: 1}", "could not parse a:b:c as a configuration key"),
        ("config: {true: 1}", "config: the key true is not a text: write it in quotes"),
        ("config: {a: 1, proj:a: 2}", "config: a and proj:a are the same key"),
        ("encryptionsalt: 5", "encryptionsalt: a text is expected"),
        ("secretsprovider: awskms://alias/x", "secrets provider awskms is not supported here"),
        ("encryptedkey: abc", "secrets provider encryptedkey is not supported here"),
        ("environment: [x]", "`environment` (Pulumi ESC) is not supported here"),
    ],
)
def test_says_what_is_wrong_with_which_file(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        stack_file(tmp_path, content)
    assert str(tmp_path / "Pulumi.dev.yaml") in str(caught.value) or "could not parse" in problem
    assert problem in str(caught.value)


# Writing

COMMENTED = """\
# for editors
config:
  # how much
  proj:size: "2"  # of it
  other:list:
    - a
    # the second
    - b: 1
      c: 0123
  short: x

  # the end
encryptionsalt: v1:abc
"""


def test_setting_one_value_changes_one_line(tmp_path: Path) -> None:
    file = stack_file(tmp_path, COMMENTED)
    file.set("other:list[1].b", "7", path=True)
    assert file.path.read_text() == COMMENTED.replace("- b: 1", "- b: 7")


def test_a_key_keeps_its_name_and_its_place(tmp_path: Path) -> None:
    file = stack_file(tmp_path, COMMENTED)
    file.set("short", "z")
    file.set("proj:size", "3")
    assert file.path.read_text() == COMMENTED.replace("short: x", "short: z").replace('"2"', '"3"')


def test_what_the_file_holds_beside_stays(tmp_path: Path) -> None:
    file = stack_file(tmp_path, "later: {a: 1}\nconfig:\n    a: {b: 0x10, c: 1e3}\n")
    file.set("a.d", "new", path=True)
    assert file.path.read_text() == "later: {a: 1}\nconfig:\n    a: {b: 0x10, c: 1e3, d: new}\n"


def test_comments_alone_stay_in_front(tmp_path: Path) -> None:
    file = stack_file(tmp_path, "# yaml-language-server: $schema=schema.json\n")
    file.set_salt("v1:abc")
    assert file.path.read_text() == "# yaml-language-server: $schema=schema.json\nencryptionsalt: v1:abc\n"


def test_a_new_file_is_made_with_its_folder(tmp_path: Path) -> None:
    file = StackFile(tmp_path / "stacks" / "Pulumi.dev.yaml", "proj")
    file.set("a", "1")
    assert file.path.read_text() == 'config:\n  proj:a: "1"\n'


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    file = stack_file(tmp_path, COMMENTED)
    file.path.chmod(0o600)
    file.set("a", "1")
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["Pulumi.dev.yaml"]


PATHS: Mapping[str, Any] = {
    "fresh.a.b": {"fresh": {"a": {"b": 1}}},
    "fresh[0]": {"fresh": [1]},
    "fresh[2].x": {"fresh": [None, None, {"x": 1}]},
    'fresh["a.b"].c': {"fresh": {"a.b": {"c": 1}}},
    "text.a": {"text": {"a": 1}},
    "hidden.a": {"hidden": {"a": 1}},
    "map.new": {"map": {"old": [1], "new": 1}},
    "map.old[0]": {"map": {"old": [1]}},
    "map.old[1]": {"map": {"old": [1, 1]}},
}


@pytest.mark.parametrize(("path", "expected"), PATHS.items())
def test_a_path_makes_what_it_needs(tmp_path: Path, path: str, expected: Mapping[str, Any]) -> None:
    file = stack_file(tmp_path, "config: {text: x, hidden: {secure: y}, map: {old: [1]}}")
    file.set(path, "1", path=True)
    written = yaml.safe_load(file.path.read_text())["config"]
    for name, value in expected.items():
        assert written.get(name, written.get(f"proj:{name}")) == value


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("map.old[2]", "array index out of range"),
        ("map.old.x", "key for an array must be an int"),
        ("map[0]", "key for a map must be a string"),
        ("map.text.x", "map.text: expected a map"),
        ("map.hidden.x", "map.hidden: expected a map"),
        ("map.text[0]", "map.text: expected an array"),
        ("fresh.secure", 'maps with the single key "secure" are reserved'),
        ("map[", "invalid config key path"),
        ("map.x.", "invalid config key path"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(tmp_path: Path, path: str, problem: str) -> None:
    content = "config: {map: {old: [1], text: x, hidden: {secure: y}}}"
    with pytest.raises(UserError) as caught:
        stack_file(tmp_path, content).set(path, "text", path=True)
    assert problem in str(caught.value)
    assert (tmp_path / "Pulumi.dev.yaml").read_text() == content


def test_a_secret_is_written_encrypted_at_its_place(tmp_path: Path) -> None:
    file = stack_file(tmp_path)
    file.set("a.b", Ciphertext("v1:x"), path=True)
    assert file.path.read_text() == "config:\n  proj:a:\n    b:\n      secure: v1:x\n"
    assert get(StackFile(file.path, "proj").config, "proj", "a.b", path=True) == Ciphertext("v1:x")


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("0", 0),
        ("012", "012"),
        ("-0", 0),
        ("1.5", "1.5"),
        ("", ""),
        ("9223372036854775808", 9223372036854775808),
        ("18446744073709551616", "18446744073709551616"),
        ("-9223372036854775809", "-9223372036854775809"),
        ("٣", "٣"),
    ],
)
def test_words_at_a_path_are_what_they_look_like(word: str, value: object) -> None:
    assert coerced(word) == value
    assert type(coerced(word)) is type(value)


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40))
def test_any_text_is_read_as_it_was_set(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    path = tmp_path_factory.mktemp("any") / "Pulumi.dev.yaml"
    StackFile(path, "proj").set("key", value)
    StackFile(path, "proj").set("object.inner[0]", f"x{value}", path=True)
    config = StackFile(path, "proj").config
    assert config[Key("proj", "key")] == value
    assert config[Key("proj", "object")] == {"inner": [f"x{value}"]}


@pytest.mark.parametrize(
    "value",
    ["yes", "0123", "1e3", "2020-01-02", "null", "~", "1:30", "a\nb\n", "a\n b", " x ", "*a", "@b", "a: b", "#"],
)
def test_texts_that_look_like_something_else_stay_texts(tmp_path: Path, value: str) -> None:
    stack_file(tmp_path).set("key", value)
    file = stack_file(tmp_path)
    assert file.config[Key("proj", "key")] == value
    assert yaml.safe_load(file.path.read_text())["config"]["proj:key"] == value


# Getting


def test_get_looks_into_objects(tmp_path: Path) -> None:
    config = stack_file(tmp_path, "config: {a: {b: [1, {c: x}]}, a.b: dotted}").config
    assert get(config, "proj", "a.b") == "dotted"
    assert get(config, "proj", "a.b[1].c", path=True) == "x"
    assert go_json(get(config, "proj", "a.b", path=True)) == '[1,{"c":"x"}]'
    for missing in ("a.b[2]", "a.b[1].c.d", "a.x", "z"):
        with pytest.raises(KeyError):
            get(config, "proj", missing, path=True)


ANCHORS = """
config:
  proj:a: &whole
    k: 1
    n: {m: 1}
    l: &list [1, 2]
  proj:b: *whole  # as a
  proj:c:
    <<: *whole
    z: 1
  proj:d: {deep: *whole}
  proj:e: *list
"""


@pytest.mark.parametrize("place", ["a.k", "a.n.m", "a.l[2]", "b.k", "c.k", "c.n.m", "c.z", "d.deep.l[0]", "e[1]"])
def test_what_stands_for_others_too_is_set_in_its_own_place_alone(tmp_path: Path, place: str) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(ANCHORS)
    before = StackFile(path, "proj").config
    StackFile(path, "proj").set(place, "7", path=True)
    after = StackFile(path, "proj").config
    assert [key.name for key in before if before[key] != after[key]] == [place[0]]
    assert get(after, "proj", place, path=True) == 7
