"""The change table of the design, cell by cell: what changed x how the recording stands x what is wanted of it."""

import copy
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from pulumi_realtimekit.api.recordings import Recording
from pulumi_realtimekit.declarations.recording import ARGUMENTS, DEFAULTS, IDENTITY
from pulumi_realtimekit.declarations.storages import STORAGE_FIELDS
from pulumi_realtimekit.plugin import changes as _changes
from pulumi_realtimekit.plugin import inputs as _checked
from pulumi_realtimekit.plugin.changes import Change

STATUSES = ("PENDING", "INVOKED", "RECORDING", "PAUSED", "UPLOADING", "UPLOADED", "ERRORED", "NEW_STATUS")
ENDED = ("UPLOADING", "UPLOADED", "ERRORED")
DESIRED = ("RECORDING", "PAUSED", "STOPPED")

INLINE = {"type": "aws", "bucket": "b", "region": "r", "access_key": "key-1", "secret": "secret-1"}
CONFIG = {
    "accountId": "account",
    "appId": "app",
    "storages": {"archive": {"type": "gcs", "bucket": "b", "secret": "secret-2", "path": "p"}},
}
BASE = {
    "meeting_id": "standup",
    "layers": {"default": {"outputs": ["archive", {"type": "STORAGE_CONFIG", "storage_config": INLINE}]}},
    "max_seconds": 60,
    "user_ids": ["a"],
    "when_idle": "wait",
    "recording_id": "r1",
}


@dataclass(frozen=True)
class Changed:
    """One change of a declaration or of the config.

    step: what `up` does about it while the recording runs as it is wanted.
    """

    step: str
    declared: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


def with_layer(**layer: Any) -> dict[str, Any]:
    return {"layers": {"default": {**BASE["layers"]["default"], **layer}}}


def with_inline(**fields: Any) -> dict[str, Any]:
    return with_layer(outputs=["archive", {"type": "STORAGE_CONFIG", "storage_config": {**INLINE, **fields}}])


def with_storage(name: str = "archive", **fields: Any) -> dict[str, Any]:
    return {"storages": {name: {**CONFIG["storages"]["archive"], **fields}}}


CHANGES: dict[str, Changed] = {
    "nothing": Changed("none"),
    "meeting_id": Changed("replace", {"meeting_id": "retro"}, reasons=("meeting_id",)),
    "layers: another": Changed("replace", {"layers": {"x": {}}}, reasons=("layers",)),
    "layers: one more": Changed("replace", {"layers": {**BASE["layers"], "x": {}}}, reasons=("layers",)),
    "layers: none": Changed("replace", {"layers": None}, reasons=("layers",)),
    "layers: file_name_prefix": Changed("replace", with_layer(file_name_prefix="x"), reasons=("layers",)),
    "layers: media_kind": Changed("replace", with_layer(media_kind="audio"), reasons=("layers",)),
    "layers: an output less": Changed("replace", with_layer(outputs=["archive"]), reasons=("layers",)),
    "layers: another bucket, in place": Changed("replace", with_inline(bucket="c"), reasons=("layers",)),
    "layers: another bucket, in config": Changed("replace", config=with_storage(bucket="c"), reasons=("layers",)),
    "layers: another path, in config": Changed("replace", config=with_storage(path="q"), reasons=("layers",)),
    "max_seconds": Changed("replace", {"max_seconds": 61}, reasons=("max_seconds",)),
    "max_seconds: none": Changed("replace", {"max_seconds": None}, reasons=("max_seconds",)),
    "user_ids": Changed("replace", {"user_ids": ["a", "b"]}, reasons=("user_ids",)),
    "user_ids: none": Changed("replace", {"user_ids": None}, reasons=("user_ids",)),
    "account_id": Changed("replace", {"account_id": "other"}, reasons=("account_id",)),
    "account_id, in config": Changed("replace", config={"accountId": "other"}, reasons=("account_id",)),
    "app_id": Changed("replace", {"app_id": "other"}, reasons=("app_id",)),
    "recording_id: another": Changed("replace", {"recording_id": "r2"}, reasons=("recording_id",)),
    "recording_id: the current one": Changed("none", {"recording_id": "r1"}),
    "recording_id: removed": Changed("update", {"recording_id": None}, reasons=("recording_id",)),
    "credentials in config": Changed("none", config=with_storage(secret="rotated")),
    "credentials in place": Changed("none", with_inline(access_key="key-2", secret="rotated")),
    "a storage renamed": Changed(
        "none",
        with_layer(outputs=["vault", {"type": "STORAGE_CONFIG", "storage_config": INLINE}]),
        with_storage("vault"),
    ),
    "a storage named that was in place": Changed(
        "none", with_layer(outputs=["archive", "inline"]), {"storages": {**CONFIG["storages"], "inline": INLINE}}
    ),
    "when_idle": Changed("update", {"when_idle": "defer"}, reasons=("when_idle",)),
    "when_idle: the default": Changed("update", {"when_idle": None}, reasons=("when_idle",)),
    "wait_seconds": Changed("update", {"wait_seconds": 5}, reasons=("wait_seconds",)),
    "when_active": Changed("update", {"when_active": "fail"}, reasons=("when_active",)),
    "when_ended": Changed("update", {"when_ended": "restart"}, reasons=("when_ended",)),
    "start_seconds": Changed("update", {"start_seconds": 0}, reasons=("start_seconds",)),
    "start_seconds: its default, said": Changed("none", {"start_seconds": 30}),
    "keep_download_urls": Changed("update", {"keep_download_urls": True}, reasons=("keep_download_urls",)),
}


