"""What a change of a declaration does to a recording: the change table, as a function without I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pulumi_realtimekit.api import recordings
from pulumi_realtimekit.declarations.encoding import SINGLE_BYTE, decoded_again
from pulumi_realtimekit.declarations.layers import map_outputs
from pulumi_realtimekit.declarations.recording import ARGUMENTS, DEFAULTS, IDENTITY
from pulumi_realtimekit.declarations.storages import without_credentials
from pulumi_realtimekit.errors import RealtimeKitError
from pulumi_realtimekit.plugin.inputs import is_unknown

PENDING: Final = "PENDING"
"""The status of a resource for which nothing was started yet."""


@dataclass(frozen=True)
class Change:
    """What `up` does, and the properties that are the reason."""

    step: Literal["none", "update", "replace"]
    reasons: tuple[str, ...] = ()


def decide(
    recording_id: str,
    olds: Mapping[str, Any],
    news: Mapping[str, Any],
    is_live: Callable[[], bool],
) -> Change:
    """What the difference between the old outputs and the new checked inputs means.

    is_live: whether the meeting has a live session; asked only where that decides.
    A value that a preview does not know yet counts as a possible change.
    """
    replaces = [name for name in IDENTITY if _differ(_comparable(name, olds), _comparable(name, news))]
    for name in replaces:
        _refuse_wrong_encoding(name, olds, news)
    if _takes_over_another(recording_id, olds, news):
        replaces.append("recording_id")
    if declared(olds, "desired_status") == "STOPPED" != declared(news, "desired_status"):
        replaces.append("desired_status")
    if not replaces and _may_start(olds, news) and is_live():
        replaces.append("status")
    if replaces:
        return Change("replace", tuple(replaces))
    updates = [
        name for name in ARGUMENTS if name not in IDENTITY and _differ(declared(olds, name), declared(news, name))
    ]
    if action(olds, news) and "desired_status" not in updates:
        updates.append("status")
    return Change("update", tuple(updates)) if updates else Change("none")


def action(outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> Literal["stop", "pause", "resume"] | None:
    """The action that brings an active recording to its desired status; None where it has that status."""
    status, desired = outputs.get("status"), declared(inputs, "desired_status")
    if status in (PENDING, None) or has_ended(outputs):
        return None
    if desired == "STOPPED":
        return "stop"
    if desired == "PAUSED":
        return None if status == "PAUSED" else "pause"
    return "resume" if desired == "RECORDING" and status == "PAUSED" else None


def has_ended(outputs: Mapping[str, Any]) -> bool:
    """Whether a resource's recording has ended. That of a resource that is PENDING has not begun."""
    status = str(outputs.get("status"))  # a state that was edited can hold anything
    return recordings.has_ended(status, outputs.get("stopped_time"))


def declared(values: Mapping[str, Any], name: str) -> Any:
    """An argument's value, or its default: the state does not keep defaults."""
    value = values.get(name)
    return DEFAULTS.get(name) if value is None else value


def _may_start(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether only a live meeting is missing: nothing was started yet, or it ended and is to be restarted."""
    if declared(news, "desired_status") == "STOPPED":
        return False
    return olds.get("status") == PENDING or (has_ended(olds) and declared(news, "when_ended") == "restart")


def _takes_over_another(recording_id: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether the declared recording is neither the current one nor the one that was declared before.

    The one that was declared before may have ended, and the current one may have replaced it.
    """
    wanted, before = news.get("recording_id"), olds.get("recording_id")
    if wanted is None or wanted in (recording_id, before):
        return False
    return not (is_unknown(wanted) and is_unknown(before))


def _differ(old: Any, new: Any) -> bool:
    """Whether two values differ. An unknown value equals nothing, since it may have changed."""
    if is_unknown(new) or is_unknown(old):
        return True
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() != new.keys() or any(_differ(old[name], new[name]) for name in new)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) != len(new) or any(_differ(*pair) for pair in zip(old, new, strict=True))
    return bool(old != new)


def _refuse_wrong_encoding(name: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> None:
    """Raises where the new value is the old one, decoded by the wrong encoding: that must not restart a recording."""
    for encoding in SINGLE_BYTE:
        if not _differ(_comparable(name, olds), decoded_again(_comparable(name, news), encoding)):
            raise RealtimeKitError(
                f"{name}: this is the value of the state, but read as {encoding}: the locale of this machine is not "
                "UTF-8. Nothing was changed; set PYTHONUTF8=1 in the environment, and run it again."
            )


def _comparable(name: str, values: Mapping[str, Any]) -> Any:
    """A property as far as a change of it means another recording: its storages' names and credentials do not."""
    value = values.get(name)
    return map_outputs(value, lambda output, _: _destination(output)) if name == "layers" else value


def _destination(output: Any) -> Any:
    if not isinstance(output, Mapping):
        return output
    destination = {name: value for name, value in output.items() if name != "storage"}
    storage = destination.get("storage_config")
    if isinstance(storage, Mapping):
        destination["storage_config"] = without_credentials(storage)
    return destination
