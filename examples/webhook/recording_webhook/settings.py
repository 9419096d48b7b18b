"""What the service is told: a YAML file, and `RECORDING_WEBHOOK_*` in the environment, which wins."""

from __future__ import annotations

import re
import resource
import shlex
import shutil
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from recording_webhook.signature import PublicKeys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

ENVIRONMENT_PREFIX = "RECORDING_WEBHOOK_"
DEFAULT_MEETING = "default"
OTHER_FILES = 500
"""Files that the process may have open beside its connections: the store, the runs, connections not yet counted."""


class Event(str, Enum):
    """The webhooks that lead to something; others are acknowledged and ignored."""

    MEETING_STARTED = "meeting.started"
    MEETING_ENDED = "meeting.ended"
    RECORDING_STATUS_UPDATE = "recording.statusUpdate"


class Action(str, Enum):
    """What is run. `up` is always `up --refresh`: it does what `refresh` does, and where both are due it is enough."""

    UP = "up"
    REFRESH = "refresh"


USUAL_ACTIONS: Mapping[Event, Action] = {
    Event.MEETING_STARTED: Action.UP,
    Event.MEETING_ENDED: Action.REFRESH,
    Event.RECORDING_STATUS_UPDATE: Action.REFRESH,
}


class SettingsError(Exception):
    """Mistakes in the settings, one line each."""


def _absolute(path: Path, info: ValidationInfo) -> Path:
    """Paths are relative to the settings file, else to the working directory."""
    folder: Path = (info.context or {}).get("folder", Path.cwd())
    return (folder / path.expanduser()).resolve()


def _project(path: Path) -> Path:
    if not any((path / name).is_file() for name in ("Pulumi.yaml", "Pulumi.yml")):
        raise ValueError(f"{path} has no Pulumi.yaml: name the folder of a Pulumi project")
    return path


def _stack_name(name: str) -> str:
    if not re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*){0,2}", name, re.ASCII):
        raise ValueError("a stack is NAME or ORGANIZATION/PROJECT/NAME, of letters, digits, '-', '_' and '.'")
    return name


def _some(meetings: dict[str, Stack]) -> dict[str, Stack]:
    if not meetings:
        raise ValueError(f"names no meeting: give each its stack, or one to all under {DEFAULT_MEETING!r}")
    return meetings


def _words(value: object) -> object:
    return shlex.split(value) if isinstance(value, str) else value


def _command(words: list[str]) -> list[str]:
    if not words or shutil.which(words[0]) is None:
        name = words[0] if words else ""
        raise ValueError(f"there is no program {name!r} on PATH: install it, or name another command")
    return words


def _parsed(value: object) -> object:
    """Maps and lists come from the environment as the text of a JSON or YAML document."""
    if not isinstance(value, str):
        return value
    try:
        return YAML(typ="safe", pure=True).load(value)
    except YAMLError as error:
        raise ValueError("is neither JSON nor YAML") from error


def _address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:
        raise ValueError("is an address and a port, as in 127.0.0.1:8080")
    return value


def _pem(text: str) -> bytes:
    return text.replace("\\n", "\n").encode()  # an --env-file has no line breaks


def _public_key(text: str) -> str:
    PublicKeys.from_pem(_pem(text))
    return text


def _public_key_file(path: Path | None, info: ValidationInfo) -> Path | None:
    """Beside the key itself, which comes before it: where that one is wrong, it is given and told of already."""
    if (path is None) == (info.data.get("public_key", "") is None):
        raise ValueError(
            "name a file with the public key of RealtimeKit's webhooks (PEM), or give the key itself in"
            f" {ENVIRONMENT_PREFIX}PUBLIC_KEY; one of the two"
        )
    if path is not None:
        try:
            PublicKeys.from_pem(path.read_bytes())
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    return path


def _room(connections: int) -> int:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and connections + OTHER_FILES > hard:
        raise ValueError(
            f"{connections} connections need {connections + OTHER_FILES} open files, and this process may have {hard}:"
            " set fewer, or raise the limit (ulimit -n)"
        )
    return connections


