"""Settings: a YAML file, and `RECORDING_WEBHOOK_*` environment variables, which win."""

import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, DirectoryPath, Field, FilePath
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from recording_webhook.signature import load_public_keys

Event = Literal["meeting.started", "meeting.ended", "recording.statusUpdate"]
Action = Literal["up", "refresh", "ignore"]

DEFAULT_ACTIONS: Mapping[Event, Action] = {
    "meeting.started": "up",
    "meeting.ended": "refresh",
    "recording.statusUpdate": "refresh",
}
DEFAULT_MEETING = "default"


def _project(folder: Path) -> Path:
    if not any((folder / name).is_file() for name in ("Pulumi.yaml", "Pulumi.yml")):
        raise ValueError(f"{folder} has no Pulumi.yaml: name the folder of a Pulumi project")
    return folder.resolve()


def _installed(command: str) -> str:
    program = next(iter(shlex.split(command)), "")
    if shutil.which(program) is None:
        raise ValueError(f"{program!r} is not on PATH: install it, or name another command")
    return command


def _readable(public_key_file: Path) -> Path:
    load_public_keys(public_key_file)
    return public_key_file


Seconds = Annotated[float, Field(ge=0, le=86_400)]


class Stack(BaseModel):
    """One stack of one Pulumi project. The service runs one command at a time on it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: Annotated[DirectoryPath, AfterValidator(_project)]
    stack: Annotated[str, Field(pattern=r"^\w[\w.-]*(/\w[\w.-]*){0,2}$")]

    def __str__(self) -> str:
        return f"{self.project.name}:{self.stack}"


class Settings(BaseSettings):
    """All settings; README.md describes each."""

    model_config = SettingsConfigDict(
        env_prefix="RECORDING_WEBHOOK_", env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    meetings: Annotated[dict[str, Stack], Field(min_length=1)]
    public_key_file: Annotated[FilePath, AfterValidator(_readable)]
    webhook_ids: frozenset[str] = frozenset()
    actions: Annotated[dict[Event, Action], AfterValidator(lambda given: {**DEFAULT_ACTIONS, **given})] = {}
    listen: Annotated[str, Field(pattern=r"^\S+:\d{1,5}$")] = "127.0.0.1:8080"
    store: Annotated[Path, AfterValidator(Path.resolve)] = Path("recording-webhook")
    command: Annotated[str, AfterValidator(_installed)] = "pulumi"
    settle_seconds: Seconds = 0.5
    look_again_seconds: Seconds = 15
    retry_seconds: Annotated[Seconds, Field(gt=0)] = 5
    longest_retry_seconds: Annotated[Seconds, Field(gt=0)] = 60
    time_limit_seconds: Annotated[Seconds, Field(gt=0)] = 1800
    shutdown_seconds: Seconds = 20
    at_once: Annotated[int, Field(ge=1, le=64)] = 4
    remember_days: Annotated[float, Field(ge=1, le=3650)] = 90

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file's content, which `load` passes as arguments."""
        return env_settings, init_settings

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on; port 0 is any free one."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    def action(self, event: str) -> Action:
        """What an event runs."""
        return next((action for name, action in self.actions.items() if name == event), "ignore")

    def stack(self, meeting: str) -> Stack | None:
        """The stack that declares this meeting's recording, if any."""
        return self.meetings.get(meeting, self.meetings.get(DEFAULT_MEETING))


def load(file: Path | None) -> Settings:
    """Settings from `file`, if any, and the environment. Relative paths start at the working folder.

    Raises pydantic's `ValidationError` with every mistake, or `OSError`, `YAMLError`, `ValueError` for the file itself.
    """
    content: Any = yaml.safe_load(file.read_text(encoding="utf-8")) if file else {}
    if not isinstance(content, dict):
        raise ValueError("expected a map of settings, such as `store: /var/lib/recording-webhook`")  # noqa: TRY004
    return Settings(**content)
