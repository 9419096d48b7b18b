"""What a change of a declaration does to a recording: the change table, as a function without I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pulumi_realtimekit.declarations.recording import ARGUMENTS, DEFAULTS, IDENTITY
from pulumi_realtimekit.declarations.storages import without_credentials

PENDING: Final = "PENDING"
GOING_ON: Final = ("INVOKED", "RECORDING", "PAUSED", PENDING)
ENDED: Final = ("UPLOADING", "UPLOADED", "ERRORED")


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
    is_unknown: Callable[[Any], bool] = lambda _: False,
) -> Change:
    """What the difference between the old outputs and the new checked inputs means.

    is_live: whether the meeting has a live session; asked only where that decides.
    is_unknown: values that a preview does not know yet count as a possible change.
    """
    replaces = [name for name in IDENTITY if _differ(_comparable(name, olds), _comparable(name, news), is_unknown)]
    if _takes_over_another(recording_id, olds, news, is_unknown):
        replaces.append("recording_id")
    if declared(olds, "desired_status") == "STOPPED" != declared(news, "desired_status"):
        replaces.append("desired_status")
    if not replaces and _may_start(olds, news) and is_live():
        replaces.append("status")
    if replaces:
        return Change("replace", tuple(replaces))
    updates = [
        name
        for name in ARGUMENTS
        if name not in IDENTITY and _differ(declared(olds, name), declared(news, name), is_unknown)
    ]
    if action(olds, news) and "desired_status" not in updates:
        updates.append("status")
    return Change("update", tuple(updates)) if updates else Change("none")


def action(olds: Mapping[str, Any], news: Mapping[str, Any]) -> Literal["stop", "pause", "resume"] | None:
    """What brings a running recording to the status that is wanted: changed by hand, or wanted otherwise now."""
    status, desired = olds.get("status"), declared(news, "desired_status")
    if status in (PENDING, None) or has_ended(olds):
        return None
    if desired == "STOPPED":
        return "stop"
    if desired == "PAUSED":
        return None if status == "PAUSED" else "pause"
    return "resume" if desired == "RECORDING" and status == "PAUSED" else None


def has_ended(outputs: Mapping[str, Any]) -> bool:
    """Whether it has ended; a status never seen before says so by the time at which it stopped."""
    status = outputs.get("status")
    return status in ENDED or (status not in GOING_ON and bool(outputs.get("stopped_time")))


def declared(values: Mapping[str, Any], name: str) -> Any:
    """An argument's value, or its default: absent ones are not kept in the state."""
    value = values.get(name)
    return DEFAULTS.get(name) if value is None else value


def _may_start(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether a live meeting is all that is missing: nothing was started yet, or it ended and is to be restarted."""
    if declared(news, "desired_status") == "STOPPED":
        return False
    if olds.get("status") == PENDING:
        return True
    return has_ended(olds) and declared(news, "when_ended") == "restart"


def _takes_over_another(
    recording_id: str, olds: Mapping[str, Any], news: Mapping[str, Any], is_unknown: Callable[[Any], bool]
) -> bool:
    """What is declared as before is none, even where the recording is another by now: it was ended, and replaced."""
    wanted, before = news.get("recording_id"), olds.get("recording_id")
    if wanted is None or wanted in (recording_id, before):
        return False
    return not (is_unknown(wanted) and is_unknown(before))


def _differ(old: Any, new: Any, is_unknown: Callable[[Any], bool]) -> bool:
    """Whether two values differ; what is not known may have changed, so it equals nothing."""
    if is_unknown(new) or is_unknown(old):
        return True
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() != new.keys() or any(_differ(old[name], new[name], is_unknown) for name in new)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) != len(new) or any(map(lambda a, b: _differ(a, b, is_unknown), old, new))
    return bool(old != new)


def _comparable(name: str, values: Mapping[str, Any]) -> Any:
    """A property as far as a change of it means another recording."""
    value = values.get(name)
    if name != "layers" or not isinstance(value, Mapping):
        return value
    return {layer: _comparable_layer(declared) for layer, declared in value.items()}


def _comparable_layer(layer: Any) -> Any:
    if not isinstance(layer, Mapping) or not isinstance(layer.get("outputs"), list):
        return layer
    return {**layer, "outputs": [_comparable_output(output) for output in layer["outputs"]]}


def _comparable_output(output: Any) -> Any:
    """Where the files go: what the storage is called in the config, and its credentials, do not matter."""
    if not isinstance(output, Mapping):
        return output
    place = {name: value for name, value in output.items() if name != "storage"}
    storage = place.get("storage_config")
    return {**place, "storage_config": without_credentials(storage)} if isinstance(storage, Mapping) else place
