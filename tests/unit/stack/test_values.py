"""The config is what the engine wrote, whatever locale the program runs under."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pulumi_realtimekit import TrackRecording
from pulumi_realtimekit.declarations.encoding import as_utf8

from tests.kit.stack import ENVIRONMENT, Stack

PROGRAM = """
import pulumi, pulumi_realtimekit, sys
from pulumi.runtime import config

config.set_all_config(config.get_config_env(), config.get_config_secret_keys_env())
recordings = pulumi_realtimekit.load_config().recordings
sys.stdout.buffer.write(repr(recordings).encode())
"""

UNDER = {
    "UTF-8": {"PYTHONUTF8": "1"},
    "ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.parametrize("locale", UNDER.values(), ids=UNDER.keys())
def test_a_program_reads_it_under_any_locale(locale: dict[str, str], tmp_path: Path) -> None:
    recordings = {"Prüfung": {"meeting_id": "m", "layers": {"default": {"file_name_prefix": "Prüfung 🎙"}}}}
    config = {"realtimekit:recordings": json.dumps(recordings, ensure_ascii=False)}
    environment = {**os.environ, **ENVIRONMENT, **locale, "PULUMI_CONFIG": json.dumps(config, ensure_ascii=False)}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={name: value for name, value in environment.items() if name not in {"LANG", "LC_CTYPE"}},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert run.stdout.decode() == repr(recordings)


@pytest.fixture
def latin_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment is decoded by under en_US.ISO-8859-1, which few machines have."""
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "latin-1")


LATIN_1 = {
    "decoded by Latin-1": ("PrÃ¼fung", "Prüfung"),
    "decoded by UTF-8": ("Prüfung", "Prüfung"),
    "of no locale": ("🎙", "🎙"),
    "at any depth": ({"PrÃ¼": ["Ã¼", 5, None]}, {"Prü": ["ü", 5, None]}),
}


@pytest.mark.usefixtures("latin_1")
@pytest.mark.parametrize(("read", "written"), LATIN_1.values(), ids=LATIN_1.keys())
def test_what_a_locale_decoded_wrongly_is_set_right(read: object, written: object) -> None:
    assert as_utf8(read) == written


@pytest.mark.usefixtures("latin_1")
def test_so_is_what_a_program_read_itself(stack: Stack) -> None:
    stack.configure("realtimekit:appId: app")

    inputs = stack.registered(
        lambda: TrackRecording("a", meeting_id="m", layers={"default": {"file_name_prefix": "PrÃ¼fung"}})
    )

    assert inputs["layers"]["default"]["file_name_prefix"] == "Prüfung"