Folder = Annotated[Path, AfterValidator(_absolute)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Stack(_Model):
    """One stack of one Pulumi project; of each, one command runs at a time."""

    project: Annotated[Folder, AfterValidator(_project)]
    stack: Annotated[str, AfterValidator(_stack_name)]

    def __str__(self) -> str:
        return f"{self.project.name}:{self.stack}"


class Retry(_Model):
    """A failed run is repeated after `first_seconds`, then after twice that, and so on; `attempts` runs in all.

    One that found the stack locked is repeated each `locked_seconds`, and is none of these.
    """

    attempts: Annotated[int, Field(ge=1, le=50)] = 8
    first_seconds: Seconds = 5
    longest_seconds: Seconds = 300
    locked_seconds: Annotated[Seconds, Field(gt=0)] = 15

    def pause(self, attempts: int) -> float:
        """Seconds from the `attempts`-th failure in a row to the next run."""
        return float(min(self.longest_seconds, self.first_seconds * 2.0 ** (attempts - 1)))


class Settings(_Model):
    """Everything that can be set; README.md says what each is for."""

    meetings: Annotated[dict[str, Stack], BeforeValidator(_parsed), AfterValidator(_some)]
    public_key: Annotated[str, AfterValidator(_public_key)] | None = None
    public_key_file: Annotated[Folder | None, AfterValidator(_public_key_file)] = Field(
        default=None, validate_default=True
    )
    webhook_ids: Annotated[frozenset[str], BeforeValidator(_parsed)] = frozenset()
    actions: Annotated[dict[Event, Literal["up", "refresh", "ignore"]], BeforeValidator(_parsed)] = {}
    listen: Annotated[str, AfterValidator(_address)] = "127.0.0.1:8080"
    store: Folder = Field(default=Path("recording-webhook"), validate_default=True)
    command: Annotated[list[str], BeforeValidator(_words), AfterValidator(_command)] = Field(
        default=["pulumi"], validate_default=True
    )
    retry: Annotated[Retry, BeforeValidator(_parsed)] = Retry()
    settle_seconds: Seconds = 0.5
    look_again_seconds: Seconds = 15
    time_limit_seconds: Annotated[Seconds, Field(gt=0)] = 1800
    shutdown_seconds: Seconds = 20
    at_once: Annotated[int, Field(ge=1, le=64)] = 4
    remember_days: Annotated[float, Field(ge=1, le=3650)] = 90
    connections: Annotated[int, Field(ge=1, le=5000), AfterValidator(_room)] = 100
    head_seconds: Annotated[Seconds, Field(ge=1)] = 10
    body_seconds: Seconds = 10
    max_body_bytes: Annotated[int, Field(ge=1024, le=2**26)] = 2**18

    def public_keys(self) -> PublicKeys:
        """The keys that a webhook's signature is checked with, as they are now."""
        if self.public_key_file is None:
            return PublicKeys.from_pem(_pem(self.public_key or ""))
        return PublicKeys.from_pem(self.public_key_file.read_bytes())

    @property
    def address(self) -> tuple[str, int]:
        """Where to listen; port 0 is any free one."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    def action(self, event: Event) -> Action | None:
        """What this event leads to; nothing where the settings say `ignore`."""
        chosen = self.actions.get(event, USUAL_ACTIONS[event].value)
        return None if chosen == "ignore" else Action(chosen)

    def stacks(self, meeting: str | None) -> list[Stack]:
        """The stack of this meeting; every stack when the webhook names none; nothing when no stack is meant."""
        if meeting is None:
            return list(dict.fromkeys(self.meetings.values()))
        stack = self.meetings.get(meeting, self.meetings.get(DEFAULT_MEETING))
        return [] if stack is None else [stack]


def load(file: Path | None, environment: Mapping[str, str]) -> Settings:
    """Settings from `file`, where there is one, and the environment; raises `SettingsError` with every mistake."""
    given: dict[str, object] = {} if file is None else _read(file)
    variables = {name: ENVIRONMENT_PREFIX + name.upper() for name in Settings.model_fields}
    from_environment = {
        name: environment[variable] for name, variable in variables.items() if environment.get(variable)
    }
    folder = Path.cwd() if file is None else file.resolve().parent
    try:
        return Settings.model_validate({**given, **from_environment}, context={"folder": folder})
    except ValidationError as error:
        source = "settings" if file is None else str(file)
        raise SettingsError(
            "\n".join(_line(problem, source, from_environment) for problem in error.errors())
        ) from error


def _read(file: Path) -> dict[str, object]:
    try:
        content = YAML(typ="safe", pure=True).load(file)
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file}: is not UTF-8 text") from error
    except MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        problem = str(error.problem).splitlines()[0]
        raise SettingsError(f"{file}: {line}{problem}") from error
    except YAMLError as error:
        raise SettingsError(f"{file}: is not YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{file}: is not a map of settings, as in `store: /var/lib/recording-webhook`")
    return content


def _line(problem: ErrorDetails, source: str, from_environment: Mapping[str, str]) -> str:
    """One mistake: where it was written, which setting, what to do."""
    path = [str(part) for part in problem["loc"]]
    if path and path[0] in from_environment:
        source, path = ENVIRONMENT_PREFIX + path[0].upper(), path[1:]
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = "there is no such setting"
    elif problem["type"] == "missing":
        message = "is missing"
    return ": ".join([source, *([".".join(path)] if path else []), message])