@dataclass(frozen=True)
class Cell:
    """How it stands: the state of the recording, and what is wanted of it before and after."""

    status: str
    was_desired: str
    desired: str
    when_ended: str
    live: bool

    @classmethod
    def all(cls, status: str) -> Iterator["Cell"]:
        for rest in itertools.product(DESIRED, DESIRED, ("keep", "restart"), (False, True)):
            yield cls(status, *rest)


def expected(changed: Changed, cell: Cell, when_ended: str) -> tuple[str, tuple[str, ...]]:
    """The table, read from its top: what replaces comes before what is done in place, and that before nothing."""
    replaces = list(changed.reasons) if changed.step == "replace" else []
    if cell.was_desired == "STOPPED" and cell.desired != "STOPPED":
        replaces.append("desired_status")
    may_start = cell.status == "PENDING" or (cell.status in ENDED and when_ended == "restart")
    if may_start and cell.live and cell.desired != "STOPPED" and not replaces:
        replaces.append("status")
    if replaces:
        return "replace", tuple(replaces)
    updates = {*(changed.reasons if changed.step == "update" else ())}
    if cell.was_desired != cell.desired:
        updates.add("desired_status")
    running = cell.status not in ("PENDING", *ENDED)
    by_hand = {
        "RECORDING": cell.status == "PAUSED",
        "PAUSED": running and cell.status != "PAUSED",
        "STOPPED": running,
    }[cell.desired]
    if by_hand and "desired_status" not in updates:
        updates.add("status")
    return ("update", tuple(updates)) if updates else ("none", ())


def checked(declared: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    inputs, problems = _checked.check(declared, config, lambda _: False)
    assert not problems
    return inputs


def decide(changed: Changed, cell: Cell, asked: list[str]) -> Change:
    before = {**BASE, "desired_status": cell.was_desired, "when_ended": cell.when_ended}
    after = {**before, "desired_status": cell.desired, **changed.declared}
    olds = {**_checked.shown(checked(before, CONFIG)), "status": cell.status}
    news = checked(after, {**CONFIG, **changed.config})
    untouched = copy.deepcopy((olds, news))

    def is_live() -> bool:
        asked.append("active-session")
        return cell.live

    change = _changes.decide("r1", olds, news, is_live)
    assert (olds, news) == untouched
    return change


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("what", CHANGES)
def test_every_cell_of_the_table(what: str, status: str) -> None:
    changed = CHANGES[what]
    for cell in Cell.all(status):
        asked: list[str] = []
        when_ended = changed.declared.get("when_ended", cell.when_ended)
        if what == "when_ended" and cell.when_ended == "restart":
            continue  # no change
        step, reasons = expected(changed, cell, when_ended)
        change = decide(changed, cell, asked)
        assert (change.step, set(change.reasons)) == (step, set(reasons)), cell
        may_start = status == "PENDING" or (status in ENDED and when_ended == "restart")
        replaces = changed.step == "replace" or cell.was_desired == "STOPPED" != cell.desired
        decides = may_start and cell.desired != "STOPPED" and not replaces
        assert asked == ["active-session"] * decides, "asked where the answer decides, there alone, and once"


PLACES: dict[str, dict[str, Any]] = {
    "aws": {"type": "aws", "bucket": "b", "region": "r", "access_key": "k", "secret": "s", "path": "p"},
    "cloudflare": {"type": "cloudflare", "bucket": "b", "region": "r", "access_key": "k", "secret": "s", "path": "p"},
    "azure": {"type": "azure", "bucket": "b", "region": "r", "access_key": "k", "secret": "s", "path": "p"},
    "gcs": {"type": "gcs", "bucket": "b", "region": "r", "secret": "s", "path": "p"},
    "sftp": {
        "type": "sftp",
        "host": "h",
        "port": 2222,
        "username": "u",
        "path": "p",
        "auth_method": "KEY",
        "private_key": "k",
        "password": "w",
    },
}
"""A storage of each form, with all of its fields."""
OTHER_TYPE = {"type": "digitalocean", "bucket": "b", "region": "r", "access_key": "k", "secret": "s", "path": "p"}
OTHER: dict[str, Any] = {"port": 22, "auth_method": "PASSWORD"}
SECRETS = {"access_key", "secret", "password", "private_key"}


@pytest.mark.parametrize("where", ["config", "in place"])
@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, place in PLACES.items() for field in place])
def test_each_field_of_a_storage_is_a_place_or_a_credential(kind: str, field: str, where: str) -> None:
    """Another place is another recording; another credential is nothing until the next start."""
    storage = PLACES[kind]
    other = OTHER_TYPE if field == "type" else {**storage, field: OTHER.get(field, "other")}
    if field == "auth_method":
        other.pop("private_key")

    def inputs(declared: dict[str, Any]) -> dict[str, Any]:
        output = "s" if where == "config" else {"type": "STORAGE_CONFIG", "storage_config": declared}
        return checked({**BASE, "layers": {"x": {"outputs": [output]}}}, {**CONFIG, "storages": {"s": declared}})

    olds = {**_checked.shown(inputs(storage)), "status": "RECORDING"}
    expected = Change("none") if field in SECRETS else Change("replace", ("layers",))
    assert _changes.decide("r1", olds, inputs(other), lambda: False) == expected


