"""The example's own files agree with each other and with the code."""

import re
import subprocess
from typing import get_args

import pytest
from recording_webhook.inbox import State
from recording_webhook.settings import Settings

from tests.webhook.service import EXAMPLE, Services, environment

pytestmark = pytest.mark.timeout(120)

ROOT = EXAMPLE.parents[1]
README = (EXAMPLE / "README.md").read_text()
DOCKERFILE = (EXAMPLE / "Dockerfile").read_text()


def table(section: str) -> dict[str, str]:
    """The first two cells of each row, without backquotes."""
    text = README.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    return {name: value.strip(" `") for name, value in re.findall(r"^\| `(\w+[.\w]*)` \|([^|]*)\|", text, re.MULTILINE)}


def test_the_readme_names_every_setting_with_its_default() -> None:
    named = table("Settings")
    assert sorted(named) == sorted(Settings.model_fields)
    assert {name: named.pop(name) for name in ("meetings", "public_key_file", "webhook_ids", "actions")} == {
        "meetings": "",
        "public_key_file": "",
        "webhook_ids": "any",
        "actions": "as above",
    }
    assert named == {name: str(Settings.model_fields[name].default) for name in named}


def test_the_readme_names_every_file_of_the_package() -> None:
    files = {file.name for file in (EXAMPLE / "recording_webhook").glob("*.py") if not file.name.startswith("__")}
    assert set(table("Inside")) == files


def test_the_readme_s_healthz_has_every_state() -> None:
    shown = re.search(r"`\{(\"status\".*?)\}`", README)
    assert shown
    assert re.findall(r'"(\w+)":\d', shown[1]) == list(get_args(State))


def test_the_image_s_health_check_asks_where_the_service_listens(services: Services) -> None:
    command = re.search(r"^HEALTHCHECK CMD (.+)$", DOCKERFILE, re.MULTILINE)
    assert command
    service = services.start()
    listen = {"RECORDING_WEBHOOK_LISTEN": service.url.removeprefix("http://")}

    def code() -> int:
        return subprocess.run(["sh", "-c", command[1]], env=environment(**listen), timeout=30, check=False).returncode

    assert code() == 0
    service.kill()
    assert code() != 0


def test_what_the_image_copies_is_there() -> None:
    sources = re.findall(r"^COPY (\S+)", DOCKERFILE, re.MULTILINE)
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert "pip install --no-cache-dir -r requirements.txt -c ../../constraints.txt" in DOCKERFILE
    variables = re.findall(r"RECORDING_WEBHOOK_(\w+)", DOCKERFILE)
    assert {name.lower() for name in variables} <= set(Settings.model_fields)
