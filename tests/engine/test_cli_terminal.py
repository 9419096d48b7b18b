"""Questions to a person at a terminal."""

import re

import pytest

from sandbox.passphrase import PassphraseCrypter
from tests.engine.command_line import Folder, at_terminal
from tests.kit.engines import PASSPHRASE


def test_a_person_is_asked_and_may_look_first(folder: Folder) -> None:
    question = "Do you want to perform this update? (yes, no, details) [no]:"
    result = at_terminal(folder, ["up"], [(question, "details"), (question, "yes")])
    assert result.code == 0
    assert "[urn=urn:pulumi:dev::proj::pulumi-python:dynamic/things:Thing::a]" in result.out
    assert folder.resources()["a"]["id"] == "id-a"
    assert "└─ pulumi-python:dynamic/things:Thing" in re.sub(r"\x1b\[[0-9;]*m", "", result.out)


@pytest.mark.parametrize("answer", ["no", ""])
def test_a_person_may_say_no(folder: Folder, answer: str) -> None:
    result = at_terminal(folder, ["up"], [("[no]:", answer)])
    assert result.code == 1
    assert "confirmation declined, not proceeding with the update" in result.out
    assert folder.resources() == {}
    assert folder.locks() == []


def test_a_person_may_type_the_passphrase(folder: Folder) -> None:
    folder.stack_file(folder.stack_file() + f"  hidden:\n    secure: {_sealed(folder)}\n")
    question = "Enter your passphrase to unlock config/secrets for stack dev"
    env = {"PULUMI_CONFIG_PASSPHRASE": None}
    result = at_terminal(folder, ["config", "get", "hidden"], [(question, "wrong"), (question, PASSPHRASE)], **env)
    assert result.code == 0
    assert "error: incorrect passphrase" in result.out
    assert "hunter2" in result.out
    assert PASSPHRASE not in result.out


def test_in_ci_a_terminal_is_nobody(folder: Folder) -> None:
    result = at_terminal(folder, ["up"], [], CI="true")
    assert result.code == 2
    assert at_terminal(folder, ["up", "--non-interactive"], []).code == 2
    plain = at_terminal(folder, ["preview", "--non-interactive"], [])
    assert " Thing a create" in re.sub(r"\x1b\[[0-9;]*m", "", plain.out).replace("dynamic/things:", " ")


def _sealed(folder: Folder) -> str:
    salt = re.search(r"encryptionsalt: (\S+)", folder.stack_file())
    assert salt
    return PassphraseCrypter.open(PASSPHRASE, salt[1]).encrypt("hunter2")
