"""The example's own files agree with each other and with the code."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING

from recording_webhook.inbox import State
from recording_webhook.settings import Settings, load

from tests.webhook.service import EXAMPLE, environment

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.webhook.sender import Sender
    from tests.webhook.service import Services

ROOT = EXAMPLE.parents[1]
README = (EXAMPLE / "README.md").read_text()


def section(title: str) -> str:
    return README.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_cells(table: str) -> list[str]:
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [name for cell in rows for name in re.findall(r"`([^`]+)`", cell)]


def test_the_readme_names_every_setting_and_no_other() -> None:
    assert sorted(first_cells(section("Settings"))) == sorted(Settings.model_fields)


def test_the_readme_s_defaults_are_the_code_s() -> None:
    told = {
        name: default.strip(" `")
        for names, default in re.findall(r"^\| (`.+?`) \| ([^|]+) \|", section("Settings"), re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", names)
    }
    fields = Settings.model_fields
    for name in (
        "connections",
        "settle_seconds",
        "look_again_seconds",
        "time_limit_seconds",
        "shutdown_seconds",
        "at_once",
        "remember_days",
    ):
        assert float(told[name]) == fields[name].default
    limits = [fields[name].default for name in ("head_seconds", "body_seconds", "max_body_bytes")]
    assert told["body_seconds"] == ", ".join(map(str, limits))
    assert (told["listen"], told["store"]) == (fields["listen"].default, str(fields["store"].default))
    retry = fields["retry"].default
    assert told["retry"] == (
        f"{{attempts: {retry.attempts}, first_seconds: {retry.first_seconds:g}, "
        f"longest_seconds: {retry.longest_seconds:g}, locked_seconds: {retry.locked_seconds:g}}}"
    )


def test_the_readme_names_every_file_of_the_package() -> None:
    files = {file.name for file in (EXAMPLE / "recording_webhook").glob("*.py") if not file.name.startswith("__")}
    assert set(first_cells(section("Inside"))) == files


def test_the_readme_s_commands_are_one_a_line() -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]
    assert len(commands) > 30
    for command in commands:
        assert shlex.split(command, comments=True), command
        assert not command.endswith("\\")


def test_the_settings_that_the_readme_tries_are_right(
    tmp_path: Path, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("settings.yaml", "Pulumi.yaml"):
        (tmp_path / name).write_text((EXAMPLE / name).read_text())
    (tmp_path / ".sandbox").mkdir()
    (tmp_path / ".sandbox" / "public.pem").write_bytes(sender.public_pem)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    settings = load(tmp_path / "settings.yaml", {})
    assert settings.command == ["python", "-m", "sandbox"]
    assert [(stack.project, stack.stack) for stack in settings.stacks("standup")] == [(tmp_path, "try")]


def test_healthz_is_told_as_it_is() -> None:
    told = re.search(r"`\{(\"status\".*?)\}`", README)
    assert told is not None
    assert re.findall(r'"(\w+)":\d', told[1]) == [state.name.lower() for state in State]


def test_the_image_s_health_check_asks_where_the_service_listens(services: Services) -> None:
    command = re.search(r"^HEALTHCHECK CMD (.+)$", (EXAMPLE / "Dockerfile").read_text(), re.MULTILINE)
    assert command
    service = services.start()

    def healthy() -> bool:
        listen = {"RECORDING_WEBHOOK_LISTEN": service.url.removeprefix("http://")}
        asked = subprocess.run(["sh", "-c", command[1]], env=environment(**listen), timeout=60, check=False)
        return asked.returncode == 0

    assert healthy()
    service.kill()
    assert not healthy()


def test_what_the_image_copies_is_there() -> None:
    dockerfile = (EXAMPLE / "Dockerfile").read_text()
    sources = re.findall(r"^COPY (\S+)", dockerfile, re.MULTILINE)
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert "pip install --no-cache-dir -r requirements.txt -c ../../constraints.txt" in dockerfile
    variables = re.findall(r"RECORDING_WEBHOOK_(\w+)", dockerfile)
    assert {name.lower() for name in variables} <= set(Settings.model_fields)
