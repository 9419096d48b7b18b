"""Settings: all mistakes at once, one line each."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from recording_webhook.__main__ import main
from recording_webhook.settings import Settings, load
from recording_webhook.signature import load_public_keys

from tests.webhook.sender import Sender
from tests.webhook.service import environment

pytestmark = pytest.mark.timeout(120)

FILE = Path("settings.yaml")


@pytest.fixture
def folder(tmp_path: Path, sender: Sender, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a project `team` and the key `public.pem`."""
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "Pulumi.yaml").write_text("name: team\nruntime: python\n")
    (tmp_path / "public.pem").write_bytes(sender.public_pem)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(**more: Any) -> Path:
    content = {
        "public_key_file": "public.pem",
        "command": sys.executable,
        "meetings": {"default": {"project": "team", "stack": "prod"}},
        **more,
    }
    FILE.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
    return FILE


def problems(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What `python -m recording_webhook` says of the settings file before it ends with exit code 2."""
    assert main(["--settings", str(FILE)]) == 2
    return capsys.readouterr().err.splitlines()


def process(file: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """The service, which ends at once, since something is wrong."""
    words = [sys.executable, "-m", "recording_webhook", "--settings", str(file)]
    return subprocess.run(words, env=environment(**more), capture_output=True, text=True, timeout=30, check=False)


def test_the_environment_is_enough_and_wins(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "PUBLIC_KEY_FILE": str(folder / "public.pem"),
        "COMMAND": f"{sys.executable} -m pulumi",
        "MEETINGS": json.dumps({"m-1": {"project": str(folder / "team"), "stack": "dev"}}),
        "ACTIONS": '{"meeting.ended": "ignore"}',
        "WEBHOOK_IDS": '["w-1"]',
        "LISTEN": "[::]:8080",
        "STORE": "",
        "PORT": "tcp://10.0.0.1:80",  # Kubernetes sets it, beside a Service of this name
    }
    for name, value in variables.items():
        monkeypatch.setenv(f"RECORDING_WEBHOOK_{name}", value)
    alone, beside_a_file = load(None), load(write(listen="127.0.0.1:1"))
    for settings in (alone, beside_a_file):
        assert str(settings.stack("m-1")) == "team:dev"
        assert settings.store == folder / "recording-webhook"
        assert [settings.action(event) for event in ("meeting.started", "meeting.ended")] == ["up", "ignore"]
        assert (settings.address, settings.webhook_ids) == (("::", 8080), {"w-1"})
    assert alone.stack("m-2") is None
    assert str(beside_a_file.stack("m-2")) == "team:prod", "maps are merged"


def test_the_defaults_are_accepted_when_they_are_written_down(folder: Path) -> None:
    content = json.loads(load(write()).model_dump_json())
    assert set(content) == set(Settings.model_fields)
    assert content["store"] == str(folder / "recording-webhook"), "paths are relative to the file"
    load(write(**content))


@pytest.mark.parametrize(
    ("setting", "value", "problem"),
    [
        ("meetings", None, "meetings: Field required"),
        ("meetings", {}, "meetings: Dictionary should have at least 1 item"),
        ("meetings", {"m": {"project": "team"}}, "meetings.m.stack: Field required"),
        ("meetings", {"m": {"project": "gone", "stack": "a"}}, "meetings.m.project: Path does not point to a dir"),
        ("meetings", {"m": {"project": ".", "stack": "a"}}, "meetings.m.project: Value error, . has no Pulumi.yaml: "),
        ("meetings", {"m": {"project": "team", "stack": "--yes"}}, "meetings.m.stack: String should match pattern"),
        ("meetings", {"m": {"project": "team", "stack": "a", "stak": "b"}}, "meetings.m.stak: Extra inputs are not"),
        ("metings", {}, "metings: Extra inputs are not permitted"),
        ("listen", "8080", "listen: String should match pattern"),
        ("command", "no-such-engine up", "command: Value error, 'no-such-engine' is not on PATH: install it, or"),
        ("command", "'", "command: Value error, No closing quotation"),
        ("at_once", 0, "at_once: Input should be greater than or equal to 1"),
        ("actions", {"meeting.strted": "up"}, "actions.meeting.strted.[key]: Input should be 'meeting.started', "),
        ("actions", {"meeting.ended": "destroy"}, "actions.meeting.ended: Input should be 'up', 'refresh' or"),
        ("public_key_file", None, "public_key_file: Field required"),
        ("public_key_file", "gone.pem", "public_key_file: Path does not point to a file"),
        ("public_key_file", "settings.yaml", "public_key_file: Value error, no public key found"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_mistake_is_one_line(capsys: pytest.CaptureFixture[str], setting: str, value: Any, problem: str) -> None:
    write(**{setting: value})
    (line,) = problems(capsys)
    assert line.startswith(f"settings: {problem}")


def test_all_mistakes_come_at_once(folder: Path) -> None:
    ended = process(write(at_once=0, public_key_file="gone.pem", metings={}), RECORDING_WEBHOOK_LISTEN="here")
    assert (ended.returncode, ended.stdout) == (2, "")
    places = [line.split(": ")[1] for line in ended.stderr.splitlines()]
    assert sorted(places) == ["at_once", "listen", "metings", "public_key_file"]


@pytest.mark.parametrize(
    ("content", "variable", "problem"),
    [
        (None, "", "No such file or directory"),
        ("a: [", "", "expected the node content"),
        ("- a", "", "expected a map of settings"),
        ("{}", "{", 'error parsing value for field "meetings"'),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_parsed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: str | None,
    variable: str,
    problem: str,
) -> None:
    if content is not None:
        FILE.write_text(content)
    monkeypatch.setenv("RECORDING_WEBHOOK_MEETINGS", variable)
    message = "\n".join(problems(capsys))
    assert message.startswith(f"settings: {FILE.resolve()}: ")
    assert problem in message


def test_keys_of_another_kind(folder: Path) -> None:
    good = rsa.generate_private_key(65537, 2048)
    private = good.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for content, problem in (
        (public(rsa.generate_private_key(65537, 1024)), "not an RSA key of at least 2048 bits"),
        (public(ec.generate_private_key(ec.SECP256R1())), "not an RSA key of at least 2048 bits"),
        (private, "not a public key: copy the public key of RealtimeKit's webhooks again"),
    ):
        Path("other.pem").write_bytes(content)
        with pytest.raises(ValueError, match=problem):
            load_public_keys(Path("other.pem"))


def public(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("file", ["store", "store/inbox.sqlite3"])
def test_a_store_that_is_something_else_is_left_alone(folder: Path, file: str) -> None:
    notes = folder / file
    notes.parent.mkdir(exist_ok=True)
    notes.write_text("somebody's notes, long enough to be read as a header " * 20)
    ended = process(write(store="store"))
    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
    assert ended.stderr.startswith(f"store: {folder / 'store'}: cannot be used: ")
    assert notes.read_text().startswith("somebody's notes")


def test_an_address_that_is_taken_is_exit_code_3(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = process(write(listen=f"127.0.0.1:{taken.getsockname()[1]}"))
    assert ended.returncode == 3
    assert "address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr
