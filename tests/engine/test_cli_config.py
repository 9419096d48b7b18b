"""`config set`, `config get`, and what program and plugin get of it."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from sandbox.passphrase import PassphraseCrypter
from tests.engine.command_line import Folder
from tests.kit.engines import PASSPHRASE

TELLS = """
import json
import subprocess
from pathlib import Path
Path(os.environ["THINGS"], "told.json").write_text(json.dumps(
    [json.loads(os.environ["PULUMI_CONFIG"]), sorted(json.loads(os.environ["PULUMI_CONFIG_SECRET_KEYS"]))]
))
Thing("a")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path, salt=PassphraseCrypter.new(PASSPHRASE).salt)
    assert made.run("stack", "init", "dev", stack=None).code == 0
    return made


def test_what_was_set_is_got(folder: Folder) -> None:
    for words in (
        ["plain", "5"],
        ["--path", "object.list[0].n", "5"],
        ["--secret", "hidden", "top: secret"],
        ["--secret", "--path", "object.hidden", "deep"],
        ["other:key", "x"],
        ["--", "negative", "-5"],
    ):
        assert folder.run("config", "set", *words, stack=None, PULUMI_STACK="dev").text == ""
    for words, value in (
        (["plain"], "5"),
        (["proj:plain"], "5"),
        (["object"], '{"hidden":"deep","list":[{"n":5}]}'),
        (["--path", "object.list[0].n"], "5"),
        (["--path", "object.hidden"], "deep"),
        (["hidden"], "top: secret"),
        (["other:key"], "x"),
        (["negative"], "-5"),
    ):
        assert folder.run("config", "get", *words).out == f"{value}\n"
    text = folder.stack_file()
    assert 'proj:plain: "5"' in text
    assert "- n: 5" in text
    assert "secret" not in text
    assert "deep" not in text


def test_a_value_may_come_from_standard_input(folder: Folder) -> None:
    assert folder.run("config", "set", "key", stdin="one\ntwo\n").code == 0
    assert folder.run("config", "get", "key").out == "one\ntwo\n"


def test_one_newline_at_the_end_of_standard_input_is_none_of_the_value(folder: Folder) -> None:
    for piped, value in (("one", "one"), ("one\n\n", "one\n"), ("one\r\n", "one\r")):
        assert folder.run("config", "set", "key", stdin=piped).code == 0
        assert yaml.safe_load(folder.stack_file())["config"]["proj:key"] == value


def test_what_is_no_text_is_refused(folder: Folder) -> None:
    before = folder.stack_file()
    process = folder.start("config", "set", "key", stdin=subprocess.PIPE)
    assert process.stdin
    process.stdin.buffer.write(b"\xff\xfe")
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "error: standard input: not UTF-8 text: invalid start byte at byte 0\n")
    assert folder.stack_file() == before


def test_comments_and_order_stay(folder: Folder) -> None:
    before = folder.stack_file("# first\nconfig:\n  # second\n  b: 1  # third\n  a: 2\nencryptionsalt: v1:x\n")
    assert folder.run("config", "set", "b", "3").code == 0
    assert folder.stack_file() == before.replace("b: 1  #", 'b: "3" #')


def test_a_secret_needs_the_right_passphrase_and_nothing_is_written_without(folder: Folder) -> None:
    before = folder.stack_file()
    result = folder.run("config", "set", "--secret", "key", "x", PULUMI_CONFIG_PASSPHRASE="wrong")
    assert (result.code, result.text) == (1, "error: incorrect passphrase\n")
    assert folder.stack_file() == before


def test_encrypted_values_without_a_salt_are_not_given_a_new_one(folder: Folder) -> None:
    before = folder.stack_file("config:\n  key:\n    secure: v1:AAAA:BBBB\n")
    for words in (["config", "get", "key"], ["config", "set", "--secret", "other", "x"], ["preview"]):
        result = folder.run(*words)
        assert result.code == 1
        assert "there are encrypted values and no encryptionsalt" in result.text
    assert folder.stack_file() == before


def test_plain_values_need_no_passphrase(folder: Folder) -> None:
    assert folder.run("config", "set", "key", "x", PULUMI_CONFIG_PASSPHRASE=None).code == 0
    assert folder.run("config", "get", "key", PULUMI_CONFIG_PASSPHRASE=None).out == "x\n"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["get", "nosuch"], "configuration key 'nosuch' not found for stack 'dev'"),
        (["get", "--path", "a.b"], "configuration key 'a.b' not found"),
        (["set", "a:b:c", "x"], "could not parse a:b:c as a configuration key"),
        (["set", "--path", "a[", "x"], "invalid config key path"),
    ],
)
def test_what_cannot_be_is_said(folder: Folder, words: list[str], problem: str) -> None:
    result = folder.run("config", *words)
    assert result.code == 1
    assert problem in result.text
    assert "Traceback" not in result.text


def test_get_knows_the_projects_values(folder: Folder) -> None:
    folder.yaml("name: proj\nruntime: python\nconfig: {size: {default: 3}, 'other:key': {value: [1, x]}}\n")
    assert folder.run("config", "get", "size").out == "3\n"
    assert folder.run("config", "get", "other:key").out == '[1,"x"]\n'
    assert folder.run("config", "set", "size", "4").code == 0
    assert folder.run("config", "get", "size").out == "4\n"


def test_the_program_gets_what_the_clis_program_gets(folder: Folder) -> None:
    folder.yaml(
        "name: proj\nruntime: {name: python, options: {virtualenv: venv}}\n"
        "config: {fallback: {default: {a: 1}}, object: {default: {old: 1}}}\n"
    )
    for words in (
        ["--path", "object.n", "5"],
        ["--path", "--secret", "object.hidden", "x"],
        ["--secret", "token", "hunter2"],
        ["flag", "true"],
    ):
        assert folder.run("config", "set", *words).code == 0
    folder.stack_file(folder.stack_file().replace("config:\n", "config:\n  number: 0x10\n  list: [1.50, yes]\n"))
    folder.program(TELLS)
    preview = folder.run("preview")
    assert preview.code == 0, preview.text
    told, secret_keys = json.loads((folder.things / "told.json").read_text())
    assert told == {
        "proj:fallback": '{"a":1}',
        "proj:flag": "true",
        "proj:list": '[1.5,"yes"]',
        "proj:number": "16",
        "proj:object": '{"hidden":"x","n":5}',
        "proj:token": "hunter2",
    }
    assert secret_keys == ["proj:object", "proj:token"]


def test_a_key_without_a_value_is_warned_of(folder: Folder) -> None:
    folder.stack_file(f"config:\n  empty:\n{folder.stack_file()}")
    result = folder.run("preview")
    assert result.code == 0
    assert "warning: no value for proj:empty in" in result.err


def test_what_the_project_asks_for_is_missed_before_anything_runs(folder: Folder) -> None:
    folder.yaml("name: proj\nruntime: python\nconfig: {size: {type: integer}, token: {}}\n")
    result = folder.run("preview")
    assert result.code == 1
    assert "Stack 'dev' is missing configuration values 'size' and 'token'" in result.text
    assert folder.deploy("destroy").code == 0