def test_the_places_have_every_field_there_is() -> None:
    assert {field for place in PLACES.values() for field in place} == STORAGE_FIELDS


@pytest.mark.parametrize(
    ("current", "before", "now", "step"),
    [
        ("r1", None, "r1", "update"),
        ("r1", None, "r2", "replace"),
        ("r1", "r1", "r2", "replace"),
        ("r2", "r1", "r1", "none"),
        ("r2", "r1", "r2", "update"),
        ("r2", "r1", "r3", "replace"),
        ("r2", "r1", None, "update"),
        ("pending-0", "r1", "r1", "none"),
    ],
)
def test_a_recording_id_is_taken_over_once(current: str, before: str | None, now: str | None, step: str) -> None:
    """One that is declared as before was ended and replaced, where the recording is another by now."""
    olds = {**_checked.shown(checked({**BASE, "recording_id": before}, CONFIG)), "status": "RECORDING"}
    news = checked({**BASE, "recording_id": now}, CONFIG)
    change = _changes.decide(current, olds, news, lambda: False)
    assert (change.step, change.reasons) == (step, () if step == "none" else ("recording_id",))


def test_the_table_speaks_of_every_argument() -> None:
    spoken_of = {name for changed in CHANGES.values() for name in changed.declared}
    assert spoken_of | {"desired_status"} == set(ARGUMENTS)
    assert {reason for changed in CHANGES.values() if changed.step == "replace" for reason in changed.reasons} == {
        *IDENTITY,
        "recording_id",
    }
    assert set(DEFAULTS).isdisjoint(IDENTITY)


@pytest.mark.parametrize("stopped_time", [None, "2026-07-01T00:00:00.000Z"])
@pytest.mark.parametrize("status", ["INVOKED", "RECORDING", "PAUSED", *ENDED, "FAILED", "UNKNOWN"])
def test_both_sides_agree_on_what_has_ended(status: str, stopped_time: str | None) -> None:
    """A status that nobody has seen before has ended where the service says when it stopped."""
    fields = {"status": status, "stopped_time": stopped_time}
    recording = Recording.read({"id": "r1", **fields})
    assert recording
    has_ended = status in ENDED or (status in {"FAILED", "UNKNOWN"} and stopped_time is not None)
    assert (not recording.active, _changes.has_ended(fields)) == (has_ended, has_ended)
    assert (_changes.action(fields, {"desired_status": "STOPPED"}) is None) == has_ended


@pytest.mark.parametrize(
    ("status", "desired", "action"),
    [
        ("RECORDING", "PAUSED", "pause"),
        ("INVOKED", "PAUSED", "pause"),
        ("PAUSED", "PAUSED", None),
        ("PAUSED", "RECORDING", "resume"),
        ("RECORDING", "RECORDING", None),
        ("INVOKED", "RECORDING", None),
        ("RECORDING", "STOPPED", "stop"),
        ("PAUSED", "STOPPED", "stop"),
        ("INVOKED", "STOPPED", "stop"),
        ("NEW_STATUS", "STOPPED", "stop"),
        *((status, desired, None) for status in ("PENDING", *ENDED, None) for desired in DESIRED),
    ],
)
def test_what_brings_a_recording_to_the_status_that_is_wanted(
    status: str | None, desired: str, action: str | None
) -> None:
    assert _changes.action({"status": status}, {"desired_status": desired}) == action
