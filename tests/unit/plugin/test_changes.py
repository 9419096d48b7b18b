"""The change table of the design, row by row, as far as it is decided without a service."""

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest
from pulumi.output import Unknown
from pulumi_realtimekit.errors import RealtimeKitError
from pulumi_realtimekit.plugin import changes, inputs
from pulumi_realtimekit.plugin.changes import Change

INLINE = {"type": "aws", "bucket": "b", "region": "r", "access_key": "key-1", "secret": "secret-1"}
ARCHIVE = {"type": "gcs", "bucket": "b", "secret": "secret-2", "path": "p"}
CONFIG = {"accountId": "account", "appId": "app", "storages": {"archive": ARCHIVE}}
OUTPUTS = ["archive", {"type": "STORAGE_CONFIG", "storage_config": INLINE}]
BASE = {
    "meeting_id": "standup",
    "layers": {"default": {"outputs": OUTPUTS}},
    "max_seconds": 60,
    "user_ids": ["a"],
    "when_idle": "wait",
    "recording_id": "r1",
}


def layer(**fields: Any) -> dict[str, Any]:
    return {"layers": {"default": {"outputs": OUTPUTS, **fields}}}


def checked(declared: Mapping[str, Any], config: Mapping[str, Any] = CONFIG) -> dict[str, Any]:
    found, problems = inputs.check(declared, config)
    assert not problems
    return found


def decide(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    status: str = "RECORDING",
    config: Mapping[str, Any] = CONFIG,
    live: bool | None = None,
    recording_id: str = "r1",
) -> Change:
    """What changes from one declaration to the next; live: None where nobody may ask."""
    olds = {**inputs.without_secrets(checked(before)), "status": status}
    news = checked(after, config)
    untouched = copy.deepcopy((olds, news))
    asked = []

    def is_live() -> bool:
        asked.append("active-session")
        return bool(live)

    change = changes.decide(recording_id, olds, news, is_live)
    assert (olds, news) == untouched
    assert asked == ["active-session"] * (live is not None), "asked where the answer decides, there alone, and once"
    return change


