"""Settings: every mistake in one go, one line each, with what to do."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from recording_webhook.settings import Action, Event, Settings, SettingsError, load

from tests.webhook.service import environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.webhook.sender import Sender


@pytest.fixture
def folder(tmp_path: Path, sender: Sender) -> Path:
    """One with a project `team` and the key `public.pem`."""
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "Pulumi.yaml").write_text("name: team\nruntime: python\n")
    (tmp_path / "public.pem").write_bytes(sender.public_pem)
    return tmp_path


GOOD = {
    "public_key_file": "public.pem",
    "command": sys.executable,
    "meetings": {"default": {"project": "team", "stack": "prod"}},
}


def write(folder: Path, **more: Any) -> Path:
    content = {key: value for key, value in {**GOOD, **more}.items() if value is not None}
    (folder / "settings.yaml").write_text(json.dumps(content))
    return folder / "settings.yaml"


def problems(file: Path | None, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load(file, environment or {})
    return str(raised.value).splitlines()


def test_paths_are_those_of_the_settings_file(folder: Path) -> None:
    settings = load(write(folder, store="inbox"), {})
    assert settings.store == folder / "inbox"
    assert [stack.project for stack in settings.stacks("any")] == [folder / "team"]


def test_without_a_file_the_environment_is_enough(folder: Path, sender: Sender) -> None:
    """In an --env-file a line break is written as two characters."""
    settings = load(
        None,
        {
            "RECORDING_WEBHOOK_PUBLIC_KEY": sender.public_pem.decode().replace("\n", "\\n"),
            "RECORDING_WEBHOOK_COMMAND": f"{sys.executable} -m sandbox",
            "RECORDING_WEBHOOK_MEETINGS": json.dumps({"m-1": {"project": str(folder / "team"), "stack": "dev"}}),
            "RECORDING_WEBHOOK_ACTIONS": "meeting.ended: ignore",
            "RECORDING_WEBHOOK_RETRY": '{"attempts": 2}',
            "RECORDING_WEBHOOK_WEBHOOK_IDS": '["w-1"]',
            "RECORDING_WEBHOOK_AT_ONCE": "2",
            "RECORDING_WEBHOOK_STORE": "",
            "RECORDING_WEBHOOK_PORT": "tcp://10.0.0.1:80",  # Kubernetes' own, beside a Service of this name
        },
    )
    assert settings.command == [sys.executable, "-m", "sandbox"]
    assert [str(stack) for stack in settings.stacks("m-1")] == ["team:dev"]
    assert settings.stacks("m-2") == []
    assert settings.action(Event.MEETING_ENDED) is None
    assert settings.action(Event.MEETING_STARTED) is Action.UP
    assert (settings.retry.attempts, settings.at_once, settings.webhook_ids) == (2, 2, frozenset({"w-1"}))


def test_the_environment_wins(folder: Path) -> None:
    settings = load(write(folder, listen="127.0.0.1:1"), {"RECORDING_WEBHOOK_LISTEN": "[::]:8080"})
    assert settings.address == ("::", 8080)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"meetings": None}, "meetings: is missing"),
        ({"meetings": {}}, "meetings: names no meeting: give each its stack, or one to all under 'default'"),
        ({"meetings": {"default": {"project": "team"}}}, "meetings.default.stack: is missing"),
        (
            {"meetings": {"default": {"project": "nowhere", "stack": "prod"}}},
            "meetings.default.project: {folder}/nowhere has no Pulumi.yaml: name the folder of a Pulumi project",
        ),
        (
            {"meetings": {"default": {"project": "team", "stack": "--yes"}}},
            "meetings.default.stack: a stack is NAME or ORGANIZATION/PROJECT/NAME, of letters, digits, ",
        ),
        (
            {"meetings": {"default": {"project": "team", "stack": "prod", "stak": "x"}}},
            "meetings.default.stak: there is no such setting",
        ),
        ({"metings": {}}, "metings: there is no such setting"),
        ({"listen": "8080"}, "listen: is an address and a port, as in 127.0.0.1:8080"),
        ({"listen": "0.0.0.0:65536"}, "listen: is an address and a port, as in 127.0.0.1:8080"),
        (
            {"command": "no-such-engine up"},
            "command: there is no program 'no-such-engine' on PATH: install it, or name another command",
        ),
        (
            {"command": []},
            "command: there is no program '' on PATH: install it, or name another command",
        ),
        ({"command": "'"}, "command: No closing quotation"),
        ({"at_once": 0}, "at_once: Input should be greater than or equal to 1"),
        ({"retry": {"attempts": "many"}}, "retry.attempts: Input should be a valid integer, unable to parse string as"),
        ({"actions": {"meeting.strted": "up"}}, "actions.meeting.strted.[key]: Input should be 'meeting.started', "),
        (
            {"actions": {"meeting.ended": "destroy"}},
            "actions.meeting.ended: Input should be 'up', 'refresh' or 'ignore'",
        ),
        (
            {"public_key_file": "gone.pem"},
            "public_key_file: {folder}/gone.pem cannot be read: No such file or directory",
        ),
        (
            {"public_key_file": None},
            "public_key_file: name a file with the public key of RealtimeKit's webhooks (PEM), or give the key itself",
        ),
        (
            {"public_key_file": None, "public_key": "abc"},
            "public_key: holds no public key: expected '-----BEGIN PUBLIC KEY-----' and so on (PEM)",
        ),
    ],
)
def test_a_mistake_is_one_line(folder: Path, more: dict[str, Any], problem: str) -> None:
    file = write(folder, **more)
    (line,) = problems(file)
    assert line.startswith(f"{file}: {problem.format(folder=folder)}")


def test_all_mistakes_are_told_at_once_each_with_its_place(folder: Path) -> None:
    file = write(folder, at_once=0, meetings={"default": {"project": "nowhere", "stack": "prod"}})
    found = problems(file, {"RECORDING_WEBHOOK_LISTEN": "here", "RECORDING_WEBHOOK_RETRY": "{"})
    assert [line.split(": ")[:2] for line in found] == [
        [str(file), "meetings.default.project"],
        ["RECORDING_WEBHOOK_LISTEN", "is an address and a port, as in 127.0.0.1:8080"],
        ["RECORDING_WEBHOOK_RETRY", "is neither JSON nor YAML"],
        [str(file), "at_once"],
    ]


KEY = (
    "name a file with the public key of RealtimeKit's webhooks (PEM), or give the key itself in"
    " RECORDING_WEBHOOK_PUBLIC_KEY; one of the two"
)


def test_with_nothing_set_everything_that_is_needed_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    assert problems(None) == [
        "settings: meetings: is missing",
        f"settings: public_key_file: {KEY}",
        "settings: command: there is no program 'pulumi' on PATH: install it, or name another command",
    ]


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"public_key_file": None}, [f"public_key_file: {KEY}"]),
        ({"public_key_file": "gone.pem"}, ["public_key_file: {folder}/gone.pem cannot be read: "]),
        ({"public_key_file": None, "public_key": "abc"}, ["public_key: holds no public key: "]),
        ({"public_key": "abc"}, ["public_key: holds no public key: ", f"public_key_file: {KEY}"]),
        ({"public_key": "{pem}"}, [f"public_key_file: {KEY}"]),
    ],
)
def test_a_mistake_in_the_key_is_told_with_the_others(
    folder: Path, sender: Sender, more: dict[str, str | None], found: list[str]
) -> None:
    """Where the key is given twice, what is wrong with the one is told as well."""
    pem = sender.public_pem.decode()
    more = {name: value and value.replace("{pem}", pem) for name, value in more.items()}
    file = write(folder, at_once=0, **more)
    told = [line.removeprefix(f"{file}: ") for line in problems(file)]
    expected = [line.format(folder=folder) for line in found] + ["at_once: "]
    assert len(told) == len(expected)
    assert all(line.startswith(start) for line, start in zip(told, expected, strict=True))


def test_the_key_s_own_variable_is_named(folder: Path) -> None:
    found = problems(write(folder, public_key_file=None), {"RECORDING_WEBHOOK_PUBLIC_KEY": "abc"})
    assert [line.partition(": ")[0] for line in found] == ["RECORDING_WEBHOOK_PUBLIC_KEY"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a: [", "line 1: "),
        (b"store: a\nstore: b\n", 'line 2: found duplicate key "store"'),
        (b"- a\n", "is not a map of settings"),
        (b"", "is not a map of settings"),
        (b"store: \xff\n", "is not "),
    ],
)
def test_a_file_that_is_not_settings(folder: Path, content: bytes, problem: str) -> None:
    (folder / "settings.yaml").write_bytes(content)
    (line,) = problems(folder / "settings.yaml")
    assert line.startswith(f"{folder / 'settings.yaml'}: {problem}")


def test_a_file_that_is_not_there(folder: Path) -> None:
    assert problems(folder / "gone.yaml") == [f"{folder / 'gone.yaml'}: cannot be read: No such file or directory"]


def test_a_key_of_another_kind(folder: Path) -> None:
    def pem(key: Any, *, private: bool = False) -> str:
        content = (
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            if private
            else key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
        return str(content.decode())

    good = rsa.generate_private_key(65537, 2048)
    secret = pem(good, private=True)
    kinds = {
        pem(rsa.generate_private_key(65537, 1024)): "holds a key that is not RSA with at least 2048 bits",
        pem(ec.generate_private_key(ec.SECP256R1())): "holds a key that is not RSA with at least 2048 bits",
        secret: "holds a private key: the public one of RealtimeKit's webhooks belongs here, no other",
        pem(good).replace("MII", "XXX"): "holds a public key that cannot be read: copy it again, with its line breaks",
    }
    for content, problem in kinds.items():
        found = problems(write(folder, public_key=content, public_key_file=None))
        assert found == [f"{folder / 'settings.yaml'}: public_key: {problem}"]


class TestProcess:
    def run(self, folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "recording_webhook", *arguments]
        return subprocess.run(
            words, cwd=folder, env=environment(**more), capture_output=True, text=True, timeout=60, check=False
        )

    def test_mistakes_are_exit_code_2_and_no_traceback(self, folder: Path) -> None:
        write(folder, at_once=0, listen="x")
        ended = self.run(folder)
        assert ended.returncode == 2
        assert ended.stdout == ""
        assert [line.split(": ")[1] for line in ended.stderr.splitlines()] == ["listen", "at_once"]

    def test_a_store_that_cannot_be_made_is_exit_code_1_and_one_line(self, folder: Path) -> None:
        (folder / "taken").write_text("")
        ended = self.run(folder, RECORDING_WEBHOOK_SETTINGS=str(write(folder, store="taken")))
        assert ended.returncode == 1
        assert ended.stderr.startswith(f"store: {folder / 'taken'}: cannot be used: ")
        assert len(ended.stderr.splitlines()) == 1

    def test_an_address_that_is_taken_is_exit_code_1_and_one_line(self, folder: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            ended = self.run(folder, "--settings", str(write(folder, listen=address)))
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == f"listen: {address} cannot be used: {os.strerror(errno.EADDRINUSE)}\n"

    def test_a_store_that_is_something_else_is_left_alone(self, folder: Path) -> None:
        (folder / "inbox").mkdir()
        (folder / "inbox" / "inbox.sqlite3").write_text("somebody's notes, long enough to be read as a header " * 20)
        ended = self.run(folder, "--settings", str(write(folder, store="inbox")), "jobs")
        assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
        assert (folder / "inbox" / "inbox.sqlite3").read_text().startswith("somebody's notes")

    def test_nothing_to_show(self, folder: Path) -> None:
        write(folder)
        ended = self.run(folder, "jobs")
        assert (ended.returncode, ended.stdout) == (0, "nothing waits, runs or was given up\n")


def test_the_defaults_are_settings_too(folder: Path) -> None:
    """A default that a user writes down has to be accepted."""
    content = json.loads(load(write(folder), {}).model_dump_json(exclude={"public_key"}))
    assert set(content) == set(Settings.model_fields) - {"public_key"}
    load(write(folder, **content), {})