@pytest.mark.parametrize(
    ("what", "declared", "config", "step", "reasons"),
    [
        ("nothing", {}, {}, "none", ()),
        ("meeting_id", {"meeting_id": "retro"}, {}, "replace", ("meeting_id",)),
        ("another layer", {"layers": {"x": {}}}, {}, "replace", ("layers",)),
        ("one layer more", {"layers": {**BASE["layers"], "x": {}}}, {}, "replace", ("layers",)),
        ("no layers", {"layers": None}, {}, "replace", ("layers",)),
        ("file_name_prefix", layer(file_name_prefix="x"), {}, "replace", ("layers",)),
        ("media_kind", layer(media_kind="audio"), {}, "replace", ("layers",)),
        ("an output less", layer(outputs=["archive"]), {}, "replace", ("layers",)),
        ("max_seconds", {"max_seconds": 61}, {}, "replace", ("max_seconds",)),
        ("no max_seconds", {"max_seconds": None}, {}, "replace", ("max_seconds",)),
        ("user_ids", {"user_ids": ["a", "b"]}, {}, "replace", ("user_ids",)),
        ("no user_ids", {"user_ids": None}, {}, "replace", ("user_ids",)),
        ("account_id", {"account_id": "other"}, {}, "replace", ("account_id",)),
        ("account_id, in config", {}, {"accountId": "other"}, "replace", ("account_id",)),
        ("app_id", {"app_id": "other"}, {}, "replace", ("app_id",)),
        ("two at once", {"meeting_id": "retro", "max_seconds": 61}, {}, "replace", ("meeting_id", "max_seconds")),
        ("recording_id: another", {"recording_id": "r2"}, {}, "replace", ("recording_id",)),
        ("recording_id: the current one", {"recording_id": "r1"}, {}, "none", ()),
        ("recording_id: removed", {"recording_id": None}, {}, "update", ("recording_id",)),
        ("a storage renamed", layer(outputs=["vault", OUTPUTS[1]]), {"storages": {"vault": ARCHIVE}}, "none", ()),
        (
            "a storage named that was in place",
            layer(outputs=["archive", "inline"]),
            {"storages": {"archive": ARCHIVE, "inline": INLINE}},
            "none",
            (),
        ),
        ("when_idle", {"when_idle": "defer"}, {}, "update", ("when_idle",)),
        ("when_idle: the default", {"when_idle": None}, {}, "update", ("when_idle",)),
        ("wait_seconds", {"wait_seconds": 5}, {}, "update", ("wait_seconds",)),
        ("when_active", {"when_active": "fail"}, {}, "update", ("when_active",)),
        ("when_ended", {"when_ended": "restart"}, {}, "update", ("when_ended",)),
        ("start_seconds", {"start_seconds": 0}, {}, "update", ("start_seconds",)),
        ("start_seconds: its default, declared", {"start_seconds": 30}, {}, "none", ()),
        ("keep_download_urls", {"keep_download_urls": True}, {}, "update", ("keep_download_urls",)),
        ("both kinds", {"max_seconds": 61, "when_idle": "defer"}, {}, "replace", ("max_seconds",)),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
@pytest.mark.parametrize("status", ["INVOKED", "RECORDING", "NEW_STATUS", "UPLOADED"])
def test_what_a_change_of_the_declaration_does(
    status: str,
    what: str,
    declared: dict[str, Any],
    config: dict[str, Any],
    step: Any,
    reasons: tuple[str, ...],
) -> None:
    """Where nothing else is to be done: the recording is as wanted, or has ended and is kept."""
    live = False if what == "when_ended" and status == "UPLOADED" else None
    found = decide(BASE, {**BASE, **declared}, status=status, config={**CONFIG, **config}, live=live)
    assert found == Change(step, reasons), what


@pytest.mark.parametrize(
    ("status", "before", "after", "step", "reason"),
    [
        ("INVOKED", "RECORDING", "RECORDING", "none", None),
        ("INVOKED", "PAUSED", "PAUSED", "update", "status"),
        ("INVOKED", "RECORDING", "PAUSED", "update", "desired_status"),
        ("INVOKED", "RECORDING", "STOPPED", "update", "desired_status"),
        ("RECORDING", "RECORDING", "RECORDING", "none", None),
        ("RECORDING", "PAUSED", "PAUSED", "update", "status"),
        ("RECORDING", "STOPPED", "STOPPED", "update", "status"),
        ("RECORDING", "PAUSED", "RECORDING", "update", "desired_status"),
        ("RECORDING", "STOPPED", "RECORDING", "replace", "desired_status"),
        ("RECORDING", "STOPPED", "PAUSED", "replace", "desired_status"),
        ("PAUSED", "RECORDING", "RECORDING", "update", "status"),
        ("PAUSED", "PAUSED", "PAUSED", "none", None),
        ("PAUSED", "PAUSED", "RECORDING", "update", "desired_status"),
        ("PAUSED", "PAUSED", "STOPPED", "update", "desired_status"),
        ("NEW_STATUS", "RECORDING", "RECORDING", "none", None),
        ("NEW_STATUS", "PAUSED", "PAUSED", "update", "status"),
        ("UPLOADING", "STOPPED", "STOPPED", "none", None),
        ("UPLOADED", "RECORDING", "PAUSED", "update", "desired_status"),
        ("UPLOADED", "RECORDING", "STOPPED", "update", "desired_status"),
        ("UPLOADED", "PAUSED", "PAUSED", "none", None),
        ("UPLOADED", "STOPPED", "RECORDING", "replace", "desired_status"),
        ("ERRORED", "STOPPED", "PAUSED", "replace", "desired_status"),
        ("PENDING", "STOPPED", "STOPPED", "none", None),
        ("PENDING", "RECORDING", "STOPPED", "update", "desired_status"),
        ("PENDING", "STOPPED", "RECORDING", "replace", "desired_status"),
    ],
)
def test_what_the_desired_status_does(status: str, before: str, after: str, step: Any, reason: str | None) -> None:
    found = decide({**BASE, "desired_status": before}, {**BASE, "desired_status": after}, status=status)
    assert found == Change(step, (reason,) if reason else ())


@pytest.mark.parametrize(
    ("status", "declared", "live", "step", "reason"),
    [
        ("PENDING", {}, True, "replace", "status"),
        ("PENDING", {}, False, "none", None),
        ("PENDING", {"desired_status": "PAUSED"}, True, "replace", "status"),
        ("PENDING", {"desired_status": "PAUSED"}, False, "update", "desired_status"),
        ("PENDING", {"wait_seconds": 5}, True, "replace", "status"),
        ("PENDING", {"wait_seconds": 5}, False, "update", "wait_seconds"),
        ("PENDING", {"max_seconds": 61}, None, "replace", "max_seconds"),
        ("UPLOADING", {"when_ended": "restart"}, True, "replace", "status"),
        ("UPLOADED", {"when_ended": "restart"}, True, "replace", "status"),
        ("UPLOADED", {"when_ended": "restart", "desired_status": "STOPPED"}, None, "update", "desired_status"),
        ("UPLOADED", {"when_ended": "restart"}, False, "update", "when_ended"),
        ("UPLOADED", {"when_ended": "restart", "max_seconds": 61}, None, "replace", "max_seconds"),
        ("UPLOADED", {"when_ended": "keep"}, None, "none", None),
        ("RECORDING", {"when_ended": "restart"}, None, "update", "when_ended"),
        ("PAUSED", {"when_ended": "restart"}, None, "update", "when_ended"),
    ],
    ids=str,
)
def test_what_a_live_meeting_does(
    status: str, declared: dict[str, Any], live: bool | None, step: Any, reason: str | None
) -> None:
    before = {**BASE, "desired_status": "PAUSED"} if status == "PAUSED" else BASE
    found = decide(before, {**before, **declared}, status=status, live=live)
    assert (found.step, found.reasons[:1]) == (step, (reason,) if reason else ())


KEY = {"type": "sftp", "host": "h", "username": "u", "auth_method": "KEY", "private_key": "k"}
AZURE = {"type": "azure", "bucket": "b", "access_key": "k"}


@pytest.mark.parametrize(
    ("storage", "field", "step"),
    [
        (INLINE, {"bucket": "c"}, "replace"),
        (INLINE, {"region": "q"}, "replace"),
        (INLINE, {"path": "p"}, "replace"),
        (INLINE, {"type": "digitalocean"}, "replace"),
        (INLINE, {"access_key": "x"}, "none"),
        (INLINE, {"secret": "x"}, "none"),
        (AZURE, {"secret": "x"}, "none"),
        (KEY, {"host": "i"}, "replace"),
        (KEY, {"port": 23}, "replace"),
        (KEY, {"username": "v"}, "replace"),
        (KEY, {"private_key": "x"}, "none"),
        (KEY, {"password": "x"}, "none"),
    ],
    ids=str,
)
@pytest.mark.parametrize("where", ["config", "in place"])
def test_another_destination_is_another_recording_and_another_credential_is_not(
    where: str, storage: dict[str, Any], field: dict[str, Any], step: Any
) -> None:
    def given(storage: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        output = "s" if where == "config" else {"type": "STORAGE_CONFIG", "storage_config": storage}
        return {**BASE, "layers": {"x": {"outputs": [output]}}}, {**CONFIG, "storages": {"s": storage}}

    olds = {**inputs.without_secrets(checked(*given(storage))), "status": "RECORDING"}
    news = checked(*given({**storage, **field}))
    assert changes.decide("r1", olds, news, lambda: False) == Change(step, ("layers",) if step == "replace" else ())


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
def test_a_recording_id_is_taken_over_once(current: str, before: str | None, now: str | None, step: Any) -> None:
    """A recording that is declared as before was ended and replaced, where the current one is another by now."""
    found = decide({**BASE, "recording_id": before}, {**BASE, "recording_id": now}, recording_id=current)
    assert found == Change(step, () if step == "none" else ("recording_id",))


NOT_YET = Unknown()


@pytest.mark.parametrize(
    ("olds", "news", "step", "reasons"),
    [
        ({"meeting_id": "m"}, {"meeting_id": NOT_YET}, "replace", ("meeting_id",)),
        ({"layers": {"x": {"outputs": ["a"]}}}, {"layers": {"x": {"outputs": [NOT_YET]}}}, "replace", ("layers",)),
        ({"layers": {"x": NOT_YET}}, {"layers": {"x": NOT_YET}}, "replace", ("layers",)),
        ({"user_ids": [NOT_YET]}, {"user_ids": [NOT_YET]}, "replace", ("user_ids",)),
        ({}, {"recording_id": NOT_YET}, "replace", ("recording_id",)),
        ({"when_idle": "wait"}, {"when_idle": NOT_YET}, "update", ("when_idle",)),
    ],
    ids=["meeting", "output", "layer", "user", "recording_id", "when_idle"],
)
def test_what_a_preview_does_not_know_may_change(
    olds: dict[str, Any], news: dict[str, Any], step: Any, reasons: tuple[str, ...]
) -> None:
    found = changes.decide("r1", {"status": "RECORDING", **olds}, news, lambda: False)
    assert found == Change(step, reasons)


@pytest.mark.parametrize(
    ("declared", "config", "missing"),
    [
        ({}, {}, ["accountId", "appId"]),
        ({"account_id": "a"}, {}, ["appId"]),
        ({"app_id": "a"}, {"accountId": "a"}, []),
    ],
)
def test_an_account_and_an_app_are_declared_or_in_the_config(
    declared: dict[str, Any], config: dict[str, Any], missing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID", raising=False)
    monkeypatch.delenv("REALTIMEKIT_APP_ID", raising=False)
    _, problems = inputs.check({"meeting_id": "m", **declared}, config)
    assert [problem.path for problem in problems] == [(key,) for key in missing]


@pytest.mark.parametrize(
    ("layers", "kept"),
    [
        (NOT_YET, NOT_YET),
        ({"x": NOT_YET}, {"x": NOT_YET}),
        ({"x": {"outputs": NOT_YET}}, {"x": {"outputs": NOT_YET}}),
        ({"x": {"outputs": ["realtimekit", NOT_YET]}}, {"x": {"outputs": [{"type": "REALTIMEKIT_BUCKET"}, NOT_YET]}}),
    ],
    ids=["layers", "a layer", "outputs", "an output"],
)
def test_what_a_preview_does_not_know_is_kept_as_it_is(layers: Any, kept: Any) -> None:
    declared = {"meeting_id": "m", "layers": layers}
    found, problems = inputs.check(declared, CONFIG)
    assert not problems
    assert found["layers"] == kept


@pytest.mark.parametrize("name", ["meeting_id", "layers", "max_seconds", "user_ids"])
def test_what_the_state_does_not_have_is_a_change(name: str) -> None:
    found = changes.decide("r1", {"status": "RECORDING"}, {name: BASE[name]}, lambda: False)
    assert found == Change("replace", (name,))


@pytest.mark.parametrize(
    ("name", "old", "encoding"),
    [
        ("meeting_id", "Prüfung", "latin-1"),
        ("meeting_id", "Prüfung €", "iso8859-15"),
        ("meeting_id", "Prüfung “€”", "latin-1"),
        ("meeting_id", "10 €", "cp1252"),
        ("user_ids", ["a", "ü"], "latin-1"),
        ("layers", {"x": {"file_name_prefix": "ü", "outputs": []}}, "latin-1"),
        ("layers", {"ü": {"outputs": []}}, "latin-1"),
    ],
    ids=str,
)
def test_the_old_value_read_in_the_wrong_encoding_replaces_nothing(name: str, old: Any, encoding: str) -> None:
    misread = json.loads(json.dumps(old, ensure_ascii=False).encode().decode(encoding))
    assert misread != old
    with pytest.raises(RealtimeKitError, match=f"^{name}: this is the value of the state, but read as .*PYTHONUTF8=1"):
        changes.decide("r1", {"status": "RECORDING", name: old}, {name: misread}, lambda: False)


@pytest.mark.parametrize("new", ["PrÃ¼fung 2", "ü", "😀", "Ã"])
def test_another_value_in_any_encoding_replaces(new: str) -> None:
    found = changes.decide("r1", {"status": "RECORDING", "meeting_id": "Prüfung"}, {"meeting_id": new}, lambda: False)
    assert found == Change("replace", ("meeting_id",))


@pytest.mark.parametrize(
    ("status", "stopped_time", "desired", "action"),
    [
        ("RECORDING", None, "PAUSED", "pause"),
        ("INVOKED", None, "PAUSED", "pause"),
        ("PAUSED", None, "PAUSED", None),
        ("PAUSED", None, "RECORDING", "resume"),
        ("RECORDING", None, "RECORDING", None),
        ("INVOKED", None, "RECORDING", None),
        ("RECORDING", None, "STOPPED", "stop"),
        ("PAUSED", None, "STOPPED", "stop"),
        ("INVOKED", None, "STOPPED", "stop"),
        ("NEW_STATUS", None, "STOPPED", "stop"),
        ("NEW_STATUS", "2026-07-01T00:00:00.000Z", "STOPPED", None),
        ("UPLOADING", None, "STOPPED", None),
        ("UPLOADED", None, "PAUSED", None),
        ("ERRORED", None, "RECORDING", None),
        ("PENDING", None, "STOPPED", None),
        (None, None, "STOPPED", None),
    ],
)
def test_what_brings_a_recording_to_its_desired_status(
    status: str | None, stopped_time: str | None, desired: str, action: str | None
) -> None:
    outputs = {"status": status, "stopped_time": stopped_time}
    assert changes.action(outputs, {"desired_status": desired}) == action
